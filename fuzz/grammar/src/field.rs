//! Field lines and sections.

use crate::character::{is_blank, is_field_text, is_tchar, trimmed};
use crate::cursor::{Cursor, Step, verdict};
use crate::{FieldLine, Verdict};

/// A head's or trailer section's field lines and the empty line that ends them; its length with
/// that. `folds`: whether an obs-fold continues a value (responses) or cannot be (requests).
pub fn field_section(input: &[u8], folds: bool) -> Verdict<(Vec<FieldLine>, usize)> {
    let mut cursor = Cursor::new(input);
    verdict(field_lines(&mut cursor, folds).map(|fields| (fields, cursor.at())))
}

// *( field-line CRLF ) CRLF
pub(crate) fn field_lines(cursor: &mut Cursor<'_>, folds: bool) -> Step<Vec<FieldLine>> {
    let mut fields = Vec::new();
    while cursor.peek()? != b'\r' {
        fields.push(field_line(cursor, folds)?);
    }
    cursor.crlf()?;
    Ok(fields)
}

// field-line = field-name ":" OWS field-value OWS
// field-name = token
/// With the CRLF behind it. No whitespace before the colon (RFC 9112 §5.1) and none before the
/// name (§2.2, §5.2), for neither is a tchar.
fn field_line(cursor: &mut Cursor<'_>, folds: bool) -> Step<FieldLine> {
    let name = cursor.some(is_tchar, "RFC 9112 §5")?.to_vec();
    cursor.byte(b':', "RFC 9112 §5.1")?;
    let mut value = cursor.any(is_field_text)?.to_vec();
    cursor.crlf()?;
    while folds && is_blank(cursor.peek()?) {
        value.extend_from_slice(&obs_fold_and_text(cursor)?);
    }
    Ok((name, trimmed(&value).to_vec()))
}

// obs-fold = OWS CRLF RWS
/// The line behind the fold's CRLF, each byte of which has become SP (RFC 9112 §5.2).
fn obs_fold_and_text(cursor: &mut Cursor<'_>) -> Step<Vec<u8>> {
    let mut text = b"  ".to_vec();
    text.extend_from_slice(cursor.any(is_field_text)?);
    cursor.crlf()?;
    Ok(text)
}

/// The values of all fields of a name, in order.
pub(crate) fn values<'a>(fields: &'a [FieldLine], name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    fields.iter().filter(move |field| is_name(field, name)).map(|(_, value)| value.as_slice())
}

/// RFC 9110 §5.1: names are case-insensitive.
pub(crate) fn is_name(field: &FieldLine, name: &str) -> bool {
    field.0.eq_ignore_ascii_case(name.as_bytes())
}
