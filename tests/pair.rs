//! Two connections joined in memory: a client and a server exchange messages through output
//! buffers of every small size and inputs cut at every small length, and must agree.

mod joined;

use blazeio::{Content, Field, Method, Request, Response};
use joined::{Exchange, Joined};

const FIELDS: &[Field<'_>] = &[Field::new("X-One", "1"), Field::new("x-two", "a, b")];
const TRAILERS: &[Field<'_>] = &[Field::new("X-Sum", "42"), Field::new("Server-Timing", "a;dur=1")];

/// What an exchange looks like with content of `content` framing in both directions.
fn exchange(content: Content, body: &[u8], trailers: &'static [Field<'static>]) -> Exchange {
    Exchange {
        request: Request::new(Method::Post, "/a?b", "example.com:80")
            .fields(FIELDS)
            .content(content),
        response: Response::new(200).fields(FIELDS).content(content),
        request_content: body.to_vec(),
        response_content: body.iter().rev().copied().collect(),
        trailers,
    }
}

#[test]
fn seg_every_output_size_and_every_cut_gives_the_same_exchanges() {
    let body: Vec<u8> = (0..100).collect();
    let kinds = [
        exchange(Content::Sized(100), &body, &[]),
        exchange(Content::Streamed, &body, TRAILERS),
        exchange(Content::Streamed, b"", &[]),
        exchange(Content::Empty, b"", &[]),
    ];
    for output in (1..=64).chain([100, 150, 1000]) {
        for cut in [1, 2, 3, 5, 7, 16, 64, 1000] {
            let mut joined = Joined::new(output, cut);
            for kind in &kinds {
                joined.run(kind);
            }
            assert!(joined.client.is_idle() && joined.server.is_idle(), "{output} {cut}");
            assert_eq!(joined.server.requests(), 4);
        }
    }
}

#[test]
fn content_of_every_length_around_the_hexadecimal_digits_arrives_whole() {
    for len in [1usize, 9, 10, 15, 16, 17, 255, 256, 257, 4095, 4096, 4097, 65_536, 70_000] {
        let body: Vec<u8> = (0..len).map(|i| (i * 31 % 256) as u8).collect();
        for output in [6, 7, 20, 21, 22, 300, 5000, 100_000] {
            if len / output > 2000 {
                continue;
            }
            let mut joined = Joined::new(output, 100_000);
            joined.run(&exchange(Content::Streamed, &body, TRAILERS));
            joined.run(&exchange(Content::Sized(len as u64), &body, &[]));
        }
    }
}

#[test]
fn bodyx_responses_without_content_leave_the_connection_in_step() {
    for (method, status) in [
        (Method::Head, 200),
        (Method::Get, 204),
        (Method::Get, 205),
        (Method::Get, 304),
        (Method::Head, 404),
    ] {
        let mut joined = Joined::new(64, 9);
        for content in [Content::Empty, Content::Sized(5), Content::Streamed] {
            joined.run(&Exchange {
                request: Request::new(method, "/", "a"),
                response: Response::new(status).content(content),
                request_content: Vec::new(),
                // Dropped, as the response may not have any.
                response_content: b"hello".to_vec(),
                trailers: &[],
            });
        }
        assert!(joined.client.is_idle() && joined.server.is_idle(), "{method} {status}");
    }
}

#[test]
fn framing_without_copying_gives_the_bytes_of_send_content() {
    for content in [Content::Sized(4097), Content::Streamed] {
        let body = vec![7; 4097];
        let kind = exchange(content, &body, &[]);
        let mut copied = Joined::new(100_000, 100_000);
        copied.run(&kind);
        let mut framed = Joined::new(100_000, 100_000);
        framed.frames = true;
        framed.run(&kind);
        assert!(copied.wire == framed.wire, "{content:?}");
    }
}
