//! Start-lines: request line and status line (RFC 9112 §3, §4), complete and well-formed.
//!
//! Decides where method, target, status and reason lie. Answers `None` to whatever is
//! incomplete or not exactly the grammar; [`scan`](super::scan) then says which, and where. In the
//! small form the scan goes before, and a line that it took is split.

#[cfg(any(target_os = "none", blazeio_small))]
use super::token::find;
#[cfg(not(any(target_os = "none", blazeio_small)))]
use super::token::{is_tchar, is_value_byte, target_len};

/// Where the parts of a request line lie, from the line's first byte.
#[derive(Clone, Copy)]
pub(crate) struct RequestLine {
    /// The method is `..method_end`.
    pub(crate) method_end: usize,
    /// The target is `method_end + 1..target_end`.
    pub(crate) target_end: usize,
    /// Minor version digit, 0 to 9.
    pub(crate) minor: u8,
    /// Length of the line with its CRLF.
    pub(crate) len: usize,
}

/// `method SP request-target SP HTTP-version CRLF`.
#[cfg(not(any(target_os = "none", blazeio_small)))]
#[inline]
pub(crate) fn parse_request_line(input: &[u8]) -> Option<RequestLine> {
    let method_end = input.iter().position(|&b| !is_tchar(b))?;
    // Unreachable: found in the input.
    let (method, rest) = input.split_at_checked(method_end)?;
    let rest = rest.strip_prefix(b" ")?;
    let target_len = target_len(rest);
    // Unreachable: counted in the rest.
    let rest = rest.get(target_len..)?;
    let (start, rest) = rest.split_first_chunk::<8>()?;
    let (&[digit, cr, lf], _) = rest.split_first_chunk::<3>()?;
    if start != b" HTTP/1." || [cr, lf] != *b"\r\n" {
        return None;
    }
    let minor = digit.wrapping_sub(b'0');
    if method.is_empty() || target_len == 0 || minor > 9 {
        return None;
    }
    let target_end = method_end.wrapping_add(1).wrapping_add(target_len);
    Some(RequestLine { method_end, target_end, minor, len: target_end.wrapping_add(11) })
}

/// The same of a line that [`scan`](super::scan) took, which need only be split.
#[cfg(any(target_os = "none", blazeio_small))]
pub(crate) fn parse_request_line(input: &[u8]) -> Option<RequestLine> {
    let method_end = find(b' ', input)?;
    let target_start = method_end.wrapping_add(1);
    let target_end = target_start.wrapping_add(find(b' ', input.get(target_start..)?)?);
    let minor = input.get(target_end.wrapping_add(8))?.wrapping_sub(b'0');
    Some(RequestLine { method_end, target_end, minor, len: target_end.wrapping_add(11) })
}

/// Where the parts of a status line lie, from the line's first byte.
#[derive(Clone, Copy)]
pub(crate) struct StatusLine {
    pub(crate) status: u16,
    /// The reason phrase is `reason_start..reason_end`; empty when missing.
    pub(crate) reason_start: usize,
    pub(crate) reason_end: usize,
    /// Minor version digit, 0 to 9.
    pub(crate) minor: u8,
    /// Length of the line with its CRLF.
    pub(crate) len: usize,
}

/// `HTTP-version SP status-code [ SP [ reason-phrase ] ] CRLF`. The second SP may be
/// missing with the reason (RFC 9112 §4 asks for it; servers leave it out).
#[cfg(not(any(target_os = "none", blazeio_small)))]
#[inline]
pub(crate) fn parse_status_line(input: &[u8]) -> Option<StatusLine> {
    let (&[b'H', b'T', b'T', b'P', b'/', b'1', b'.', digit, b' ', a, b, c], rest) =
        input.split_first_chunk::<12>()?
    else {
        return None;
    };
    let minor = digit.wrapping_sub(b'0');
    let [a, b, c] = [a, b, c].map(|d| d.wrapping_sub(b'0'));
    if minor > 9 || a == 0 || a > 9 || b > 9 || c > 9 {
        return None;
    }
    let status = u16::from(a)
        .wrapping_mul(100)
        .wrapping_add(u16::from(b).wrapping_mul(10))
        .wrapping_add(u16::from(c));
    let (reason_start, text) = match rest.strip_prefix(b" ") {
        Some(text) => (13usize, text),
        None => (12, rest),
    };
    let reason_len = text.iter().position(|&b| !is_value_byte(b))?;
    // Without its SP a reason would run into the status code.
    if reason_start == 12 && reason_len != 0 {
        return None;
    }
    // Unreachable: found in the text.
    if !text.get(reason_len..)?.starts_with(b"\r\n") {
        return None;
    }
    let reason_end = reason_start.wrapping_add(reason_len);
    Some(StatusLine { status, reason_start, reason_end, minor, len: reason_end.wrapping_add(2) })
}

