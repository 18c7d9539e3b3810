//! The same bytes for every peer.

/// Content of one operation of the chunked cases, in bytes.
pub const BATCH: usize = 64 * 1024;

const MINIMAL: &str = "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n";

/// 16 fields, as a browser sends them. The cookie fills up to 670 bytes.
const BROWSER: &str = "\
GET /articles/2026/overview?page=2&sort=new HTTP/1.1\r\n\
Host: www.example.com\r\n\
Connection: keep-alive\r\n\
Cache-Control: max-age=0\r\n\
sec-ch-ua: \"Chromium\";v=\"142\"\r\n\
sec-ch-ua-mobile: ?0\r\n\
sec-ch-ua-platform: \"Linux\"\r\n\
Upgrade-Insecure-Requests: 1\r\n\
User-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0.0.0 Safari/537.36\r\n\
Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n\
Sec-Fetch-Site: same-origin\r\n\
Sec-Fetch-Mode: navigate\r\n\
Sec-Fetch-Dest: document\r\n\
Sec-Fetch-User: ?1\r\n\
Accept-Encoding: gzip, deflate, br\r\n\
Accept-Language: en-GB,en;q=0.9\r\n\
Cookie: ";

/// The request called `name`.
pub fn request(name: &str) -> Vec<u8> {
    match name {
        "minimal" => MINIMAL.as_bytes().to_vec(),
        "browser" => with_cookie(BROWSER, 670),
        "cookie" => with_cookie("GET / HTTP/1.1\r\nHost: example.com\r\nCookie: ", 4116),
        _ => panic!("no such request: {name}"),
    }
}

/// `start`, a cookie's value, and the end of the head: `len` bytes in all.
fn with_cookie(start: &str, len: usize) -> Vec<u8> {
    let mut request = start.as_bytes().to_vec();
    request.extend(b"session=0123456789abcdef; ".iter().cycle().take(len - 5 - start.len()));
    request.extend(b"x\r\n\r\n");
    assert_eq!(request.len(), len);
    request
}

/// A size in bytes.
pub fn number(text: &str) -> usize {
    text.parse().expect("INPUT is a number of bytes")
}

/// Content in chunks of `size` bytes, `total` bytes in all, without the last chunk.
pub fn chunks(size: usize, total: usize) -> Vec<u8> {
    let mut text = Vec::new();
    for _ in 0..total / size {
        text.extend(format!("{size:x}\r\n").bytes());
        text.resize(text.len() + size, b'x');
        text.extend(b"\r\n");
    }
    text
}
