//! The core embedded in a runtime of one's own: blocking sockets of `std::net`, nothing else.
//!
//! A server and a client, each one loop around [`Connection`]. Every loop has the same four
//! steps: receive until nothing more can be read, send, flush, then do what `signals` says.
//! Blocking sockets cannot wait for two things at once, so each side speaks in turn, and a
//! deadline becomes the socket's read time-out. Run it: `cargo run --example blocking`.

use blazeio::{
    Buffer, Client, Connection, Date, Event, Field, Limits, Method, PeerError, Read, Request,
    Response, Server, UsageError,
};
use std::io::{Error, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::{Duration, Instant, SystemTime};

static LIMITS: Limits = Limits::DEFAULT;

/// Serves one connection until it closes: answers every request with its own content.
pub fn serve(mut socket: TcpStream) -> std::io::Result<()> {
    let birth = Instant::now();
    let now = || birth.elapsed().as_micros() as u64;
    let mut connection = Connection::<Server>::new(&LIMITS, now());
    let mut input = Buffer::<{ 32 * 1024 }>::new();
    let mut output = Vec::new();
    let mut content = Vec::new();
    loop {
        // 1. Bytes in, events out.
        let step = match connection.receive(input.filled(), now()) {
            Ok(step) => step,
            Err(error) => {
                refuse(&mut connection, error, &mut output);
                continue;
            }
        };
        match step.event {
            Event::Request(_) => content.clear(),
            // A lesson must not be a memory hole: 1 MiB, then 413 by hand.
            Event::Content(_) if content.len() > 1 << 20 => {
                answer(&mut connection, 413, b"", &mut output).map_err(Error::other)?;
            }
            Event::Content(span) => content.extend_from_slice(span.on(input.filled())),
            // 2. Intents in, bytes out.
            Event::End => {
                answer(&mut connection, 200, &content, &mut output).map_err(Error::other)?;
            }
            Event::Trailers(_) | Event::Discarded => {}
            // NeedInput, Paused, Closed: it is the socket's turn.
            _ => {
                input.consume(step.consumed);
                if input.is_full() && step.event == Event::NeedInput {
                    if let Err(error) = connection.input_full() {
                        refuse(&mut connection, error, &mut output);
                    }
                    continue;
                }
                // 3. Flush, and say so.
                socket.write_all(&output)?;
                connection.sent(output.len(), now());
                output.clear();
                // 4. Do what the signals say.
                let signals = connection.signals(now());
                if signals.close.is_some() {
                    return Ok(());
                }
                if signals.half_close {
                    socket.shutdown(Shutdown::Write)?;
                    connection.half_closed();
                    continue;
                }
                let wait = signals.deadline.map(|d| d.at.saturating_sub(now()).max(1_000));
                socket.set_read_timeout(wait.map(Duration::from_micros))?;
                match socket.read(input.unfilled()) {
                    Ok(0) => connection.end_of_input(),
                    Ok(n) => input.fill(n),
                    Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                        if let Err(error) = connection.expired(now()) {
                            refuse(&mut connection, error, &mut output);
                        }
                    }
                    Err(e) if e.kind() == ErrorKind::Interrupted => {}
                    Err(e) => return Err(e),
                }
                continue;
            }
        }
        input.consume(step.consumed);
    }
}

/// A complete response into `output`, which grows until it fits.
fn answer(
    connection: &mut Connection<Server>,
    status: u16,
    content: &[u8],
    output: &mut Vec<u8>,
) -> Result<(), UsageError> {
    let unix = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |d| d.as_secs());
    let fields = [Field::new("Content-Type", "application/octet-stream")];
    let mut response = Response::new(status).fields(&fields).sized(content.len() as u64);
    if let Some(date) = Date::from_unix(unix) {
        response = response.date(date);
    }
    let mut room = [0; 512];
    let head = connection.send_head(&response, &mut room)?;
    output.extend_from_slice(&room[..head.written]);
    // Framed without copying would be `frame_content`; a Vec copies anyway.
    let start = output.len();
    output.resize(start + content.len(), 0);
    let taken = connection.send_content(content, &mut output[start..])?;
    let end = connection.send_end(&[], &mut [])?;
    // There was room for all of it, and the end of sized content is no byte.
    debug_assert_eq!((taken.consumed, end.written), (content.len(), 0));
    Ok(())
}

/// The ready-made response to a peer's error, if one may still go out.
fn refuse(connection: &mut Connection<Server>, error: PeerError, output: &mut Vec<u8>) {
    eprintln!("{error}");
    let mut room = [0; 256];
    if let Ok(done) = connection.send_error(&error, None, &mut room) {
        output.extend_from_slice(&room[..done.written]);
    }
}

/// One exchange over a new connection: status and content of the response.
pub fn fetch(
    mut socket: TcpStream,
    method: Method<'_>,
    target: &str,
    content: &[u8],
) -> std::io::Result<(u16, Vec<u8>)> {
    let host = socket.peer_addr()?.to_string();
    let mut connection = Connection::<Client>::new(&LIMITS, 0);
    let request = Request::new(method, target, &host).sized(content.len() as u64).close();
    let mut room = [0; 1024];
    let head = connection.send_head(&request, &mut room).map_err(Error::other)?;
    socket.write_all(&room[..head.written])?;
    let framing = connection.frame_content(content.len() as u64).map_err(Error::other)?;
    socket.write_all(&framing.prefix)?;
    socket.write_all(content)?;
    socket.write_all(framing.suffix)?;
    // The end of sized content is no byte.
    let end = connection.send_end(&[], &mut []).map_err(Error::other)?;
    debug_assert_eq!(end.written, 0);
    connection.sent(connection.bytes_unsent() as usize, 0);

    let mut input = Buffer::<{ 32 * 1024 }>::new();
    let (mut status, mut received) = (0, Vec::new());
    loop {
        let step = connection.receive(input.filled(), 0).map_err(Error::other)?;
        match step.event {
            Event::Response(head) => status = head.status(),
            Event::Content(span) => received.extend_from_slice(span.on(input.filled())),
            Event::End => return Ok((status, received)),
            Event::NeedInput => {
                input.consume(step.consumed);
                debug_assert_eq!(connection.signals(0).read, Read::Wanted);
                match socket.read(input.unfilled())? {
                    0 if input.is_full() => connection.input_full().map_err(Error::other)?,
                    0 => connection.end_of_input(),
                    n => input.fill(n),
                }
                continue;
            }
            Event::Closed(reason) => return Err(Error::other(reason.to_string())),
            // Interim responses, trailers: nothing to do.
            _ => {}
        }
        input.consume(step.consumed);
    }
}

/// Both, over loopback.
fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let server = std::thread::spawn(move || serve(listener.accept()?.0));
    let (status, content) = fetch(TcpStream::connect(address)?, Method::Post, "/", b"Hello")?;
    server.join().map_err(|_| Error::other("the server panicked"))??;
    println!("{status}: {}", String::from_utf8_lossy(&content));
    assert_eq!((status, &content[..]), (200, &b"Hello"[..]));
    Ok(())
}