/// The same of a line that [`scan`](super::scan) took, which need only be split.
#[cfg(any(target_os = "none", blazeio_small))]
pub(crate) fn parse_status_line(input: &[u8]) -> Option<StatusLine> {
    let digit = |at| input.get(at).map(|digit: &u8| u16::from(digit.wrapping_sub(b'0')));
    let (hundreds, tens) = (digit(9)?.wrapping_mul(100), digit(10)?.wrapping_mul(10));
    let status = hundreds.wrapping_add(tens).wrapping_add(digit(11)?);
    let reason_end = find(b'\r', input)?;
    let reason_start = reason_end.min(13);
    let len = reason_end.wrapping_add(2);
    Some(StatusLine { status, reason_start, reason_end, minor: digit(7)? as u8, len })
}

#[cfg(all(test, not(any(target_os = "none", blazeio_small))))]
mod tests {
    use super::*;

    #[test]
    fn a_request_line_is_found_whole_or_not_at_all() {
        let line = b"GET /a?b HTTP/1.1\r\nHost";
        let l = parse_request_line(line).unwrap();
        assert_eq!(&line[..l.method_end], b"GET");
        assert_eq!(&line[l.method_end + 1..l.target_end], b"/a?b");
        assert_eq!((l.minor, l.len), (1, 19));
        assert_eq!(parse_request_line(b"GET / HTTP/1.9\r\n").unwrap().minor, 9);
        for cut in 0..19 {
            assert!(parse_request_line(&line[..cut]).is_none(), "{cut}");
        }
        for bad in [
            &b"GET  / HTTP/1.1\r\n"[..],
            b" GET / HTTP/1.1\r\n",
            b" / HTTP/1.1\r\n",
            b"GET / HTTP/1.1 \r\n",
            b"GET / HTTP/1.1\n",
            b"GET / http/1.1\r\n",
            b"GET / HTTP/2.0\r\n",
            b"GET /\r\n",
            b"GET /# HTTP/1.1\r\n",
            b"GET /\xc3\xa9 HTTP/1.1\r\n",
            b"G:T / HTTP/1.1\r\n",
            b"GET / HTTP/1.10\r\n",
            b"GET / HTTP/1.x\r\n",
            b"GET\t/ HTTP/1.1\r\n",
        ] {
            assert!(parse_request_line(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn a_status_line_may_lack_its_reason() {
        for (line, reason) in [
            (&b"HTTP/1.1 200 OK\r\n"[..], &b"OK"[..]),
            (b"HTTP/1.0 200 \r\n", b""),
            (b"HTTP/1.9 200\r\n", b""),
            (b"HTTP/1.1 999 a\tb \xe9\r\n", b"a\tb \xe9"),
        ] {
            let l = parse_status_line(line).unwrap();
            assert_eq!(&line[l.reason_start..l.reason_end], reason);
            assert_eq!(l.len, line.len());
        }
        for bad in [
            &b"HTTP/1.1 099 x\r\n"[..],
            b"HTTP/1.1 20 OK\r\n",
            b"HTTP/1.1 2000 x\r\n",
            b"HTTP/1.1  200 x\r\n",
            b"HTTP/1.1 200x\r\n",
            b"HTTP/2.0 200 x\r\n",
            b"HTTP/1.x 200 x\r\n",
            b"HTTP/1.1 x00 x\r\n",
            b"HTTP/1.1 2x0 x\r\n",
            b"HTTP/1.1 20x x\r\n",
            b"HTTP/1.1 200 x\n",
            b"ICY 200 OK\r\n",
            b"HTTP/1.1 200 \0\r\n",
            b"HTTP/1.1 200 x\r",
        ] {
            assert!(parse_status_line(bad).is_none(), "{bad:?}");
        }
    }
}
