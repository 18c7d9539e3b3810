//! Heads: first their syntax, then, once they are complete, what they mean.

use crate::cursor::{Cursor, Step, Stop, verdict};
use crate::field::{field_lines, values};
use crate::framing::{content_length, judge_coding};
use crate::start_line::{RequestLine, StatusLine, empty_line, request_line, status_line};
use crate::{
    FieldLine, Framing, Refusal, RequestHead, ResponseHead, Verdict, connection, framing, upgrade,
    uri,
};

/// A request's head at the beginning of `input`.
pub fn request_head(input: &[u8]) -> Verdict<RequestHead> {
    verdict(any_request_head(&mut Cursor::new(input)))
}

/// A response's head at the beginning of `input`; its framing follows the method it answers.
pub fn response_head(input: &[u8], request_method: &[u8]) -> Verdict<ResponseHead> {
    verdict(any_response_head(&mut Cursor::new(input), request_method))
}

// HTTP-message = start-line CRLF *( field-line CRLF ) CRLF [ message-body ]
fn any_request_head(cursor: &mut Cursor<'_>) -> Step<RequestHead> {
    empty_line(cursor)?;
    let line = request_line(cursor)?;
    let fields = field_lines(cursor, false)?;
    understand_request(line, fields, cursor.at()).map_err(Stop::Refused)
}

fn any_response_head(cursor: &mut Cursor<'_>, request_method: &[u8]) -> Step<ResponseHead> {
    let line = status_line(cursor)?;
    let fields = field_lines(cursor, true)?;
    understand_response(line, fields, request_method, cursor.at()).map_err(Stop::Refused)
}

/// The target first, then the fields in order, then what concerns the whole.
fn understand_request(
    line: RequestLine,
    fields: Vec<FieldLine>,
    len: usize,
) -> Result<RequestHead, Refusal> {
    let RequestLine { method, target, minor } = line;
    let named = uri::target(&method, &target)?;
    judge_fields(&target, minor, &fields)?;
    let host = values(&fields, "Host").next();
    // RFC 9112 §3.2: 400 for a 1.1 request that lacks a Host.
    if minor >= 1 && host.is_none() {
        return Err(Refusal::of_meaning("RFC 9112 §3.2", 400));
    }
    let framing = framing::of_request(&method, minor, &fields)?;
    let has_content = !matches!(framing, Framing::None | Framing::Sized(0));
    Ok(RequestHead {
        // RFC 9112 §3.2.2: the target's authority stands instead of Host.
        authority: named.or(host.filter(|host| !host.is_empty()).map(<[u8]>::to_vec)),
        framing,
        keeps_alive: connection::persists(minor, &fields),
        offers: upgrade::offers(&method, minor, &fields, framing),
        accepts_trailers: upgrade::accepts_trailers(&fields),
        // RFC 9110 §10.1.1: ignored in 1.0, and in a request without content.
        expects_continue: minor >= 1 && has_content && connection::expects_continue(&fields),
        method,
        target,
        minor,
        fields,
        len,
    })
}

fn judge_fields(target: &[u8], minor: u8, fields: &[FieldLine]) -> Result<(), Refusal> {
    let (mut hosts, mut lengths, mut codings) = (0, 0, 0);
    for (name, value) in fields {
        match name.to_ascii_lowercase().as_slice() {
            b"host" => {
                hosts += 1;
                judge_host(target, value, hosts)?;
            }
            b"content-length" => {
                lengths += 1;
                // RFC 9112 §6.3 (5), and a departure: repeated, even if equal.
                if lengths > 1 || content_length(value).is_none() {
                    return Err(Refusal::of_meaning("RFC 9112 §6.3", 400));
                }
            }
            b"transfer-encoding" => {
                codings += 1;
                // A departure: two lines are not one list.
                if codings > 1 {
                    return Err(Refusal::of_meaning("RFC 9112 §6.1", 400));
                }
                judge_coding(value)?;
            }
            b"connection" => connection::judge_options(value)?,
            // RFC 9110 §10.1.1: a server MUST ignore it in a 1.0 request.
            b"expect" if minor >= 1 => connection::judge_expectations(value)?,
            _ => {}
        }
    }
    Ok(())
}

