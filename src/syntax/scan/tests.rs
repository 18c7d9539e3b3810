//! Heads and trailer sections, whole and byte by byte.

extern crate std;
use super::*;
use std::vec::Vec;

const WIDE: Bounds = Bounds { start_line: 8192, section: 32768, fields: 100 };

/// A section, and whether it is a response's.
type Read = (Section, bool);

const REQUEST: Read = (Section::Head, false);
const RESPONSE: Read = (Section::Head, true);
const TRAILERS: Read = (Section::Trailers, false);

fn advance(
    scan: &mut Scan,
    (section, is_response): Read,
    bounds: &Bounds,
    input: &mut [u8],
) -> Result<Option<usize>, Offence> {
    if is_response {
        scan.advance::<true>(section, bounds, input)
    } else {
        scan.advance::<false>(section, bounds, input)
    }
}

fn whole(section: Read, bounds: &Bounds, text: &[u8]) -> Result<Option<usize>, Offence> {
    advance(&mut { Scan::START }, section, bounds, &mut text.to_vec())
}

fn bytewise(section: Read, bounds: &Bounds, text: &[u8]) -> Result<Option<usize>, Offence> {
    let mut scan = Scan::START;
    let mut buffer: Vec<u8> = Vec::new();
    for &b in text {
        buffer.push(b);
        if let Some(len) = advance(&mut scan, section, bounds, &mut buffer)? {
            return Ok(Some(len));
        }
    }
    Ok(None)
}

/// What the drip does not take, `advance` does: so only this test tells.
#[cfg(not(any(target_os = "none", blazeio_small)))]
#[test]
fn one_more_byte_inside_an_element_is_taken_at_once_and_nothing_else_is() {
    for (text, taken) in [
        (&b"GET /a"[..], true),
        (b"GET / HTTP/1.1\r\nHo", true),
        (b"GET / HTTP/1.1\r\nHost: a", true),
        (b"GET /", false),
        (b"GE", false),
        (b"GET / HT", false),
        (b"GET / HTTP/1.1\r\nHost: a\r", false),
        (b"GET / HTTP/1.1\r\nHost: a\x01", false),
    ] {
        let (before, _) = text.split_at(text.len() - 1);
        let mut scan = Scan::START;
        assert_eq!(advance(&mut scan, REQUEST, &WIDE, &mut before.to_vec()), Ok(None));
        assert!(!scan.takes_drip(before) && !scan.takes_drip(b""), "{text:?}");
        assert!(!scan.takes_drip(&[text, b"b"].concat()), "{text:?}");
        assert_eq!(scan.position(), before.len());
        assert_eq!({ scan }.takes_drip(text), taken, "{text:?}");
        scan.take_no_drip();
        assert!(!scan.takes_drip(text));
    }
}

#[cfg(not(any(target_os = "none", blazeio_small)))]
#[test]
fn headf_no_byte_at_a_limit_is_taken_at_once() {
    for (text, start_line, section) in [("GET /ab", 6, 99), ("GET /ab", 99, 6)] {
        for (bounds, taken) in [
            (Bounds { start_line, section, fields: 9 }, false),
            (Bounds { start_line: start_line + 1, section: section + 1, fields: 9 }, true),
        ] {
            let mut scan = Scan::START;
            let mut before = text.as_bytes()[..6].to_vec();
            assert_eq!(advance(&mut scan, REQUEST, &bounds, &mut before), Ok(None));
            assert_eq!(scan.takes_drip(text.as_bytes()), taken);
        }
    }
}

fn both(section: Read, bounds: &Bounds, text: &[u8]) -> Result<Option<usize>, Offence> {
    let result = whole(section, bounds, text);
    assert_eq!(result, bytewise(section, bounds, text), "{text:?}");
    result
}

