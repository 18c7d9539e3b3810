//! Several connections in one task.

use crate::pages::Pages;
use crate::peer::{Raw, on_stacks, serve};
use blazeio_embedded_io::Together;
use futures_lite::future::or;
use std::pin::pin;

#[test]
fn two_places_serve_two_peers_at_once_and_a_third_waits() {
    on_stacks(async |server, client| {
        let pages = Pages::default();
        let place = || serve(server, &pages, |_| {});
        let places = [pin!(place()), pin!(place())];
        let serving = async {
            Together::new(places).await;
        };
        let (mut first, mut second, mut third) = Default::default();
        let talking = async {
            let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
            let hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHello";
            let mut waiting: Raw<'_> = Raw::connect(client, &mut first).await;
            waiting.send("GET /waiting HTTP/1.1\r\nHost: a\r\n\r\n").await;
            let mut quick = Raw::connect(client, &mut second).await;
            for _ in 0..3 {
                quick.send(get).await;
                quick.expect(hello).await;
            }
            // No place is free until one of them goes.
            waiting.socket.abort();
            let _ = waiting.socket.flush().await;
            let mut late = Raw::connect(client, &mut third).await;
            late.send(get).await;
            late.expect(hello).await;
            quick.send(get).await;
            quick.expect(hello).await;
            assert_eq!(*pages.notes.borrow(), ["waiting", "dropped"]);
        };
        or(serving, talking).await;
    });
}
