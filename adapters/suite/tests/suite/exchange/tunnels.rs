//! What an exchange becomes after 101 and after a 2xx to CONNECT (UPG).

use crate::stories::story;
use crate::suite::exchange::near::{client, near, read_all, read_until, waits, within};
use blazeio::{Method, Request, Response, Server, UsageError};
use blazeio_driver::{Error, Exchange};
use macro_rules_attribute::apply;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

async fn shout(exchange: Exchange<Server>) -> Result<(), Error> {
    let response = match exchange.request().method() {
        Method::Connect => Response::new(200),
        _ => Response::new(101).upgrade("shout"),
    };
    let mut tunnel = exchange.upgrade(&response).await?;
    let mut room = [0; 700];
    loop {
        let n = tunnel.read(&mut room).await?;
        if n == 0 {
            return Ok(tunnel.shutdown().await?);
        }
        room[..n].make_ascii_uppercase();
        tunnel.write(&room[..n]).await?;
    }
}

#[apply(story!)]
async fn upg_a_server_has_what_came_behind_the_head_first() {
    let near = near(shout);
    let get = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: shout\r\n\r\n";
    let connect = "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n";
    for (request, status) in [(get, "101"), (connect, "200")] {
        for behind in ["", "x", &"behind the head".repeat(1000)] {
            let client = near.connect();
            let (mut reading, mut writing) = tokio::io::split(client);
            let sent = format!("{request}{behind}");
            let sending = crate::suite::on::spawn(async move {
                writing.write_all(sent.as_bytes()).await.unwrap();
                writing.write_all(b"rest").await.unwrap();
                writing.shutdown().await.unwrap();
            });
            let head = read_until(&mut reading, "\r\n\r\n").await;
            assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
            assert_eq!(read_all(&mut reading).await, format!("{}REST", behind.to_uppercase()));
            within(sending).await.unwrap();
        }
    }
}

#[apply(story!)]
async fn upg_a_client_has_what_came_behind_the_head_first() {
    for behind in ["", "x", &"behind the head".repeat(1000)] {
        let (ours, mut server) = duplex(64 * 1024);
        let mut connection = client(ours).await;
        let request = Request::new(Method::Get, "/", "a").upgrade("shout");
        let mut exchange = connection.send(&request).await.unwrap();
        let head = read_until(&mut server, "\r\n\r\n").await;
        assert!(head.contains("\r\nUpgrade: shout\r\n"), "{head}");
        let switch = "HTTP/1.1 101 \r\nConnection: upgrade\r\nUpgrade: shout\r\n\r\n";
        server.write_all(format!("{switch}{behind}").as_bytes()).await.unwrap();
        assert_eq!(within(exchange.head()).await.unwrap().status(), 101);
        assert_eq!(within(exchange.read()).await.unwrap(), None);
        let mut tunnel = within(exchange.into_tunnel()).await.unwrap();
        // A tunnel is the runtime's own stream.
        AsyncWriteExt::write_all(&mut tunnel, b"hello").await.unwrap();
        assert_eq!(read_until(&mut server, "hello").await, "hello");
        server.write_all(b" and more").await.unwrap();
        let mut back = vec![0; behind.len() + 9];
        within(tunnel.read_exact(&mut back)).await.unwrap();
        assert_eq!(String::from_utf8(back).unwrap(), format!("{behind} and more"));
        assert!(waits(tunnel.read_u8()).await);
        AsyncWriteExt::shutdown(&mut tunnel).await.unwrap();
        assert_eq!(read_all(&mut server).await, "");
        // The other direction goes on.
        server.write_all(b"!").await.unwrap();
        assert_eq!(within(tunnel.read_u8()).await.unwrap(), b'!');
        assert!(!connection.is_open());
        drop(server);
        assert_eq!(
            within(tunnel.read_u8()).await.unwrap_err().kind(),
            std::io::ErrorKind::UnexpectedEof
        );
    }
}

#[apply(story!)]
async fn upg_both_ends_are_ours_and_bytes_go_both_ways_at_once() {
    let near = near(shout);
    let mut connection = near.client().await;
    let request = Request::new(Method::Get, "/", "a").upgrade("shout");
    let exchange = connection.send(&request).await.unwrap();
    let tunnel = within(exchange.into_tunnel()).await;
    // Nobody has asked for the response yet: it is no tunnel so far.
    assert!(matches!(tunnel, Err(Error::Usage(UsageError::InvalidUpgrade))), "{tunnel:?}");

    let mut connection = near.client().await;
    let mut exchange = connection.send(&request).await.unwrap();
    assert_eq!(within(exchange.head()).await.unwrap().status(), 101);
    assert!(within(exchange.read()).await.unwrap().is_none());
    let tunnel = within(exchange.into_tunnel()).await.unwrap();
    let (mut reading, mut writing) = tokio::io::split(tunnel);
    let content: String = (0..100_000).map(|n| format!("n{n} ")).collect();
    let sent = content.clone();
    let sending = crate::suite::on::spawn(async move {
        writing.write_all(sent.as_bytes()).await.unwrap();
        writing.shutdown().await.unwrap();
    });
    assert!(read_all(&mut reading).await == content.to_uppercase());
    within(sending).await.unwrap();
}