#[test]
fn seg_each_offence_is_named_at_its_byte_however_cut() {
    use Kind::*;
    for (text, kind, at) in [
        (&b"GET / HTTP/1.1\nHost: a\r\n"[..], BareLf, 14),
        (b"GET / HTTP/1.1\r\nA: b\n", BareLf, 20),
        (b"GET / HTTP/1.1\rA", BareCr, 15),
        (b"GET / HTTP/1.1\r\nA: b\rc", BareCr, 21),
        (b"GET / HTTP/1.1\r\n\rx", BareCr, 17),
        (b"GET / HTTP/1.1\r\n\n", BareLf, 16),
        (b"GET /\r\n", MissingVersion, 5),
        (b"GET\r\n", MissingVersion, 3),
        (b" GET", InvalidMethod, 0),
        (b"\n", BareLf, 0),
        (b"\x16\x03\x01", InvalidMethod, 0),
        (b"GET  /", InvalidTarget, 4),
        (b"GET /#", InvalidTarget, 5),
        (b"GET /\x80", InvalidTarget, 5),
        (b"GET / HTTP/2.0", UnsupportedVersion, 11),
        (b"GET / HTTP/0.9", InvalidVersion, 11),
        (b"GET / HTTP/1.10", InvalidVersion, 14),
        (b"GET / http/1.1", InvalidVersion, 6),
        (b"GET / HTTP/1.1\r\n A: b", WhitespaceBeforeField, 16),
        (b"GET / HTTP/1.1\r\nA: b\r\n c", FoldedLine, 22),
        (b"GET / HTTP/1.1\r\nA : b", SpaceBeforeColon, 17),
        (b"GET / HTTP/1.1\r\nA\r\n", MissingColon, 17),
        (b"GET / HTTP/1.1\r\n: b", InvalidFieldName, 16),
        (b"GET / HTTP/1.1\r\nA\xa0: b", InvalidFieldName, 17),
        (b"GET / HTTP/1.1\r\nA: \0", InvalidFieldValue, 19),
    ] {
        assert_eq!(both(REQUEST, &WIDE, text), Err((kind, at)), "{text:?}");
    }
    for (text, kind, at) in [
        (&b"HTTP/1.1 099"[..], InvalidStatus, 9),
        (b"HTTP/1.1 20x", InvalidStatus, 11),
        (b"HTTP/1.1 2000", InvalidStatus, 12),
        (b"HTTP/1.1\r\n", InvalidStatus, 8),
        (b"HTTP/1.1 200 \x7f", InvalidReason, 13),
        (b"HTTP/1.1 200\n", BareLf, 12),
        (b"ICY 200", InvalidVersion, 0),
        (b"HTTP/1.1 200\r\n a: b", WhitespaceBeforeField, 14),
    ] {
        assert_eq!(both(RESPONSE, &WIDE, text), Err((kind, at)), "{text:?}");
    }
}

#[test]
fn wsp_a_fold_in_a_response_becomes_sp_in_place() {
    let mut text = *b"HTTP/1.1 200 OK\r\nA: b\r\n\t c\r\n  d\r\n\r\n";
    let len = text.len();
    let mut scan = Scan::START;
    assert_eq!(advance(&mut scan, RESPONSE, &WIDE, &mut text), Ok(Some(len)));
    assert_eq!(&text, b"HTTP/1.1 200 OK\r\nA: b  \t c    d\r\n\r\n");
}

#[test]
fn headf_limits_hold_to_the_byte() {
    let head = b"GET /abc HTTP/1.1\r\nA: b\r\nC: d\r\n\r\n";
    let exact = Bounds { start_line: 17, section: head.len() as u32, fields: 2 };
    assert_eq!(both(REQUEST, &exact, head), Ok(Some(head.len())));
    let line = Bounds { start_line: 16, ..exact };
    assert_eq!(both(REQUEST, &line, head), Err((Kind::StartLineTooLong, 16)));
    let fields = Bounds { fields: 1, ..exact };
    assert_eq!(both(REQUEST, &fields, head), Err((Kind::TooManyFields, 25)));
    let size = Bounds { section: exact.section - 1, ..exact };
    assert_eq!(both(REQUEST, &size, head), Err((Kind::HeadTooLarge, head.len() - 1)));
}

#[test]
fn a_trailer_section_has_no_start_line() {
    assert_eq!(both(TRAILERS, &WIDE, b"\r\nX"), Ok(Some(2)));
    assert_eq!(both(TRAILERS, &WIDE, b"A: b\r\n\r\n"), Ok(Some(8)));
    let none = Bounds { fields: 0, ..WIDE };
    assert_eq!(both(TRAILERS, &none, b"A: b\r\n\r\n"), Err((Kind::TooManyTrailers, 0)));
}
