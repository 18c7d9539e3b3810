//! Responses, read from a connection one after another.
//!
//! Refuses, by a panic, a response that began and is not whole.

use std::io::{BufRead, ErrorKind, Read};

/// What comes where a response may.
pub enum Received {
    /// A response, to its last byte.
    Whole(Response),
    /// The end of input, in order.
    Ended,
    /// A reset.
    Reset,
}

/// A whole response.
pub struct Response {
    pub status: u16,
    /// Whether it says that the connection closes.
    pub closes: bool,
    pub content: Vec<u8>,
}

/// The next response. None of those asked for here is without content.
#[track_caller]
pub fn receive(input: &mut impl BufRead) -> Received {
    match input.fill_buf() {
        Ok([]) => return Received::Ended,
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => return Received::Reset,
        Err(error) => panic!("no response: {error}"),
    }
    let head = head(input);
    let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name));
    let content = match field("Content-Length: ") {
        Some(length) => exactly(input, length.parse().unwrap()),
        None => {
            assert_eq!(field("Transfer-Encoding: "), Some("chunked"), "{head}");
            chunked(input)
        }
    };
    let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).unwrap();
    let closes = field("Connection: ") == Some("close");
    Received::Whole(Response { status: status.parse().unwrap(), closes, content })
}

fn head(input: &mut impl BufRead) -> String {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        head.push_str(&line(input));
    }
    head
}

fn line(input: &mut impl BufRead) -> String {
    let mut line = String::new();
    let end = input.read_line(&mut line);
    assert!(end.is_ok() && line.ends_with("\r\n"), "cut in a line: {line:?}, {end:?}");
    line
}

fn exactly(input: &mut impl Read, length: usize) -> Vec<u8> {
    let mut content = Vec::new();
    let end = input.take(length as u64).read_to_end(&mut content);
    assert_eq!(content.len(), length, "cut in the content: {end:?}");
    content
}

fn chunked(input: &mut impl BufRead) -> Vec<u8> {
    let mut content = Vec::new();
    loop {
        let size = usize::from_str_radix(line(input).trim_end(), 16).unwrap();
        if size == 0 {
            assert_eq!(line(input), "\r\n");
            return content;
        }
        content.append(&mut exactly(input, size));
        assert_eq!(line(input), "\r\n");
    }
}
