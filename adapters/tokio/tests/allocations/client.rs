//! A client's connection, and the server behind it: what both allocate.

use crate::heap::count;
use crate::service;
use blazeio::{Content, Method, Request};
use blazeio_driver::ClientConnection;

/// What is asked for.
#[derive(Clone, Copy)]
struct Ask {
    path: &'static str,
    content: Content,
    /// The pieces that the content is written in.
    pieces: usize,
}

impl Ask {
    /// One exchange.
    async fn ask(self, connection: &mut ClientConnection, piece: &[u8]) {
        let method = if self.pieces > 0 { Method::Post } else { Method::Get };
        let request = Request::new(method, self.path, "a").content(self.content);
        let mut exchange = connection.open(&request).await.unwrap();
        for _ in 0..self.pieces {
            exchange.write(piece).await.unwrap();
        }
        exchange.finish().await.unwrap();
        assert_eq!(exchange.head().await.unwrap().status(), 200);
        let mut length = 0;
        while let Some(piece) = exchange.read().await.unwrap() {
            length += piece.len();
        }
        assert_eq!(length, if self.pieces > 0 { self.pieces * piece.len() } else { 6 });
    }

    /// What 1,000 of them allocate on both sides, after a warm-up.
    fn allocated(self) -> u64 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let server = service::start();
            let connector = blazeio_tokio::connector().limits(service::LIMITS);
            let mut connection = connector.connect(&server.addresses()[0]).await.unwrap();
            let piece = [b'x'; 1024];
            for _ in 0..100 {
                self.ask(&mut connection, &piece).await;
            }
            let before = count();
            for _ in 0..1000 {
                self.ask(&mut connection, &piece).await;
            }
            let allocated = count() - before;
            assert_eq!((server.statistics().requests, server.statistics().active), (1100, 1));
            allocated
        })
    }
}

const GET: Ask = Ask { path: "/", content: Content::Empty, pieces: 0 };

#[test]
fn a_client_that_gets_allocates_nothing() {
    assert_eq!(GET.allocated(), 0);
}

#[test]
fn a_client_that_waits_for_its_response_allocates_nothing() {
    assert_eq!(Ask { path: "/yield", ..GET }.allocated(), 0);
    assert_eq!(Ask { path: "/sleep", ..GET }.allocated(), 0);
}

#[test]
fn a_client_with_content_both_ways_allocates_nothing() {
    assert_eq!(Ask { content: Content::Sized(10 * 1024), pieces: 10, ..GET }.allocated(), 0);
}

#[test]
fn a_client_with_chunks_both_ways_allocates_nothing() {
    assert_eq!(Ask { content: Content::Streamed, pieces: 10, ..GET }.allocated(), 0);
}
