//! Content behind a head, the chunked transfer coding above all.

use crate::character::{is_hexdig, is_qdtext, is_quotable, is_tchar};
use crate::cursor::{Cursor, Step, Stop, verdict};
use crate::{Body, FieldLine, Framing, Refusal, Verdict, field, trailer};

/// A request's body. `ended`: no input follows this.
pub fn body(framing: Framing, input: &[u8], ended: bool) -> Verdict<Body> {
    any_body(framing, input, ended, false)
}

/// A response's body: trailer fields may be folded.
pub fn response_body(framing: Framing, input: &[u8], ended: bool) -> Verdict<Body> {
    any_body(framing, input, ended, true)
}

/// A request's chunked body, from the first chunk's size to the end of the trailer section.
pub fn chunked(input: &[u8]) -> Verdict<Body> {
    any_chunked(input, false)
}

/// A response's: trailer fields may be folded.
pub fn response_chunked(input: &[u8]) -> Verdict<Body> {
    any_chunked(input, true)
}

fn any_body(framing: Framing, input: &[u8], ended: bool, folds: bool) -> Verdict<Body> {
    let read = match framing {
        Framing::None => plain(&[]),
        Framing::Sized(length) => match usize::try_from(length) {
            Ok(length) if length <= input.len() => plain(&input[..length]),
            _ => Verdict::Incomplete,
        },
        Framing::Chunked => any_chunked(input, folds),
        Framing::UntilClose if ended => plain(input),
        Framing::UntilClose => Verdict::Incomplete,
    };
    match read {
        // RFC 9112 §8: a message that is cut off is incomplete, not shorter.
        Verdict::Incomplete if ended => Verdict::Refused(Refusal::of_meaning("RFC 9112 §8", 400)),
        other => other,
    }
}

fn plain(content: &[u8]) -> Verdict<Body> {
    Verdict::Complete(Body { content: content.to_vec(), trailers: Vec::new(), len: content.len() })
}

fn any_chunked(input: &[u8], folds: bool) -> Verdict<Body> {
    let (mut cursor, mut content) = (Cursor::new(input), Vec::new());
    verdict(chunked_body(&mut cursor, folds, &mut content).map(|trailers| Body {
        content,
        trailers,
        len: cursor.at(),
    }))
}

/// What of the content lies in the input, whether or not the body is whole or right.
pub fn content(framing: Framing, input: &[u8]) -> Vec<u8> {
    match framing {
        Framing::None => Vec::new(),
        Framing::Sized(length) => {
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            input[..length.min(input.len())].to_vec()
        }
        Framing::Chunked => {
            let mut content = Vec::new();
            let _ = chunked_body(&mut Cursor::new(input), true, &mut content);
            content
        }
        Framing::UntilClose => input.to_vec(),
    }
}

// chunked-body = *chunk last-chunk trailer-section CRLF
// chunk = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
// last-chunk = 1*("0") [ chunk-ext ] CRLF
/// The trailer fields; the content is added to `content` as far as it comes.
fn chunked_body(
    cursor: &mut Cursor<'_>,
    folds: bool,
    content: &mut Vec<u8>,
) -> Step<Vec<FieldLine>> {
    loop {
        let size = chunk_size(cursor)?;
        chunk_ext(cursor)?;
        cursor.crlf()?;
        if size == 0 {
            break;
        }
        chunk_data(cursor, size, content)?;
        cursor.crlf()?;
    }
    trailer_section(cursor, folds)
}

// chunk-size = 1*HEXDIG
/// A departure: the seventeenth digit is one too many, zeros counted.
fn chunk_size(cursor: &mut Cursor<'_>) -> Step<u64> {
    let rule = "RFC 9112 §7.1";
    let mut size = hex(cursor.one(is_hexdig, rule)?);
    let mut digits = 1;
    while is_hexdig(cursor.peek()?) {
        if digits == 16 {
            return Err(cursor.refuse(rule, 400));
        }
        size = size * 16 + hex(cursor.one(is_hexdig, rule)?);
        digits += 1;
    }
    Ok(size)
}

fn hex(digit: u8) -> u64 {
    match digit {
        b'0'..=b'9' => u64::from(digit - b'0'),
        b'a'..=b'f' => u64::from(digit - b'a') + 10,
        _ => u64::from(digit - b'A') + 10,
    }
}

// chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
// chunk-ext-name = token
fn chunk_ext(cursor: &mut Cursor<'_>) -> Step<()> {
    let rule = "RFC 9112 §7.1.1";
    while cursor.peek()? != b'\r' {
        cursor.blanks()?;
        cursor.byte(b';', rule)?;
        name_and_values(cursor)?;
    }
    Ok(())
}

/// An extension behind its semicolon. BWS behind the name belongs to what follows it, `=` or `;`.
fn name_and_values(cursor: &mut Cursor<'_>) -> Step<()> {
    let rule = "RFC 9112 §7.1.1";
    cursor.blanks()?;
    cursor.some(is_tchar, rule)?;
    let start = cursor.at();
    cursor.blanks()?;
    if cursor.peek()? == b'=' {
        cursor.advance();
        cursor.blanks()?;
        return chunk_ext_val(cursor);
    }
    let had_blanks = cursor.at() > start;
    // Blanks before anything but `=` and `;` are no BWS.
    if had_blanks && cursor.peek()? != b';' {
        return Err(cursor.refuse(rule, 400));
    }
    Ok(())
}

// chunk-ext-val = token / quoted-string
fn chunk_ext_val(cursor: &mut Cursor<'_>) -> Step<()> {
    if cursor.peek()? == b'"' {
        return quoted_string(cursor);
    }
    cursor.some(is_tchar, "RFC 9112 §7.1.1").map(|_| ())
}

