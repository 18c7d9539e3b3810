//! The targets beside hyper, with requests and responses made of pieces that matter.
#![cfg(feature = "std")]

use blazeio_oracles::{hyper_client, hyper_server};

/// How many inputs each test makes.
fn inputs() -> u64 {
    std::env::var("INPUTS").map_or(60_000, |text| text.parse().expect("a number"))
}

/// SplitMix64.
struct Chances(u64);

impl Chances {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % sides as u64) as usize
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    /// The first ones more often.
    fn likely<'a>(&mut self, of: &[&'a str]) -> &'a str {
        let most = self.below(of.len()) + 1;
        self.one(&of[..most])
    }
}

const TARGETS: &[&str] = &[
    "/",
    "/a?b",
    "http://a/",
    "http://a",
    "HTTP://a?b",
    "*",
    "a:80",
    "/%zz",
    "//a//",
    "/{}|^\"`",
    "https://[::1]:8/x",
    "/\u{e9}",
    "http:///",
    "http://u@a/",
    "a",
    "/a#b",
    "",
];

/// Field lines that frame, route or persist.
const FIELDS: &[&str] = &[
    "",
    "Content-Length: 3",
    "Transfer-Encoding: chunked",
    "Connection: close",
    "X: y",
    "Connection: keep-alive",
    "content-length: 0",
    "Content-Length: 5",
    "Content-Length: 3, 3",
    "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding: chunked, chunked",
    "Transfer-Encoding: Chunked",
    "Transfer-Encoding: ,chunked",
    "Transfer-Encoding: chunked ",
    "Transfer-Encoding: identity",
    "Transfer-Encoding:\tchunked",
    "Transfer-Encoding: xchunked",
    "Content-Length: +3",
    "Content-Length:3 ",
    "Content-Length: 03",
    "Content-Length: 3 3",
    "Content-Length: 18446744073709551615",
    "Content-Length: 18446744073709551616",
    "Content-Length : 3",
    " Content-Length: 3",
    "X: a\r\n Content-Length: 3",
    "Content-Length:",
    "Expect: 100-continue",
    "Upgrade: echo",
    "Connection: upgrade",
    "Host: b",
    "X:",
    "X: \u{e9}",
    "X: a\rb",
    "X: a\nContent-Length: 3",
    "Connection: keep-alive, close",
    "Connection: ,",
    "Connection: content-length",
    "Connection: transfer-encoding",
    "X\0: y",
    "Trailer: X",
];

const CONTENTS: &[&str] = &[
    "",
    "abc",
    "abcde",
    "3\r\nabc\r\n0\r\n\r\n",
    "0\r\n\r\n",
    "3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n",
    "3;a=\"b\"\r\nabc\r\n00\r\n\r\n",
    "A\r\n0123456789\r\n0\r\n\r\n",
    "3 \r\nabc\r\n0\r\n\r\n",
    "3\nabc\n0\n\n",
    "3\r\nabc0\r\n\r\n",
    "3\r\nabcd\r\n0\r\n\r\n",
    "0x3\r\nabc\r\n0\r\n\r\n",
    "3\r\nabc\r\n0\r\nContent-Length: 5\r\n\r\n",
    "3\r\nabc\r\n0\r\n\r\n\r\n",
    "\r\nabc",
    "-1\r\n",
    "fffffffffffffffff\r\nabc",
    "8000000000000003\r\nabc",
    "3;\r\nabc\r\n0;x\r\n\r\n",
    "3\t;a\r\nabc",
    "3\r\nabc\r\n0\r\nX: y\r\nX",
    "3\r\nabc\r\n0",
    "3\r\na",
    "3;a\nb\r\nabc\r\n0\r\n\r\n",
];

/// A framing, and the content that keeps to it.
const FRAMED: &[(&str, &str)] = &[
    ("", ""),
    ("Content-Length: 3\r\n", "abc"),
    ("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"),
    ("transfer-encoding:CHUNKED \r\n", "3;a=\"b\"\r\nabc\r\n1\r\nd\r\n0\r\nX: y\r\n\r\n"),
    ("Content-Length: 0\r\nConnection: keep-alive\r\n", ""),
];