/// RFC 9112 §3.2: at most one, and a valid one. A departure: empty for the asterisk form only.
fn judge_host(target: &[u8], value: &[u8], hosts: usize) -> Result<(), Refusal> {
    let is_valid = uri::is_authority(value) || (value.is_empty() && target == b"*");
    if hosts > 1 || !is_valid {
        return Err(Refusal::of_meaning("RFC 9112 §3.2", 400));
    }
    Ok(())
}

fn understand_response(
    line: StatusLine,
    fields: Vec<FieldLine>,
    request_method: &[u8],
    len: usize,
) -> Result<ResponseHead, Refusal> {
    let StatusLine { status, reason, minor } = line;
    let framing = framing::of_response(request_method, status, minor, &fields)?;
    let has = |name| values(&fields, name).next().is_some();
    // RFC 9112 §6.1: length and coding together close the connection; §9.3: so does content that
    // only the close ends.
    let is_clear = !(has("Content-Length") && has("Transfer-Encoding"));
    let keeps_alive =
        is_clear && framing != Framing::UntilClose && connection::persists(minor, &fields);
    Ok(ResponseHead { status, reason, minor, fields, framing, keeps_alive, len })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(input: &str) -> RequestHead {
        match request_head(input.as_bytes()) {
            Verdict::Complete(head) => head,
            other => panic!("{input:?}: {other:?}"),
        }
    }

    fn response(input: &str, method: &str) -> ResponseHead {
        match response_head(input.as_bytes(), method.as_bytes()) {
            Verdict::Complete(head) => head,
            other => panic!("{input:?}: {other:?}"),
        }
    }

    #[test]
    fn the_example_of_rfc_9112_section_2_1_is_read() {
        let input = "GET /hello.txt HTTP/1.1\r\nUser-Agent: curl/7.64.1\r\n\
            Host: www.example.com\r\nAccept-Language: en, mi\r\n\r\n";
        let head = request(input);
        assert_eq!((head.method.as_slice(), head.minor), (b"GET".as_slice(), 1));
        assert_eq!(head.authority.as_deref(), Some(b"www.example.com".as_slice()));
        assert_eq!(head.fields[2], (b"Accept-Language".to_vec(), b"en, mi".to_vec()));
        assert_eq!((head.framing, head.len), (Framing::None, input.len()));
        assert!(head.keeps_alive && !head.expects_continue);
        for end in 0..input.len() {
            assert_eq!(request_head(&input.as_bytes()[..end]), Verdict::Incomplete, "{end}");
        }
    }

    #[test]
    fn the_first_byte_that_cannot_be_is_named() {
        for (input, offset, status) in [
            ("\r\n\r\nGET", 2, 400),
            ("\n", 0, 400),
            (" GET", 0, 400),
            ("GET  /", 4, 400),
            ("GET /\r", 5, 400),
            ("GET /#", 5, 400),
            ("GET / HTTP/2", 11, 505),
            ("GET / HTTP/0", 11, 400),
            ("GET / http", 6, 400),
            ("GET / HTTP/1.1 ", 14, 400),
            ("GET / HTTP/1.1\n", 14, 400),
            ("GET / HTTP/1.1\rX", 15, 400),
            ("GET / HTTP/1.1\r\n X", 16, 400),
            ("GET / HTTP/1.1\r\nA :", 17, 400),
            ("GET / HTTP/1.1\r\nA\r", 17, 400),
            ("GET / HTTP/1.1\r\n:", 16, 400),
            ("GET / HTTP/1.1\r\nA:\0", 18, 400),
            ("GET / HTTP/1.1\r\nA:b\r\n c", 21, 400),
        ] {
            assert_eq!(request_head(&input.as_bytes()[..offset]), Verdict::Incomplete, "{input:?}");
            match request_head(input.as_bytes()) {
                Verdict::Refused(refusal) => {
                    assert_eq!(
                        (refusal.offset, refusal.status),
                        (Some(offset), status),
                        "{input:?}"
                    );
                }
                other => panic!("{input:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn requests_are_refused_for_what_they_mean_once_they_are_complete() {
        for (lines, status) in [
            ("GET / HTTP/1.1\r\nAccept: *", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: a", 400),
            ("GET / HTTP/1.1\r\nHost: a, b", 400),
            ("GET http://a/ HTTP/1.1\r\nHost:", 400),
            ("GET * HTTP/1.1\r\nHost: a", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +4", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 4, 4", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, x", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ,chunked", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked;a=b", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x;a=b, chunked", 501),
            ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1", 400),
            ("GET / HTTP/1.0\r\nTransfer-Encoding: chunked", 400),
            ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nConnection: close, host", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nConnection: a b", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue, x=\"y\"", 417),
        ] {
            let input = format!("{lines}\r\n\r\n");
            let before = &input.as_bytes()[..input.len() - 1];
            assert_eq!(request_head(before), Verdict::Incomplete, "{lines:?}");
            match request_head(input.as_bytes()) {
                Verdict::Refused(refusal) => {
                    assert_eq!((refusal.offset, refusal.status), (None, status), "{lines:?}");
                }
                other => panic!("{lines:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn requests_are_framed_and_persist_as_their_fields_say() {
        for (lines, framing, keeps_alive) in [
            ("GET / HTTP/1.0", Framing::None, false),
            ("GET / HTTP/1.0\r\nConnection: Keep-Alive", Framing::None, true),
            ("GET / HTTP/1.9\r\nHost: a\r\nConnection: ,, CLOSE", Framing::None, false),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 007", Framing::Sized(7), true),
            ("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED", Framing::Chunked, true),
            ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 0", Framing::None, true),
        ] {
            let head = request(&format!("\r\n{lines}\r\n\r\n"));
            assert_eq!((head.framing, head.keeps_alive), (framing, keeps_alive), "{lines:?}");
        }
        let fields = "Host: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n";
        assert!(request(&format!("PUT / HTTP/1.1\r\n{fields}")).expects_continue);
        assert!(!request(&format!("PUT / HTTP/1.0\r\n{fields}")).expects_continue);
    }

    #[test]
    fn responses_are_framed_by_method_status_and_fields() {
        let both = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n";
        for (method, status, fields, framing, keeps_alive) in [
            ("GET", 200, "", Framing::UntilClose, false),
            ("GET", 200, "Content-Length: 2, 2\r\n", Framing::Sized(2), true),
            ("GET", 200, both, Framing::Chunked, false),
            ("HEAD", 200, both, Framing::None, false),
            ("HEAD", 200, "", Framing::None, true),
            ("GET", 204, "Content-Length: 5\r\n", Framing::None, true),
            ("GET", 304, "Transfer-Encoding: chunked\r\n", Framing::None, true),
            ("GET", 103, "", Framing::None, true),
            ("CONNECT", 299, "Content-Length: x\r\n", Framing::None, true),
            ("CONNECT", 400, "Content-Length: 1\r\n", Framing::Sized(1), true),
            (
                "GET",
                205,
                "Content-Length: 1\r\nConnection: \"x\", close\r\n",
                Framing::Sized(1),
                false,
            ),
        ] {
            let head = response(&format!("HTTP/1.1 {status}\r\n{fields}\r\n"), method);
            assert_eq!(
                (head.framing, head.keeps_alive),
                (framing, keeps_alive),
                "{status} {fields}"
            );
        }
        for fields in ["Content-Length: 2, 3", "Content-Length: 2,", "Transfer-Encoding: gzip"] {
            let input = format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n");
            let found = response_head(input.as_bytes(), b"GET");
            assert!(matches!(found, Verdict::Refused(_)), "{fields}");
        }
    }

    #[test]
    fn a_status_line_may_lack_its_reason_and_a_field_be_folded() {
        assert_eq!(response("HTTP/1.0 404\r\n\r\n", "GET").reason, b"");
        let head = response("HTTP/1.1 200  h\t\r\nA:\r\n b\r\n\r\n", "GET");
        assert_eq!(head.reason, b" h\t");
        assert_eq!(head.fields, [(b"A".to_vec(), b"b".to_vec())]);
        for (input, offset) in [
            ("HTTP/1.1 99 ", 11),
            ("HTTP/1.1 099", 9),
            ("HTTP/1.1 2000", 12),
            ("ICY", 0),
            ("HTTP/1.1 200 \0", 13),
            ("HTTP/1.1 200\n", 12),
            ("HTTP/1.1 200\r\n X", 14),
        ] {
            match response_head(input.as_bytes(), b"GET") {
                Verdict::Refused(refusal) => assert_eq!(refusal.offset, Some(offset), "{input:?}"),
                other => panic!("{input:?}: {other:?}"),
            }
        }
    }
}
