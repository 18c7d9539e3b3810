//! Request targets: their form, their authority, and what of it is host and port.

use crate::compare::request_head;
use blazeio::{Authority, Method, Target};

const METHODS: [&str; 6] = ["GET", "OPTIONS", "CONNECT", "connect", "options", "PRI"];

/// The first byte chooses the method, the others are a target; then they are a Host.
pub fn run(data: &[u8]) {
    let Some((&first, text)) = data.split_first() else { return };
    let method = METHODS[usize::from(first) % METHODS.len()];
    let line = [method.as_bytes(), b" ", text].concat();
    request_head(&[&line, b" HTTP/1.1\r\nHost: h\r\n\r\n".as_slice()].concat());
    request_head(&[b"GET / HTTP/1.0\r\nHost: ", text, b"\r\n\r\n"].concat());
    if !text.is_empty() && text.iter().all(|&byte| byte.is_ascii_graphic() && byte != b'#') {
        alone(method, text);
    }
}

/// The parser that the public has for itself says the same, and its parts make the whole.
fn alone(method: &str, text: &[u8]) {
    let known = Method::from_bytes(method.as_bytes()).expect("a token");
    let ours = Target::parse(text, known);
    let theirs = blazeio_grammar::target(method.as_bytes(), text);
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => {
            assert_eq!(ours.authority().map(|name| name.as_bytes()), theirs.as_deref());
            if let Some(authority) = ours.authority() {
                parts(authority);
            }
        }
        (Err(_), Err(_)) => {}
        (ours, theirs) => {
            panic!("{method} {}: core {ours:?}, grammar {theirs:?}", text.escape_ascii())
        }
    }
}

/// RFC 9110 §7.2: uri-host [ ":" port ], and the port is a decimal number or empty.
fn parts(authority: Authority<'_>) {
    let text = authority.as_bytes();
    let rest = text.strip_prefix(authority.host()).expect("the host comes first");
    let digits = rest.strip_prefix(b":").unwrap_or(rest);
    assert!(digits.iter().all(u8::is_ascii_digit), "{}", text.escape_ascii());
    let number: Option<u16> = std::str::from_utf8(digits).expect("digits").parse().ok();
    assert_eq!(authority.port(), number, "{}", text.escape_ascii());
}
