//! A client of ours, and a server made by hand, as a script that is cut at every point.

use crate::LIMITS;
use crate::script::Script;
use blazeio::{CloseReason, Field, Method, PeerErrorKind, Request};
use blazeio_embedded_io::{Buffers, Client, Error, Session};
use embedded_io_async::ErrorKind;

/// Runs `work` against a server that says `input`, in all cuts, and then ends.
#[track_caller]
fn hears<T: PartialEq + std::fmt::Debug>(
    input: &str,
    work: impl AsyncFn(&mut Session<'_, '_>) -> T,
    expected: T,
) -> Vec<&'static str> {
    let bytes = input.as_bytes();
    let halves = (1..bytes.len()).map(|at| vec![&bytes[..at], &bytes[at..]]);
    let mut fate = Vec::new();
    for pieces in [vec![bytes], bytes.chunks(1).collect()].into_iter().chain(halves) {
        let script =
            Script { ends: true, is_asked: true, ..Script::new(pieces.iter().copied(), 3) };
        assert_eq!(run(&script, &work), Some(expected_of(&expected)), "{pieces:?}");
        fate = script.fate.take();
    }
    fate
}

fn expected_of<T: PartialEq + std::fmt::Debug>(expected: &T) -> String {
    format!("{expected:?}")
}

fn run<T: std::fmt::Debug>(
    script: &Script,
    work: &impl AsyncFn(&mut Session<'_, '_>) -> T,
) -> Option<String> {
    let (mut input, mut landing, mut output) = ([0; 512], [0; 32], [0; 200]);
    let buffers = Buffers { input: &mut input, landing: &mut landing, output: &mut output };
    let client = Client::new(&script, &LIMITS);
    let done = script.run(
        client.run(script, buffers, async |session: &mut Session<'_, '_>| work(session).await),
    );
    done.map(|done| format!("{done:?}"))
}

async fn get(session: &mut Session<'_, '_>) -> Result<(u16, String), Error> {
    session.send(&Request::new(Method::Get, "/", "a"), b"").await?;
    let status = session.head().await?.status();
    let mut content = String::new();
    while let Some(piece) = session.read().await? {
        content += std::str::from_utf8(piece).unwrap();
    }
    Ok((status, content))
}

#[test]
fn content_is_heard_however_it_is_framed() {
    let hello = Ok((200, "Hello".to_owned()));
    for response in [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nHe\r\n3\r\nllo\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nHello",
        "HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHello",
    ] {
        hears(response, get, hello.clone());
    }
}

#[test]
fn trunc_content_that_is_cut_off_is_no_success() {
    for (response, kind) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHell", "content"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHello\r\n", "chunk"),
        ("HTTP/1.1 200 OK\r\nContent-Le", "head"),
    ] {
        let is_cut_off = hears(
            response,
            async |session: &mut Session<'_, '_>| matches!(get(session).await, Err(Error::Peer(_))),
            true,
        );
        assert!(!is_cut_off.is_empty(), "{kind}");
    }
}

#[test]
fn trailers_are_heard() {
    hears(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nDigest: d\r\n\r\n",
        async |session: &mut Session<'_, '_>| {
            let got = get(session).await;
            let digest = session.trailers().and_then(|f| f.get("digest")).map(<[u8]>::to_vec);
            (got, digest)
        },
        (Ok((200, "x".to_owned())), Some(b"d".to_vec())),
    );
}