// quoted-string = DQUOTE *( qdtext / quoted-pair ) DQUOTE
fn quoted_string(cursor: &mut Cursor<'_>) -> Step<()> {
    let rule = "RFC 9110 §5.6.4";
    cursor.byte(b'"', rule)?;
    loop {
        cursor.any(is_qdtext)?;
        if cursor.peek()? == b'"' {
            cursor.advance();
            return Ok(());
        }
        // quoted-pair = "\" ( HTAB / SP / VCHAR / obs-text )
        cursor.byte(b'\\', rule)?;
        cursor.one(is_quotable, rule)?;
    }
}

// chunk-data = 1*OCTET ; a sequence of chunk-size octets
fn chunk_data(cursor: &mut Cursor<'_>, size: u64, content: &mut Vec<u8>) -> Step<()> {
    for _ in 0..size {
        content.push(cursor.peek()?);
        cursor.advance();
    }
    Ok(())
}

// trailer-section = *( field-line CRLF )
/// And the CRLF that ends the body. The names are judged when all of them are there.
fn trailer_section(cursor: &mut Cursor<'_>, folds: bool) -> Step<Vec<FieldLine>> {
    let trailers = field::field_lines(cursor, folds)?;
    trailer::judge(&trailers).map_err(Stop::Refused)?;
    Ok(trailers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(input: &str) -> Body {
        match chunked(input.as_bytes()) {
            Verdict::Complete(body) => body,
            other => panic!("{input:?}: {other:?}"),
        }
    }

    #[test]
    fn chunks_join_to_one_content() {
        for (input, content) in [
            ("0\r\n\r\n", ""),
            ("5\r\nhello\r\n000\r\n\r\n", "hello"),
            ("1\r\na\r\n0A\r\n0123456789\r\n0\r\n\r\n", "a0123456789"),
            ("0000000000000001\r\n\r\r\n0\r\n\r\n", "\r"),
            ("1;a\r\nx\r\n0 ; b = \"q\\\"\t\" ;c=d\r\n\r\n", "x"),
        ] {
            let body = whole(input);
            assert_eq!(body.content, content.as_bytes(), "{input:?}");
            assert_eq!(body.len, input.len(), "{input:?}");
            assert_eq!(super::content(Framing::Chunked, input.as_bytes()), content.as_bytes());
        }
    }

    #[test]
    fn the_first_byte_that_cannot_be_is_named() {
        for (input, offset) in [
            ("\r\n", 0),
            ("+5", 0),
            (" 5", 0),
            ("0x5", 1),
            ("5_", 1),
            ("5\n", 1),
            ("5 \r", 2),
            ("5\rX", 2),
            ("5;\r", 2),
            ("5;\n", 2),
            ("5;a=\r", 4),
            ("5;a \r", 4),
            ("5;a=b c", 6),
            ("5;a=b \r", 6),
            ("5;a=\"\r", 5),
            ("5;a=\"\\\r", 6),
            ("5;a=\"b\"c", 7),
            ("5;;", 2),
            ("00000000000000000", 16),
            ("1\r\nxX", 4),
            ("1\r\nx\n", 4),
            ("1\r\nx\rX", 5),
            ("0\r\n\n", 3),
            ("0\r\nX : 1", 4),
            ("0\r\nX: 1\r\n 2", 9),
        ] {
            for end in 0..=offset {
                assert_eq!(chunked(&input.as_bytes()[..end]), Verdict::Incomplete, "{input:?}");
            }
            match chunked(input.as_bytes()) {
                Verdict::Refused(refusal) => assert_eq!(refusal.offset, Some(offset), "{input:?}"),
                other => panic!("{input:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn trailers_are_kept_apart_and_some_names_refused() {
        let body = whole("0\r\nETag: \"x\"\r\nY:2\r\n\r\n");
        let expected = [("ETag", "\"x\""), ("Y", "2")];
        let expected = expected.map(|(name, value)| (name.as_bytes().to_vec(), value.into()));
        assert_eq!(body.trailers, expected);
        let refused = chunked(b"0\r\nX: 1\r\nhost: b\r\n\r\n");
        let refusal = Refusal { rule: "RFC 9110 §6.5.1", status: 400, offset: None };
        assert_eq!(refused, Verdict::Refused(refusal));
        assert_eq!(chunked(b"0\r\nhost: b\r\n\r"), Verdict::Incomplete);
    }

    #[test]
    fn folds_in_a_response_are_spaces() {
        let Verdict::Complete(body) = response_chunked(b"0\r\nX: 1\r\n\t2\r\n \r\n\r\n") else {
            panic!("not complete");
        };
        assert_eq!(body.trailers, [(b"X".to_vec(), b"1  \t2".to_vec())]);
    }

    #[test]
    fn what_is_cut_off_is_not_complete() {
        for framing in [Framing::Sized(3), Framing::Chunked] {
            assert_eq!(body(framing, b"2", false), Verdict::Incomplete);
            assert!(matches!(body(framing, b"2", true), Verdict::Refused(_)));
        }
        assert_eq!(body(Framing::UntilClose, b"2", false), Verdict::Incomplete);
        assert_eq!(content(Framing::Sized(3), b"22"), b"22");
        assert_eq!(content(Framing::Chunked, b"3\r\nab"), b"ab");
        for (framing, ended, taken) in [
            (Framing::None, true, 0),
            (Framing::Sized(1), false, 1),
            (Framing::UntilClose, true, 2),
        ] {
            let Verdict::Complete(body) = response_body(framing, b"23", ended) else {
                panic!("{framing:?}");
            };
            assert_eq!((body.len, body.content.len()), (taken, taken), "{framing:?}");
        }
    }
}
