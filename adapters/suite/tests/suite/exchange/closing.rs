//! A peer that is gone (RST, HALF).

use crate::stories::story;
use crate::suite::exchange::near::{near, read_all, until, waits, within};
use blazeio::{CloseReason, Method, Request, Response, Server};
use blazeio_driver::{ClientConnection, Error, Exchange, Handle, Service};
use macro_rules_attribute::apply;
use std::future::pending;
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

async fn connect(handle: &Handle) -> TcpStream {
    crate::suite::peer::connect(handle.addresses()[0].as_tcp().unwrap()).await.unwrap()
}

fn reset(stream: TcpStream) {
    stream.set_zero_linger().unwrap();
    drop(stream);
}

/// Says that it was dropped.
struct Tells(UnboundedSender<&'static str>);

impl Drop for Tells {
    fn drop(&mut self) {
        let _ = self.0.send("dropped");
    }
}

#[apply(story!)]
async fn rst_a_handler_is_dropped_when_its_client_resets_and_not_for_an_end_of_input() {
    for end_drops in [false, true] {
        let (told, mut hears) = unbounded_channel();
        let handler = move |exchange: Exchange<Server>| {
            let tells = Tells(told.clone());
            async move {
                tells.0.send("begun").unwrap();
                let _held = exchange;
                pending().await
            }
        };
        let handle = crate::subject::serve("127.0.0.1:0", handler)
            .configure(|serve| serve.end_drops(end_drops))
            .start()
            .unwrap();
        let mut client = connect(&handle).await;
        client.write_all(GET).await.unwrap();
        assert_eq!(within(hears.recv()).await, Some("begun"));
        client.shutdown().await.unwrap();
        if !end_drops {
            assert!(waits(hears.recv()).await, "dropped for an end of input");
            reset(client);
        }
        assert_eq!(within(hears.recv()).await, Some("dropped"));
        until(|| handle.statistics().active == 0).await;
    }
}

#[apply(story!)]
async fn rst_what_a_dropped_exchange_cuts_off_until_close_is_reset() {
    for is_complete in [false, true] {
        let handler = move |mut exchange: Exchange<Server>| async move {
            exchange.respond(&Response::new(200).streamed()).await?;
            exchange.write(b"hello").await?;
            exchange.flush().await?;
            if is_complete { exchange.finish().await } else { Ok(()) }
        };
        let handle = crate::subject::serve("127.0.0.1:0", handler).start().unwrap();
        let mut client = connect(&handle).await;
        client.write_all(b"GET / HTTP/1.0\r\n\r\n").await.unwrap();
        let mut received = Vec::new();
        let end = within(client.read_to_end(&mut received)).await;
        assert_eq!(end.is_ok(), is_complete, "{end:?}");
        assert!(!is_complete || received.ends_with(b"\r\n\r\nhello"));
    }
}

/// Waits for the end of its connection, tells why, and answers.
fn watcher(told: UnboundedSender<CloseReason>) -> impl Service {
    move |mut exchange: Exchange<Server>| {
        let told = told.clone();
        async move {
            let reason = exchange.closed().await;
            told.send(reason).unwrap();
            exchange.send(&Response::new(200), b"late").await
        }
    }
}

#[apply(story!)]
async fn half_closed_ends_by_an_end_of_input_and_the_response_still_goes_out() {
    let (told, mut hears) = unbounded_channel();
    let near = near(watcher(told));
    let mut client = near.connect();
    client.write_all(GET).await.unwrap();
    assert!(waits(hears.recv()).await);
    client.shutdown().await.unwrap();
    assert_eq!(within(hears.recv()).await, Some(CloseReason::PeerClosed));
    assert!(read_all(&mut client).await.ends_with("late"));
}

#[apply(story!)]
async fn rst_closed_ends_by_a_reset_behind_pipelined_requests_too() {
    let (told, mut hears) = unbounded_channel();
    let handle = crate::subject::serve("127.0.0.1:0", watcher(told)).start().unwrap();
    for behind in [0, 3] {
        let mut client = connect(&handle).await;
        client.write_all(&GET.repeat(1 + behind)).await.unwrap();
        assert!(waits(hears.recv()).await);
        reset(client);
        assert_eq!(within(hears.recv()).await, Some(CloseReason::PeerClosed));
    }
}

#[apply(story!)]
async fn closed_is_asked_for_anew_and_by_several_tasks_at_once() {
    let (told, mut hears) = unbounded_channel();
    let near = near(move |exchange: Exchange<Server>| {
        let told = told.clone();
        async move {
            for _ in 0..3 {
                assert!(waits(exchange.closed()).await);
            }
            told.send(()).unwrap();
            for _ in 0..2 {
                let (closed, told) = (exchange.closed(), told.clone());
                crate::suite::on::spawn(async move {
                    closed.await;
                    told.send(())
                });
            }
            exchange.closed().await;
            Ok(())
        }
    });
    let mut client = near.connect();
    client.write_all(GET).await.unwrap();
    within(hears.recv()).await.unwrap();
    drop(client);
    for _ in 0..2 {
        within(hears.recv()).await.unwrap();
    }
}

#[apply(story!)]
async fn closed_tells_a_client_of_its_server() {
    let handler = |mut exchange: Exchange<Server>| async move {
        exchange.respond(&Response::new(200).sized(9)).await?;
        exchange.flush().await?;
        crate::suite::on::sleep(std::time::Duration::from_millis(50)).await;
        Ok(())
    };
    let near = near(handler);
    let mut connection = near.client().await;
    let mut exchange = connection.send(&Request::new(Method::Get, "/", "a")).await.unwrap();
    let closed = crate::suite::on::spawn(exchange.closed());
    assert_eq!(within(exchange.head()).await.unwrap().status(), 200);
    assert!(within(exchange.read()).await.is_err());
    within(closed).await.unwrap();
    drop(exchange);
    assert!(!connection.is_open());
}

/// One exchange by `connection`, whose other end is `server`.
async fn ask(connection: &mut ClientConnection, server: &mut (impl AsyncWrite + Unpin)) {
    let mut exchange = connection.send(&Request::new(Method::Get, "/", "a")).await.unwrap();
    server.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    assert_eq!(within(exchange.head()).await.unwrap().status(), 200);
    assert!(within(exchange.read()).await.unwrap().is_none());
}

#[apply(story!)]
async fn rst_an_idle_connection_that_was_lost_is_closed_and_no_error() {
    let (told, mut hears) = unbounded_channel::<String>();
    let handler = |mut exchange: Exchange<Server>| async move {
        exchange.send(&Response::new(200), b"Hello").await
    };
    let handle = crate::subject::serve("127.0.0.1:0", handler)
        .configure(|serve| serve.report(move |report| told.send(report.to_string()).unwrap()))
        .start()
        .unwrap();
    let mut client = connect(&handle).await;
    client.write_all(GET).await.unwrap();
    crate::suite::exchange::near::read_until(&mut client, "Hello").await;
    reset(client);
    until(|| handle.statistics().active == 0).await;
    assert!(hears.try_recv().is_err());

    // The same from the other side.
    let listener = crate::suite::peer::listen().await.unwrap();
    let address = listener.local_addr().unwrap();
    let connector = crate::subject::connector();
    let mut connection = connector.connect(&address.into()).await.unwrap();
    let mut server = crate::suite::peer::accept(&listener).await.unwrap();
    ask(&mut connection, &mut server).await;
    assert!(connection.is_idle());
    reset(server);
    until(|| !connection.is_open()).await;
    let again = connection.send(&Request::new(Method::Get, "/", "a")).await;
    assert!(matches!(again, Err(Error::Closed(CloseReason::PeerClosed))), "{again:?}");
}

#[apply(story!)]
async fn reuse_what_closed_the_connection_is_found_by_the_next_exchange() {
    for surplus in [&b""[..], b"\r\n", b"HTTP/1.1 200 OK\r\n\r\n"] {
        let (ours, mut server) = tokio::io::duplex(4096);
        let mut connection = crate::suite::exchange::near::client(ours).await;
        ask(&mut connection, &mut server).await;
        server.write_all(surplus).await.unwrap();
        if surplus.is_empty() {
            server.shutdown().await.unwrap();
        }
        // The connection's task has had no turn since.
        let again = connection.send(&Request::new(Method::Get, "/", "a")).await;
        assert!(matches!(again, Err(Error::Closed(_))), "{again:?}");
    }
}

fn is_begun(request: &[u8]) -> bool {
    request.windows(7).any(|bytes| bytes == b"begun\r\n")
}

#[apply(story!)]
async fn early_what_came_before_a_reset_is_still_read() {
    for content in [0, 100_000] {
        let listener = crate::suite::peer::listen().await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut connection = crate::subject::connector().connect(&address.into()).await.unwrap();
        let mut server = crate::suite::peer::accept(&listener).await.unwrap();
        let request = Request::new(Method::Post, "/", "a").streamed();
        let mut exchange = connection.open(&request).await.unwrap();
        exchange.write(b"begun").await.unwrap();
        // It has come, so that closing is a reset; and the client sends nothing meanwhile, behind
        // which what the server sends could be held up, and then be cut off by the reset.
        let mut seen = [0; 256];
        while !is_begun(&seen) {
            within(server.peek(&mut seen)).await.unwrap();
            crate::suite::on::yield_now().await;
        }
        let head = format!("HTTP/1.1 413 No\r\nConnection: close\r\nContent-Length: {content}");
        server.write_all(format!("{head}\r\n\r\n").as_bytes()).await.unwrap();
        server.write_all(&vec![b'x'; content]).await.unwrap();
        // And time for the connection's task.
        drop(server);
        crate::suite::on::sleep(std::time::Duration::from_millis(50)).await;
        assert_eq!(within(exchange.head()).await.unwrap().status(), 413);
        let mut received = 0;
        while let Some(piece) = within(exchange.read()).await.unwrap() {
            received += piece.len();
        }
        assert_eq!(received, content);
    }
}

#[apply(story!)]
async fn reuse_a_response_of_which_only_the_end_is_left_may_be_dropped() {
    let (ours, mut server) = tokio::io::duplex(4096);
    let mut connection = crate::suite::exchange::near::client(ours).await;
    let responses = [
        (Method::Head, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", true),
        (Method::Get, "HTTP/1.1 204 No Content\r\n\r\n", true),
        (Method::Get, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true),
        (Method::Get, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", false),
    ];
    for (method, response, stays) in responses {
        let mut exchange = connection.send(&Request::new(method, "/", "a")).await.unwrap();
        server.write_all(response.as_bytes()).await.unwrap();
        within(exchange.head()).await.unwrap();
        drop(exchange);
        assert_eq!(connection.is_idle(), stays, "{response}");
    }
}
