//! The targets beside hyper, with requests and responses made of pieces that matter.
#![cfg(feature = "std")]

mod dice;

use blazeio_oracles::{hyper_client, hyper_server};
use dice::Dice;

/// How many inputs each test makes.
fn inputs() -> u64 {
    std::env::var("INPUTS").map_or(60_000, |text| text.parse().expect("a number"))
}

impl Dice {
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

fn fields(dice: &mut Dice, all: &mut Vec<u8>) {
    if dice.below(3) > 0 {
        let (framing, content) = FRAMED[dice.below(FRAMED.len())];
        all.extend_from_slice(format!("X: y\r\n{framing}\r\n{content}").as_bytes());
        return;
    }
    for _ in 0..dice.below(4) {
        let field = dice.likely(FIELDS);
        if !field.is_empty() {
            all.extend_from_slice(field.as_bytes());
            all.extend_from_slice(dice.likely(&["\r\n", "\r\n", "\r\n", "\r\n", "\n"]).as_bytes());
        }
    }
    all.extend_from_slice(b"\r\n");
    all.extend_from_slice(dice.likely(CONTENTS).as_bytes());
}

/// Now and then another byte, or the end too early.
fn spoil(dice: &mut Dice, all: &mut Vec<u8>) {
    if dice.below(4) == 0 {
        let at = dice.below(all.len());
        match dice.below(4) {
            0 => all.truncate(at),
            1 => all[at] = b"\r\n\0 :,;\t\xff"[dice.below(9)],
            2 => drop(all.remove(at)),
            _ => all.insert(at, b"\r\n\0 :,;\t0"[dice.below(9)]),
        }
    }
}

#[test]
fn hyper_server_sees_the_requests_that_the_core_sees() {
    let mut dice = Dice(1);
    let mut same = 0;
    for _ in 0..inputs() {
        let mut all = Vec::new();
        for _ in 0..1 + dice.below(3) {
            let methods = ["GET", "POST", "CONNECT", "HEAD", "OPTIONS", "get", "G(T"];
            let (method, target) = (dice.likely(&methods), dice.likely(TARGETS));
            let version = dice.likely(&["1.1", "1.1", "1.1", "1.0", "1.2", "2.0", "1.10"]);
            let end = dice.likely(&["\r\n", "\r\n", "\r\n", "\r\n", "\n"]);
            all.extend_from_slice(format!("{method} {target} HTTP/{version}{end}").as_bytes());
            all.extend_from_slice(dice.likely(&["Host: a\r\n", "Host: a\r\n", ""]).as_bytes());
            fields(&mut dice, &mut all);
        }
        spoil(&mut dice, &mut all);
        let shown = String::from_utf8_lossy(&all).into_owned();
        same += std::panic::catch_unwind(|| hyper_server::compare(&all))
            .unwrap_or_else(|_| panic!("{shown:?}"));
    }
    assert!(same as u64 > inputs() / 4, "{same} requests that both saw");
}

#[test]
fn hyper_client_sees_the_response_that_the_core_sees() {
    let mut dice = Dice(2);
    let mut same = 0;
    for _ in 0..inputs() {
        let mut all = vec![dice.below(6) as u8];
        for _ in 0..1 + dice.below(3) {
            let statuses =
                ["200", "200 OK", "100 ", "304 ", "204 ", "101 ", "404 No", "103", "600"];
            let status = dice.likely(&statuses);
            let version = dice.likely(&["1.1", "1.1", "1.1", "1.0", "1.2", "2.0", "1.10"]);
            let end = dice.likely(&["\r\n", "\r\n", "\r\n", "\r\n", "\n"]);
            all.extend_from_slice(format!("HTTP/{version} {status}{end}").as_bytes());
            fields(&mut dice, &mut all);
        }
        spoil(&mut dice, &mut all);
        let shown = String::from_utf8_lossy(&all).into_owned();
        same += usize::from(
            std::panic::catch_unwind(|| hyper_client::compare(&all))
                .unwrap_or_else(|_| panic!("{shown:?}")),
        );
    }
    assert!(same as u64 > inputs() / 4, "{same} responses that both saw");
}