#[test]
fn reuse_what_comes_unasked_closes_the_connection() {
    let response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let surplus = "HTTP/1.1 200 OK\r\n\r\n";
    // In one piece, as two, and behind more than the landing buffer holds.
    for pieces in [vec![[response, surplus].concat()], vec![response.into(), surplus.into()]] {
        let pieces = pieces.iter().map(String::as_bytes);
        let script =
            Script { ends: true, is_asked: true, stutters: false, ..Script::new(pieces, 99) };
        let done = run(&script, &async |session: &mut Session<'_, '_>| {
            (get(session).await, get(session).await)
        });
        let expected: (_, Result<(), _>) =
            (Ok::<_, Error>((200, "ok")), Err(Error::Closed(CloseReason::Surplus)));
        assert_eq!(done, Some(format!("{expected:?}")));
        assert_eq!(script.sent(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "asked once");
    }
}

#[test]
fn an_early_response_is_heard_while_content_waits_for_100() {
    hears(
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno",
        async |session: &mut Session<'_, '_>| {
            let request = Request::new(Method::Post, "/", "a").expect_continue();
            let _ = session.send(&request, b"content").await;
            let status = session.head().await?.status();
            let piece = session.read().await?.map(<[u8]>::to_vec);
            Ok::<_, Error>((status, piece.is_some()))
        },
        Ok((403, true)),
    );
}

#[test]
fn what_is_left_open_is_not_ended_in_order() {
    let script = Script::new([&b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHe"[..]], 9);
    let status = run(&script, &async |session: &mut Session<'_, '_>| {
        session.send(&Request::new(Method::Get, "/", "a"), b"").await?;
        Ok::<_, Error>(session.head().await?.status())
    });
    assert_eq!(status.as_deref(), Some("Ok(200)"));
    assert_eq!(script.sent(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(*script.fate.borrow(), ["abort"]);
}

#[test]
fn upg_a_tunnel_is_aborted() {
    let fate = hears(
        "HTTP/1.1 200 OK\r\n\r\nwhatever",
        async |session: &mut Session<'_, '_>| {
            session.send(&Request::new(Method::Connect, "b:1", "b:1"), b"").await?;
            let status = session.head().await?.status();
            assert_eq!(session.read().await, Err(Error::Closed(CloseReason::Aborted)));
            Ok::<_, Error>(status)
        },
        Ok(200),
    );
    assert_eq!(fate, ["abort"]);
}

#[test]
fn early_what_came_before_a_reset_is_received() {
    let response = "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n";
    for (length, is_whole) in [(40, true), (39, false)] {
        let content = "x".repeat(length);
        let all = format!("{response}{content}");
        for size in [1, 7, 1000] {
            let pieces = all.as_bytes().chunks(size);
            let script =
                Script { ends: true, resets: true, is_asked: true, ..Script::new(pieces, 3) };
            let heard = run(&script, &async |session: &mut Session<'_, '_>| {
                let first = get(session).await;
                (first, get(session).await)
            });
            let reset = || Error::Transport(ErrorKind::ConnectionReset);
            let first = if is_whole { Ok((200, content.clone())) } else { Err(reset()) };
            let second: Result<(u16, String), _> = Err(reset());
            assert_eq!(heard, Some(format!("{:?}", (first, second))), "{size}");
        }
    }
}

#[test]
fn what_is_over_is_ended_in_order() {
    let response = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHello";
    assert_eq!(hears(response, get, Ok((200, "Hello".to_owned()))), ["end"]);
}

#[test]
fn content_does_not_wait_for_100_for_ever() {
    let script = Script::new([], 99);
    let done = run(&script, &async |session: &mut Session<'_, '_>| {
        let request = Request::new(Method::Post, "/", "a").expect_continue();
        session.send(&request, b"content").await?;
        session.flush().await
    });
    assert_eq!(done.as_deref(), Some("Ok(())"));
    let sent = script.sent();
    assert!(
        sent.contains("\r\nExpect: 100-continue\r\n") && sent.ends_with("\r\n\r\ncontent"),
        "{sent}"
    );
    assert_eq!(script.time.get(), 1_000_000, "after the wait, and no later");
}

#[test]
fn a_request_is_written_in_chunks_with_trailers() {
    let script = Script {
        ends: true,
        is_asked: true,
        ..Script::new([&b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"[..]], 5)
    };
    let done = run(&script, &async |session: &mut Session<'_, '_>| {
        session.open(&Request::new(Method::Put, "/x", "a").streamed()).await?;
        session.write(b"Hello").await?;
        session.write(b"").await?;
        session.write(b", world").await?;
        session.finish(&[Field::new("Digest", "d")]).await?;
        let status = session.head().await?.status();
        while session.read().await?.is_some() {}
        Ok::<_, Error>(status)
    });
    assert_eq!(done.as_deref(), Some("Ok(200)"));
    assert_eq!(
        script.sent(),
        "PUT /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
         5\r\nHello\r\n7\r\n, world\r\n0\r\nDigest: d\r\n\r\n"
    );
}

#[test]
fn slow_a_response_head_that_does_not_end_fails() {
    let script = Script::new([&b"HTTP/1.1 200 O"[..]], 99);
    let done = run(&script, &async |session: &mut Session<'_, '_>| match get(session).await {
        Err(Error::Peer(error)) => Some(error.kind()),
        _ => None,
    });
    assert_eq!(done, Some(format!("{:?}", Some(PeerErrorKind::HeadTimeout))));
}