fn fields(chances: &mut Chances, all: &mut Vec<u8>) {
    if chances.below(3) > 0 {
        let (framing, content) = FRAMED[chances.below(FRAMED.len())];
        all.extend_from_slice(format!("X: y\r\n{framing}\r\n{content}").as_bytes());
        return;
    }
    for _ in 0..chances.below(4) {
        let field = chances.likely(FIELDS);
        if !field.is_empty() {
            all.extend_from_slice(field.as_bytes());
            all.extend_from_slice(
                chances.likely(&["\r\n", "\r\n", "\r\n", "\r\n", "\n"]).as_bytes(),
            );
        }
    }
    all.extend_from_slice(b"\r\n");
    all.extend_from_slice(chances.likely(CONTENTS).as_bytes());
}

/// Now and then another byte, or the end too early.
fn spoil(chances: &mut Chances, all: &mut Vec<u8>) {
    if chances.below(4) == 0 {
        let at = chances.below(all.len());
        match chances.below(4) {
            0 => all.truncate(at),
            1 => all[at] = b"\r\n\0 :,;\t\xff"[chances.below(9)],
            2 => drop(all.remove(at)),
            _ => all.insert(at, b"\r\n\0 :,;\t0"[chances.below(9)]),
        }
    }
}

#[test]
fn hyper_server_sees_the_requests_that_the_core_sees() {
    let mut chances = Chances(1);
    let mut same = 0;
    for _ in 0..inputs() {
        let mut all = Vec::new();
        for _ in 0..1 + chances.below(3) {
            let methods = ["GET", "POST", "CONNECT", "HEAD", "OPTIONS", "get", "G(T"];
            let (method, target) = (chances.likely(&methods), chances.likely(TARGETS));
            let version = chances.likely(&["1.1", "1.1", "1.1", "1.0", "1.2", "2.0", "1.10"]);
            let end = chances.likely(&["\r\n", "\r\n", "\r\n", "\r\n", "\n"]);
            all.extend_from_slice(format!("{method} {target} HTTP/{version}{end}").as_bytes());
            all.extend_from_slice(chances.likely(&["Host: a\r\n", "Host: a\r\n", ""]).as_bytes());
            fields(&mut chances, &mut all);
        }
        spoil(&mut chances, &mut all);
        let shown = String::from_utf8_lossy(&all).into_owned();
        same += std::panic::catch_unwind(|| hyper_server::compare(&all))
            .unwrap_or_else(|_| panic!("{shown:?}"));
    }
    assert!(same as u64 > inputs() / 4, "{same} requests that both saw");
}

#[test]
fn hyper_client_sees_the_response_that_the_core_sees() {
    let mut chances = Chances(2);
    let mut same = 0;
    for _ in 0..inputs() {
        let mut all = vec![chances.below(6) as u8];
        for _ in 0..1 + chances.below(3) {
            let statuses =
                ["200", "200 OK", "100 ", "304 ", "204 ", "101 ", "404 No", "103", "600"];
            let status = chances.likely(&statuses);
            let version = chances.likely(&["1.1", "1.1", "1.1", "1.0", "1.2", "2.0", "1.10"]);
            let end = chances.likely(&["\r\n", "\r\n", "\r\n", "\r\n", "\n"]);
            all.extend_from_slice(format!("HTTP/{version} {status}{end}").as_bytes());
            fields(&mut chances, &mut all);
        }
        spoil(&mut chances, &mut all);
        let shown = String::from_utf8_lossy(&all).into_owned();
        same += usize::from(
            std::panic::catch_unwind(|| hyper_client::compare(&all))
                .unwrap_or_else(|_| panic!("{shown:?}")),
        );
    }
    assert!(same as u64 > inputs() / 4, "{same} responses that both saw");
}