#[apply(story!)]
async fn upg_what_was_not_offered_is_no_tunnel_and_gets_500() {
    let near = near(shout);
    let mut client = near.connect();
    for offer in ["", "Connection: upgrade\r\nUpgrade: other\r\n"] {
        let request = format!("GET / HTTP/1.1\r\nHost: a\r\n{offer}\r\n");
        client.write_all(request.as_bytes()).await.unwrap();
        let head = read_until(&mut client, "\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 500 "), "{head}");
    }
}

#[apply(story!)]
async fn upg_what_came_with_the_101_is_the_tunnels_though_nobody_read_on() {
    for asks in [false, true] {
        let (ours, mut server) = duplex(64 * 1024);
        let mut connection = client(ours).await;
        let request = Request::new(Method::Get, "/", "a").upgrade("shout");
        let mut exchange = connection.send(&request).await.unwrap();
        let switch = "HTTP/1.1 101 \r\nConnection: upgrade\r\nUpgrade: shout\r\n\r\nbehind";
        server.write_all(switch.as_bytes()).await.unwrap();
        assert_eq!(within(exchange.head()).await.unwrap().status(), 101);
        if asks {
            assert_eq!(within(exchange.read()).await.unwrap(), None);
            // The head stays as long as the exchange does.
            let head = within(exchange.head()).await.unwrap();
            let upgrade = head.fields().find(|field| field.is("upgrade")).map(|field| field.value);
            assert_eq!(upgrade, Some(&b"shout"[..]));
        }
        let mut tunnel = within(exchange.into_tunnel()).await.unwrap();
        let mut back = [0; 6];
        within(tunnel.read_exact(&mut back)).await.unwrap();
        assert_eq!(&back, b"behind");
    }
}

#[apply(story!)]
async fn shut_a_tunnel_hears_of_a_stop_and_ends_in_order() {
    let near = near(|exchange: Exchange<Server>| async move {
        let response = Response::new(101).upgrade("shout");
        let mut tunnel = exchange.upgrade(&response).await?;
        tunnel.stopping().await;
        tunnel.write(b"bye").await?;
        Ok(tunnel.shutdown().await?)
    });
    let mut client = near.connect();
    let get = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: shout\r\n\r\n";
    client.write_all(get.as_bytes()).await.unwrap();
    read_until(&mut client, "\r\n\r\n").await;
    assert!(waits(client.read_u8()).await);
    let (exit, rest) = tokio::join!(within(near.handle.exit()), read_all(&mut client));
    assert_eq!((exit.cut, rest.as_str()), (0, "bye"));
}

#[apply(story!)]
async fn shut_a_long_response_hears_of_a_stop_and_of_an_end() {
    let near = near(|mut exchange: Exchange<Server>| async move {
        exchange.respond(&Response::new(200).streamed()).await?;
        exchange.write(b"begun").await?;
        let stopping = exchange.stopping();
        drop(exchange.stopping());
        stopping.await;
        exchange.write(b"ended").await?;
        exchange.finish().await
    });
    let mut client = near.connect();
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    read_until(&mut client, "begun\r\n").await;
    client.shutdown().await.unwrap();
    let (exit, rest) = tokio::join!(within(near.handle.exit()), read_all(&mut client));
    assert_eq!((exit.cut, rest.as_str()), (0, "5\r\nended\r\n0\r\n\r\n"));

    // A client's hears of its connection's end.
    let (ours, _server) = duplex(64);
    let mut connection = crate::suite::exchange::near::client(ours).await;
    let exchange = connection.send(&Request::new(Method::Get, "/", "a")).await.unwrap();
    let stopping = exchange.stopping();
    drop(connection);
    within(stopping).await;
}

#[apply(story!)]
async fn upg_a_tunnel_that_nobody_takes_is_closed_with_its_exchange() {
    let switch = "HTTP/1.1 101 \r\nConnection: upgrade\r\nUpgrade: shout\r\n\r\n";
    for is_read in [false, true] {
        let (ours, mut server) = duplex(64 * 1024);
        let mut connection = client(ours).await;
        let request = Request::new(Method::Get, "/", "a").upgrade("shout");
        let mut exchange = connection.send(&request).await.unwrap();
        server.write_all(switch.as_bytes()).await.unwrap();
        assert_eq!(within(exchange.head()).await.unwrap().status(), 101);
        if is_read {
            assert_eq!(within(exchange.read()).await.unwrap(), None);
        }
        drop(exchange);
        // Up to the end.
        assert!(read_all(&mut server).await.ends_with("\r\n\r\n"), "{is_read}");
    }
    // The same of a server, whose handler reads to the end of HTTP and goes.
    let near = near(|mut exchange: Exchange<Server>| async move {
        exchange.respond(&Response::new(101).upgrade("shout")).await?;
        exchange.flush().await?;
        assert_eq!(exchange.read().await?, None);
        Ok(())
    });
    let mut client = near.connect();
    let get = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: shout\r\n\r\n";
    client.write_all(get.as_bytes()).await.unwrap();
    assert!(read_all(&mut client).await.starts_with("HTTP/1.1 101 "));
}
