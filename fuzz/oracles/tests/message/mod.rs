//! Messages put together from pieces, right ones and ones that are nearly right, then spoilt.

use crate::dice::Dice;

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

const NEARLY_CRLF: &[&str] = &["\n", "\r", "\r\r\n", " \r\n", "\n\r", "", "\r\n\r\n"];
const METHODS: &[&str] = &[
    "GET",
    "GET",
    "POST",
    "HEAD",
    "OPTIONS",
    "CONNECT",
    "get",
    "M-SEARCH",
    "PRI",
    "connect",
    "",
    "G@T",
    "!#$%&'*+-.^_`|~",
];
const VERSIONS: &[&str] = &[
    "HTTP/1.0",
    "HTTP/1.0",
    "HTTP/1.2",
    "HTTP/1.9",
    "HTTP/2.0",
    "HTTP/0.9",
    "HTTP/1.10",
    "http/1.1",
    "HTTP/3",
    "HTTP/1,1",
    "HTTP/11",
    "HTTPS/1.1",
    "",
    "HTTP/1.",
];
pub(crate) const TARGETS: &[&str] = &[
    "/",
    "/",
    "/a?b=c",
    "*",
    "http://a",
    "http://b:81/x?y",
    "a:80",
    "a:",
    "a:0",
    "[::1]:443",
    "//b/x",
    "http://u@a/",
    "http:///x",
    "http://[::1]/",
    "mailto:x@a",
    "http:/a",
    "?q",
    "#",
    "/#",
    "*/",
    "",
    "h+t-t.p://a:65536/",
    "1http://a",
    "http://a,b",
    "http://a%2eb:65535?@",
    "/\"{}|\\^`<>",
    "/\u{e9}",
    "http://a:",
    "coap://[v1.x:y]",
    "http://[1:2:3:4:5:6:7::]",
    "b.example:00443",
    "a,b:1",
    "http://[::1.2.3.4]:",
    "http://[::1.2.3.256]",
    ":443",
    "u@a:80",
    "://a",
    "http://a\\@b",
];
const HOSTS: &[&str] = &[
    "a",
    "a:80",
    "",
    " a\t",
    "a, b",
    "a@b",
    "a/b",
    "[::1]",
    "[::1]:8",
    "[::1",
    "a:65536",
    "a:+80",
    ":80",
    "a_b",
    "a%2eb",
    "a%2",
    "a b",
    "[v1.a]",
    "[fe80::1%25e]",
    "a:80:80",
    "\u{e9}",
    "a#",
    "!$&'()*+;=",
    "[1:2:3:4:5:6:7:8]",
    "[::ffff:1.2.3.4]",
    "[1::2::3]",
    "a:",
    "a?b",
    "1.2.3.4",
];
const LENGTHS: &[&str] = &[
    "0",
    "1",
    "2",
    "5",
    "007",
    "+5",
    "-1",
    "5,5",
    "5, 5",
    "5, 6",
    "",
    "0x5",
    "5_",
    "18446744073709551615",
    "18446744073709551616",
    "4 4",
    "\t2 ",
    "5,",
    ",5",
    "5;",
    "5, ,5",
    "\"5\"",
    ",",
    "05, 5",
    "5 ,\t5",
];
const CODINGS: &[&str] = &[
    "chunked",
    "chunked",
    "chunked",
    "Chunked",
    " chunked\t",
    "chunked, x",
    "gzip, chunked",
    ",chunked",
    "chunked,",
    "xchunked",
    "chunked;a",
    "chunked;a=b",
    "gzip",
    "identity",
    "identity, chunked",
    "",
    "chunked, chunked",
    "x;a=b, chunked",
    "x;a=\"b\", chunked",
    "x;a, chunked",
    "\"chunked\"",
    "x;a=\"b, chunked\"",
    "chunked;q=1, chunked",
    "x ; a = b , chunked",
    "x;, chunked",
    "x;a=b;c=d, y, chunked",
    "x;=b, chunked",
    "x;a=, chunked",
    ", chunked",
    "x,,chunked",
    "identity;a=b, chunked",
    "x;a=b c, chunked",
    "x;a b=c, chunked",
    "x y, chunked",
    ";a=b, chunked",
    "chunked x",
    "x;a=b;, chunked",
];
const OPTIONS: &[&str] = &[
    "close",
    "keep-alive",
    "Close",
    "close, keep-alive",
    "keep-alive, X-A",
    "",
    ",,close,",
    "clo se",
    "\"close\"",
    "close;q=1",
    "TE",
    "te, close",
    "upgrade",
    "closed",
    "close\u{e9}",
    "a,b c",
    " , \t",
    "keep-alive,keep-alive",
    "xclose",
    "close,\"",
];
const EXPECTATIONS: &[&str] = &[
    "100-continue",
    "100-Continue",
    "",
    ",100-continue,",
    "100-continue;a=b",
    "x",
    "100-continue, x",
];
/// Every field that some table could hold: each is tried as a trailer and as a connection option.
pub(crate) const NAMES: &[&str] = &[
    "Accept",
    "Accept-Charset",
    "Accept-Encoding",
    "Accept-Language",
    "Accept-Ranges",
    "Age",
    "Allow",
    "Alt-Svc",
    "Authentication-Info",
    "Authorization",
    "Cache-Control",
    "Connection",
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-Location",
    "Content-Range",
    "Content-Type",
    "Cookie",
    "Date",
    "ETag",
    "Expect",
    "Expires",
    "Forwarded",
    "From",
    "HTTP2-Settings",
    "Host",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Keep-Alive",
    "Last-Modified",
    "Link",
    "Location",
    "Max-Forwards",
    "Origin",
    "Pragma",
    "Prefer",
    "Proxy-Authenticate",
    "Proxy-Authentication-Info",
    "Proxy-Authorization",
    "Proxy-Connection",
    "Range",
    "Referer",
    "Retry-After",
    "Server",
    "Set-Cookie",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "User-Agent",
    "Vary",
    "Via",
    "WWW-Authenticate",
    "Warning",
    "X-A",
];
const LINES: &[&str] = &[
    "X: 1",
    "X:",
    "X:\t v \t",
    "A: \u{e9}",
    "X : 1",
    "X\t: 1",
    ": 1",
    "X",
    " X: 1",
    "X: \0",
    "X: \x7f",
    "X: a\rb",
    "X: a\nb",
    "X:1\r\n 2",
    "X:\r\n\t",
    "X: 1\r\n\r\n",
    "X Y: 1",
    "X\u{a0}: 1",
    "!#$%&'*+-.^_`|~09: :,\"(",
    "(: 1",
    "Upgrade: websocket",
    "Connection: upgrade",
    "TE: trailers",
    "Content_Length: 4",
    "X: a\r\n \t \r\n b",
    "Content-Length:\r\n 5",
    "Transfer-Encoding:\r\n chunked",
    "X: \x0b",
    "X: 1\r\nY: 2\r\n Z: 3",
];
const SIZES: &[&str] = &[
    "1",
    "5",
    "A",
    "0a",
    "000",
    "0000000000000005",
    "00000000000000000",
    "ffffffffffffffff",
    "10000000000000000",
    "+5",
    " 5",
    "0x5",
    "5_",
    "",
    "g",
    "-1",
    "5 ",
    "5\t",
];
const EXTENSIONS: &[&str] = &[
    ";a",
    ";a=b",
    " ; a = b",
    ";a=\"q;\\\"\"",
    ";a;b\t;c=\"\"",
    ";",
    ";;",
    ";a=",
    ";=b",
    ";a=\"",
    ";a \r",
    ";a=b ",
    ";a=\"\r\n\"",
    ";a=\"\\\n\"",
    ";a=b=c",
    ";a b",
    ",a",
    ";a=\"b\"c",
    ";a=\u{e9}",
    ";a=\"\u{e9}\t\\\u{e9}\"",
    ";\0",
    "\t;\t!#$%&'*+-.^_`|~\t=\t\"\\\\\"",
    ";a\n",
    ";a=b\n",
    ";a=\"b\" ;c",
    ";a=b\r;",
    ";a\t",
];
const STATUSES: &[&str] = &[
    "200", "200", "204", "304", "100", "103", "101", "404", "299", "999", "099", "20", "2000",
    "2x0", "", "1000", "600",
];
const REASONS: &[&str] =
    &[" OK", "", " ", "  two", " a\tb", " \u{e9}", " \0", "OK", " \x7f", "\tOK", " a\rb"];

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
