//! What a handler does with its exchange, over real sockets, on each runtime.

use blazeio::Field;
use blazeio_app::{Abort, App, Exchange, Reply};
use blazeio_driver::Standalone;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};
use support::{Answer, Count, PIECE, Server, Told, sleep};

mod support;

on_each_runtime! {
    early_hints_and_trailers_surround_a_response_written_in_pieces
    head_is_answered_as_get_without_content
    trlr_a_request_s_trailers_are_there_at_its_end
    memw_a_stream_waits_for_a_slow_reader
    memw_an_upload_waits_for_a_slow_handler
    split_both_directions_go_at_once
    a_stream_that_fails_is_cut_off_and_told_of
    abort_cuts_off_at_once
    closed_ends_when_the_client_is_gone
    shut_work_beside_an_exchange_goes_on_and_is_waited_for
    panic_work_beside_an_exchange_ends_alone
    upgrade_makes_a_tunnel
    raw_takes_the_connection_away_from_http
    an_upload_goes_to_a_file_in_constant_memory
}

/// Until it is so, but no longer than ten seconds.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(10), "never: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn early_hints_and_trailers_surround_a_response_written_in_pieces<R: Standalone>() {
    let app = App::new().get("/", async |exchange: &mut Exchange| {
        exchange.early_hints(&[Field::new("Link", "</a.css>; rel=preload")]).await?;
        exchange.prepare(200, &[Field::new("Trailer", "X-Sum")], None).await?;
        exchange.write("one").await?;
        exchange.write("two").await?;
        exchange.finish(&[Field::new("X-Sum", "6")]).await
    });
    let Answer(text) = Server::start::<R>(app).ask("GET /");
    let (hints, response) = text.split_once("\r\n\r\n").unwrap();
    assert_eq!(hints, "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload");
    let (head, content) = response.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("\r\nTransfer-Encoding: chunked"), "{head}");
    let data: String = content.split("\r\n").filter(|line| line.len() >= 3).collect();
    assert!(data.starts_with("onetwo") && content.ends_with("0\r\nX-Sum: 6\r\n\r\n"), "{content}");
}

fn head_is_answered_as_get_without_content<R: Standalone>() {
    let app = App::new()
        .get("/whole", async |_: &mut Exchange| "whole")
        .get("/stream", async |_: &mut Exchange| Reply::new(200).stream("a/b", Count::of(3)))
        .get("/pieces", async |exchange: &mut Exchange| {
            exchange.prepare(200, &[], Some(5)).await?;
            exchange.write("piece").await?;
            exchange.finish(&[]).await
        });
    let server = Server::start::<R>(app);
    for (path, line) in [
        ("/whole", "Content-Length: 5"),
        // How it would be framed is left out (RFC 9110 §9.3.2).
        ("/stream", "Content-Type: a/b"),
        ("/pieces", "Content-Length: 5"),
    ] {
        let answer = server.ask(&format!("HEAD {path}"));
        assert_eq!((answer.status(), answer.content()), (200, ""), "{path}");
        assert!(answer.has(line), "{answer:?}");
        assert!(!server.ask(&format!("GET {path}")).content().is_empty());
    }
}

fn trlr_a_request_s_trailers_are_there_at_its_end<R: Standalone>() {
    let app = App::new().post("/", async |exchange: &mut Exchange| {
        let early = exchange.trailers().is_some();
        while exchange.read().await?.is_some() {}
        let sum = exchange.trailers().and_then(|mut all| all.find(|field| field.is("x-sum")));
        let sum = sum.map(|field| String::from_utf8_lossy(field.value).into_owned());
        Ok::<_, Abort>(format!("{early} {sum:?} {}", exchange.received()))
    });
    let server = Server::start::<R>(app);
    let answer =
        server.ask("POST /\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 6\r\n\r\n");
    assert_eq!(answer.content(), "false Some(\"6\") 3");
}

/// How much the two systems between a server and its client hold at most: sends and receives are
/// grown up to 4 and 6 MiB.
const SYSTEM: usize = 12 << 20;

