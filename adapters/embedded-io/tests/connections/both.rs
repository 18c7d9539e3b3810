//! A client and a server of ours, over TCP.

use crate::LIMITS;
use crate::pages::Pages;
use crate::peer::{PORT, on_stacks, serve};
use blazeio::{Field, Method, Request};
use blazeio_embedded_io::{Buffers, Client, EmbassyTimer, Error, Session};
use embassy_net::tcp::TcpSocket;
use embassy_net::{IpAddress, Stack};
use embassy_time::Timer;
use futures_lite::future::{or, zip};

/// Runs `work` with a session to the server.
fn ask(work: impl AsyncFnOnce(&mut Session<'_, '_>) -> Result<(), Error>) {
    on_stacks(async |server, client| {
        let pages = Pages::default();
        let serving = async {
            serve(server, &pages, |_| {}).await;
        };
        or(serving, run(client, work)).await;
    });
}

async fn run(stack: Stack<'_>, work: impl AsyncFnOnce(&mut Session<'_, '_>) -> Result<(), Error>) {
    let (mut receive, mut send) = ([0; 1024], [0; 1024]);
    let (mut input, mut landing, mut output) = ([0; 512], [0; 64], [0; 300]);
    let mut socket = TcpSocket::new(stack, &mut receive, &mut send);
    while socket.connect((IpAddress::v4(10, 9, 9, 1), PORT)).await.is_err() {
        Timer::after_millis(2).await;
    }
    let buffers = Buffers { input: &mut input, landing: &mut landing, output: &mut output };
    Client::new(&EmbassyTimer, &LIMITS).run(&mut socket, buffers, work).await.unwrap();
    let _ = socket.flush().await;
}

async fn content(session: &mut Session<'_, '_>) -> Result<String, Error> {
    let mut all = String::new();
    while let Some(piece) = session.read().await? {
        all += std::str::from_utf8(piece).unwrap();
    }
    Ok(all)
}

#[test]
fn requests_follow_each_other_on_one_connection() {
    ask(async |session: &mut Session<'_, '_>| {
        for name in ["a", "b", "c"] {
            let target = format!("/greet/{name}/x");
            session.send(&Request::new(Method::Get, &target, "a"), b"").await?;
            assert_eq!(session.head().await?.status(), 200);
            assert_eq!(content(session).await?, format!("name={name};rest=x;"));
        }
        session.send(&Request::new(Method::Head, "/", "a"), b"").await?;
        assert_eq!(session.head().await?.field("content-length"), Some(&b"5"[..]));
        assert_eq!(content(session).await?, "");
        Ok(())
    });
}

#[test]
fn content_goes_both_ways_in_chunks_with_trailers() {
    ask(async |session: &mut Session<'_, '_>| {
        let request = Request::new(Method::Post, "/echo", "a");
        let accepts = [Field::new("TE", "trailers")];
        session.open(&request.fields(&accepts).streamed()).await?;
        assert_eq!(session.head().await?.status(), 200);
        let (reader, writer) = session.split();
        // Twenty times what the buffers on the way hold together.
        let piece = [b'p'; 700];
        let write = async {
            for _ in 0..100 {
                writer.write(&piece).await?;
            }
            writer.finish(&[Field::new("Digest", "d1")]).await
        };
        let read = async {
            let mut count = 0;
            while let Some(piece) = reader.read().await? {
                assert!(piece.iter().all(|byte| *byte == b'p'));
                count += piece.len();
            }
            Ok::<_, Error>(count)
        };
        let (written, count) = zip(write, read).await;
        written?;
        assert_eq!(count?, 70_000);
        let digest = session.trailers().and_then(|fields| fields.get("digest"));
        assert_eq!(digest, Some(&b"d1"[..]));
        Ok(())
    });
}

#[test]
fn expect_waits_for_100_and_goes_on() {
    ask(async |session: &mut Session<'_, '_>| {
        let request = Request::new(Method::Post, "/late", "a").expect_continue();
        session.send(&request, b"content").await?;
        assert_eq!(session.head().await?.status(), 200);
        assert_eq!(content(session).await?, "7");
        Ok(())
    });
}

#[test]
fn a_refusal_by_route_is_read_like_any_response() {
    ask(async |session: &mut Session<'_, '_>| {
        session.send(&Request::new(Method::Delete, "/echo", "a"), b"").await?;
        let head = session.head().await?;
        assert_eq!((head.status(), head.field("allow")), (405, Some(&b"POST, PUT"[..])));
        assert_eq!(content(session).await?, "");
        session.send(&Request::new(Method::Get, "/none", "a"), b"").await?;
        assert_eq!(session.head().await?.status(), 404);
        assert_eq!(content(session).await?, "");
        Ok(())
    });
}
