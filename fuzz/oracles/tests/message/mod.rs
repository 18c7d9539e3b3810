//! Messages put together from pieces, right ones and ones that are nearly right, then spoilt.

mod pieces;

use crate::dice::Dice;
pub(crate) use pieces::*;

impl Dice {
    /// Once in `n` times.
    fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn of<'a>(&mut self, pieces: &[&'a str]) -> &'a str {
        pieces[self.below(pieces.len())]
    }

    /// Mostly the first, which is right.
    fn mostly<'a>(&mut self, right: &'a str, others: &[&'a str]) -> &'a str {
        if self.once_in(12) { self.of(others) } else { right }
    }
}

/// Field lines with their ends, without the empty line.
pub(crate) fn fields(dice: &mut Dice, of_request: bool) -> String {
    let mut all = String::new();
    if of_request && !dice.once_in(12) {
        let host = dice.mostly("a", HOSTS);
        all += &format!("Host: {host}\r\n");
    }
    for _ in 0..dice.below(4) {
        let line = match dice.below(9) {
            0 | 1 => format!("Content-Length: {}", dice.of(LENGTHS)),
            2 | 3 => format!("Transfer-Encoding: {}", dice.of(CODINGS)),
            4 => format!("Connection: {}", dice.of(OPTIONS)),
            5 => format!("connection: {}", dice.of(NAMES)),
            6 if of_request => format!("Expect: {}", dice.of(EXPECTATIONS)),
            7 if of_request => format!("Host: {}", dice.of(HOSTS)),
            _ => dice.of(LINES).into(),
        };
        all += &line;
        all += dice.mostly("\r\n", NEARLY_CRLF);
    }
    all
}

/// What may follow a head: chunks, or as much content as some Content-Length says.
pub(crate) fn body(dice: &mut Dice) -> String {
    match dice.below(4) {
        0 => String::new(),
        1 => "hello"[..dice.below(6)].into(),
        _ => chunks(dice),
    }
}

pub(crate) fn chunks(dice: &mut Dice) -> String {
    let mut all = String::new();
    for _ in 0..dice.below(3) {
        let size = dice.mostly("3", SIZES);
        let extension = if dice.once_in(3) { dice.of(EXTENSIONS) } else { "" };
        let line_end = dice.mostly("\r\n", NEARLY_CRLF);
        let data = dice.mostly("abc", &["", "ab", "abcd", "hello", "\r\n0", "0123456789"]);
        all += &format!("{size}{extension}{line_end}{data}");
        all += dice.mostly("\r\n", NEARLY_CRLF);
    }
    all += dice.mostly("0", &["00", "0;a", "0 ", "", "0000000000000000", "0;a=\"b\""]);
    all += dice.mostly("\r\n", NEARLY_CRLF);
    all + &trailers(dice)
}

/// A trailer section with its empty line.
pub(crate) fn trailers(dice: &mut Dice) -> String {
    let mut all = String::new();
    while dice.once_in(3) {
        let name = dice.of(NAMES);
        let line = if dice.once_in(2) { format!("{name}: v") } else { dice.of(LINES).into() };
        all += &line;
        all += dice.mostly("\r\n", NEARLY_CRLF);
    }
    all + dice.mostly("\r\n", NEARLY_CRLF)
}

pub(crate) fn request(dice: &mut Dice) -> String {
    let before = dice.mostly("", &["\r\n", "\r\n\r\n", "\n", "\r", " ", "\r\nG"]);
    let (method, target) = match dice.below(9) {
        0 => ("CONNECT", "a:80"),
        1 => ("OPTIONS", "*"),
        2 | 3 => (dice.of(METHODS), dice.of(TARGETS)),
        _ => ("GET", "/"),
    };
    let version = dice.mostly("HTTP/1.1", VERSIONS);
    let (first, second) =
        (dice.mostly(" ", &["  ", "\t", ""]), dice.mostly(" ", &["  ", "\t", ""]));
    let line_end = dice.mostly("\r\n", NEARLY_CRLF);
    let fields = fields(dice, true);
    let end = dice.mostly("\r\n", NEARLY_CRLF);
    format!("{before}{method}{first}{target}{second}{version}{line_end}{fields}{end}{}", body(dice))
}

pub(crate) fn requests(dice: &mut Dice) -> String {
    (0..=dice.below(3)).map(|_| request(dice)).collect()
}

pub(crate) fn response(dice: &mut Dice) -> String {
    let version = dice.mostly("HTTP/1.1", VERSIONS);
    let status = if dice.once_in(2) { dice.of(STATUSES) } else { "200" };
    let reason = if dice.once_in(3) { dice.of(REASONS) } else { " OK" };
    let gap = dice.mostly(" ", &["", "  ", "\t"]);
    let line_end = dice.mostly("\r\n", NEARLY_CRLF);
    let fields = fields(dice, false);
    let end = dice.mostly("\r\n", NEARLY_CRLF);
    format!("{version}{gap}{status}{reason}{line_end}{fields}{end}")
}

pub(crate) fn responses(dice: &mut Dice) -> String {
    let mut all = String::new();
    while dice.once_in(4) {
        all += dice.of(&[
            "HTTP/1.1 100\r\n\r\n",
            "HTTP/1.1 103 Early\r\nLink: x\r\nContent-Length: 5\r\n\r\n",
        ]);
    }
    all += &response(dice);
    all + &body(dice)
}

/// Half of them stay as they are; the others lose, gain or change a few bytes, or are cut off.
pub(crate) fn spoilt(dice: &mut Dice, message: &str) -> Vec<u8> {
    const BYTES: &[u8] = b"\r\n \t:;,\"\\=0159aAfFgG/@[]#%.*\0\x7f\x80\xff-_";
    let mut bytes = message.as_bytes().to_vec();
    if dice.once_in(2) || bytes.is_empty() {
        return bytes;
    }
    for _ in 0..=dice.below(2) {
        let at = dice.below(bytes.len());
        let byte = BYTES[dice.below(BYTES.len())];
        match dice.below(5) {
            0 => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            2 if bytes.len() > 1 => drop(bytes.remove(at)),
            3 => bytes.insert(at, bytes[at]),
            _ if dice.once_in(3) => bytes.truncate(at + 1),
            _ => bytes[at] = u8::try_from(dice.below(256)).expect("a byte"),
        }
    }
    bytes
}