/// Waits until the number stands still, and gives it.
fn settled(number: &AtomicUsize) -> usize {
    let mut last = (number.load(SeqCst), Instant::now());
    while last.1.elapsed() < Duration::from_millis(200) {
        let now = number.load(SeqCst);
        if now != last.0 {
            last = (now, Instant::now());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    last.0
}

fn memw_a_stream_waits_for_a_slow_reader<R: Standalone>() {
    const ALL: usize = 4096;
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&taken);
    let app = App::new().state(counted).get("/", async |exchange: &mut Exchange| {
        let taken = Arc::clone(exchange.state::<Arc<AtomicUsize>>());
        Reply::new(200).stream("a/b", Count { taken, ..Count::of(ALL) })
    });
    let server = Server::start::<R>(app);
    let mut stream = server.connect();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    until("a piece", || taken.load(SeqCst) > 0);
    let held = settled(&taken) * PIECE;
    assert!(held < SYSTEM, "{held} bytes were made though nobody reads");
    assert!(server.handle.memory_used() < 256 << 10, "{}", server.handle.memory_used());
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(answer.len() > ALL * PIECE && answer.ends_with(b"\r\n0\r\n\r\n"));
    assert_eq!(taken.load(SeqCst), ALL);
}

fn memw_an_upload_waits_for_a_slow_handler<R: Standalone>() {
    let go = Arc::new(AtomicBool::new(false));
    let app = App::new().state(Arc::clone(&go)).post("/", async |exchange: &mut Exchange| {
        exchange.read().await?;
        while !exchange.state::<Arc<AtomicBool>>().load(SeqCst) {
            sleep(exchange.runtime(), Duration::from_millis(1)).await;
        }
        while exchange.read().await?.is_some() {}
        Ok::<_, Abort>(exchange.received().to_string())
    });
    let server = Server::start::<R>(app);
    let mut stream = server.connect();
    const ALL: usize = 64 << 20;
    let head =
        format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {ALL}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let mut sending = stream.try_clone().unwrap();
    let sender = std::thread::spawn(move || {
        while counted.load(SeqCst) < ALL {
            sending.write_all(&[b'x'; PIECE]).unwrap();
            counted.fetch_add(PIECE, SeqCst);
        }
    });
    until("a piece", || sent.load(SeqCst) > 0);
    let held = settled(&sent);
    assert!(held < SYSTEM, "{held} bytes were taken though nobody reads");
    assert!(server.handle.memory_used() < 256 << 10, "{}", server.handle.memory_used());
    go.store(true, SeqCst);
    sender.join().unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert_eq!(Answer(answer).content(), ALL.to_string());
}

fn split_both_directions_go_at_once<R: Standalone>() {
    let app = App::new().post("/", async |exchange: &mut Exchange| {
        exchange.prepare(200, &[], None).await?;
        let (reader, writer) = exchange.split();
        while let Some(piece) = reader.read().await? {
            writer.write(piece).await?;
        }
        exchange.finish(&[]).await
    });
    let server = Server::start::<R>(app);
    let mut stream = server.connect();
    stream
        .write_all(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut seen = String::new();
    let mut room = [0; 1024];
    for word in ["ping", "pong", "more"] {
        // Each is answered before the next is sent.
        write!(stream, "4\r\n{word}\r\n").unwrap();
        while !seen.contains(word) {
            let length = stream.read(&mut room).unwrap();
            assert_ne!(length, 0, "ended after {seen:?}");
            seen += std::str::from_utf8(&room[..length]).unwrap();
        }
    }
    stream.write_all(b"0\r\n\r\n").unwrap();
    stream.read_to_string(&mut seen).unwrap();
    assert!(seen.ends_with("4\r\nmore\r\n0\r\n\r\n"), "{seen}");
}

/// Notes the target of each exchange, and how it ended.
fn told(app: App) -> (App, Told) {
    support::told(app, |outcome, ending| format!("{} {ending}", outcome.target))
}

fn a_stream_that_fails_is_cut_off_and_told_of<R: Standalone>() {
    let (app, endings) = told(App::new().get("/", async |_: &mut Exchange| {
        Reply::new(200).stream("a/b", Count { fails: true, ..Count::of(2) })
    }));
    let answer = Server::start::<R>(app).ask("GET /");
    assert_eq!(answer.status(), 200);
    assert!(!answer.0.ends_with("0\r\n\r\n"), "passes for whole");
    assert_eq!(*endings.lock().unwrap(), ["/ lost"]);
}

fn abort_cuts_off_at_once<R: Standalone>() {
    let (app, endings) = told(App::new().get("/", async |exchange: &mut Exchange| {
        exchange.prepare(200, &[], None).await?;
        exchange.write("half").await?;
        exchange.abort();
        exchange.write("more").await
    }));
    let server = Server::start::<R>(app);
    let mut stream = server.connect();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(!answer.ends_with(b"0\r\n\r\n"), "passes for whole");
    until("told", || !endings.lock().unwrap().is_empty());
    assert_eq!(*endings.lock().unwrap(), ["/ lost"]);
}

fn closed_ends_when_the_client_is_gone<R: Standalone>() {
    let seen = Arc::new(AtomicBool::new(false));
    let app = App::new().state(Arc::clone(&seen)).get("/", async |exchange: &mut Exchange| {
        let closed = exchange.closed();
        exchange.prepare(200, &[], None).await?;
        exchange.write("waiting").await?;
        closed.await;
        exchange.state::<Arc<AtomicBool>>().store(true, SeqCst);
        Ok::<(), Abort>(())
    });
    let server = Server::start::<R>(app);
    let mut stream = server.connect();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut room = [0; 1024];
    assert_ne!(stream.read(&mut room).unwrap(), 0);
    assert!(!seen.load(SeqCst));
    stream.shutdown(Shutdown::Both).unwrap();
    drop(stream);
    until("closed", || seen.load(SeqCst));
}

fn shut_work_beside_an_exchange_goes_on_and_is_waited_for<R: Standalone>() {
    let done = Arc::new(AtomicUsize::new(0));
    let app = App::new().state(Arc::clone(&done)).get("/", async |exchange: &mut Exchange| {
        let done = Arc::clone(exchange.state::<Arc<AtomicUsize>>());
        let runtime = Arc::clone(exchange.runtime());
        exchange.spawn(async move {
            sleep(&runtime, Duration::from_millis(100)).await;
            done.fetch_add(1, SeqCst);
        });
        "begun"
    });
    let server = Server::start::<R>(app);
    assert_eq!(server.ask("GET /").content(), "begun");
    assert_eq!(server.ask("GET /").content(), "begun");
    assert_eq!(done.load(SeqCst), 0, "the response does not wait");
    assert_eq!(server.exit(), blazeio_driver::Exit::default());
    assert_eq!(done.load(SeqCst), 2);
}

fn panic_work_beside_an_exchange_ends_alone<R: Standalone>() {
    let app = App::new().get("/", async |exchange: &mut Exchange| {
        exchange.spawn(async { panic!("on purpose") });
        "begun"
    });
    let server = Server::start::<R>(app);
    for panics in 1..3 {
        assert_eq!(server.ask("GET /").content(), "begun");
        until("the panic", || server.handle.statistics().panics == panics);
    }
    server.exit();
}

fn raw_takes_the_connection_away_from_http<R: Standalone>() {
    let app = App::new().any("/", async |exchange: &mut Exchange| {
        let mut tunnel = exchange.raw().await?;
        let (mut all, mut room) = (Vec::new(), [0; 16]);
        while !all.ends_with(b"~") {
            let n = tunnel.read(&mut room).await?;
            all.extend_from_slice(&room[..n]);
        }
        tunnel.write(b"no HTTP: ").await?;
        tunnel.write(&all).await?;
        tunnel.shutdown().await?;
        Ok::<_, Abort>(())
    });
    let chunked = "PUT /\r\nTransfer-Encoding: chunked\r\n\r\n4;a\r\nbody\r\n0\r\n\r\nand more~";
    let Answer(text) = Server::start::<R>(app).ask(chunked);
    assert_eq!(text, "no HTTP: 4;a\r\nbody\r\n0\r\n\r\nand more~");
}

fn upgrade_makes_a_tunnel<R: Standalone>() {
    let (app, endings) = told(App::new().get("/{*any}", async |exchange: &mut Exchange| {
        let mut tunnel = exchange.upgrade("echo", &[Field::new("X-Echo", "1")]).await?;
        let mut room = [0; 64];
        loop {
            let length = tunnel.read(&mut room).await?;
            if length == 0 {
                break;
            }
            tunnel.write(&room[..length]).await?;
        }
        tunnel.shutdown().await?;
        Ok::<(), Abort>(())
    }));
    let server = Server::start::<R>(app);
    let mut stream = server.connect();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nping")
        .unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let answer = Answer(text);
    assert_eq!((answer.status(), answer.content()), (101, "ping"));
    assert!(answer.has("X-Echo: 1"), "{answer:?}");
    until("told", || !endings.lock().unwrap().is_empty());
    // A protocol that was not offered cannot be switched to: the driver answers 500.
    let answer = server.ask("GET /refused");
    assert_eq!(answer.status(), 500);
    until("told", || endings.lock().unwrap().len() == 2);
    assert_eq!(*endings.lock().unwrap(), ["/ answered", "/refused failed"]);
}

fn an_upload_goes_to_a_file_in_constant_memory<R: Standalone>() {
    let path = std::env::temp_dir().join(format!(
        "blazeio-upload-{}-{}",
        std::process::id(),
        std::any::type_name::<R>().replace("::", "-")
    ));
    let app = App::new().state(path.clone()).post("/", async |exchange: &mut Exchange| {
        let mut file = std::fs::File::create(exchange.state::<std::path::PathBuf>())?;
        let mut form = exchange.multipart()?;
        let mut largest = 0;
        while let Some(mut part) = form.next().await? {
            while let Some(piece) = part.read().await? {
                largest = largest.max(piece.len());
                file.write_all(piece)?;
            }
        }
        Ok::<_, Abort>(largest.to_string())
    });
    let server = Server::start::<R>(app);
    let content: Vec<u8> = (0..8 << 20).map(|n: u32| (n >> 8) as u8 ^ n as u8).collect();
    let before = b"--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n";
    let after = b"\r\n--b--\r\n";
    let length = before.len() + content.len() + after.len();
    let mut stream = server.connect();
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {length}\r\n\
         Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    )
    .unwrap();
    for piece in [&before[..], &content, after] {
        stream.write_all(piece).unwrap();
    }
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let answer = Answer(text);
    assert_eq!(answer.status(), 200, "{answer:?}");
    let largest: usize = answer.content().parse().unwrap();
    assert!(largest <= 128 << 10, "a piece of {largest} bytes");
    assert!(std::fs::read(&path).unwrap() == content);
    std::fs::remove_file(path).unwrap();
}
