//! Names in a Content-Disposition: what is written reads back, what comes in is read as a naive
//! reader of RFC 6266, RFC 7578 and RFC 8187 reads it, and what is called safe is so (MPART).

use crate::fields::is_text;
use crate::parameters::{Backslash, is_tchar, naive, naive_with};
use crate::segment::{is_harmless, is_hidden};
use crate::urlencoded::percent_decoded;
use blazeio::web::disposition::{Attachment, Disposition, FileName};

/// The bytes are a name to be written; then a disposition.
pub fn run(data: &[u8]) {
    if let Ok(name) = std::str::from_utf8(data) {
        written(name);
    }
    read(data);
}

fn written(name: &str) {
    let text = Attachment(name).to_string();
    assert!(text.is_ascii() && is_text(text.as_bytes()), "{text:?}");
    let rest = text.strip_prefix("attachment").expect("the type comes first");
    let pairs = naive(rest.as_bytes()).expect("parameters");
    // One who knows only `filename` has the same characters, but those that it may not trust.
    let plain = |c: char| c.is_ascii_graphic() && !"\"\\%".contains(c) || c == ' ';
    let shown: String = name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    assert_eq!(pairs[0], (b"filename".to_vec(), shown.clone().into_bytes()), "{text}");
    assert_eq!(pairs.len(), if shown == name { 1 } else { 2 }, "{text}");
    let disposition = Disposition::parse(text.as_bytes()).expect("as it was written");
    assert!(disposition.is("Attachment") && disposition.name().is_ok_and(|name| name.is_none()));
    let filename = disposition.filename().expect("once").expect("a name");
    assert!(filename.clone().eq(name.bytes()), "{text}");
    safe(&filename, name.as_bytes());
}

/// A disposition of any kind.
fn read(data: &[u8]) {
    let ours = Disposition::parse(data);
    let len = data.iter().take_while(|b| is_tchar(b)).count();
    let (kind, rest) = data.split_at(len);
    let rest = &unspaced(rest)[..];
    let is_sound = len > 0 && naive(rest).is_some();
    assert_eq!(ours.is_ok(), is_sound, "{}", data.escape_ascii());
    let Ok(ours) = ours else { return };
    let kind = kind.to_ascii_lowercase();
    let name = ours.name().map(|name| name.map(Iterator::collect::<Vec<u8>>));
    let expected = once(rest, "name", Backslash::EscapesMarks);
    assert_eq!(name.ok(), expected.map(|name| name.map(form_text)), "{}", data.escape_ascii());
    let filename = ours.filename();
    let bytes = filename.clone().map(|name| name.map(Iterator::collect::<Vec<u8>>));
    assert_eq!(bytes.ok(), file_of(&kind, rest), "{}", data.escape_ascii());
    if let Ok(Some(filename)) = filename {
        let bytes: Vec<u8> = filename.clone().collect();
        safe(&filename, &bytes);
    }
}

/// RFC 6266 §4.1: without the blanks around `=`.
fn unspaced(text: &[u8]) -> Vec<u8> {
    let is_blank = |b: &u8| matches!(b, b' ' | b'\t');
    let mut out: Vec<u8> = Vec::new();
    let (mut quoted, mut rest) = (false, text);
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'\\' if quoted => {
                out.push(byte);
                out.extend(rest.first());
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            b'"' => quoted = !quoted,
            b'=' if !quoted => {
                out.truncate(out.iter().rposition(|b| !is_blank(b)).map_or(0, |at| at + 1));
                rest = &rest[rest.iter().take_while(|b| is_blank(b)).count()..];
            }
            _ => {}
        }
        out.push(byte);
    }
    out
}

/// The value of a parameter that comes once, if it comes.
fn once(text: &[u8], name: &str, backslash: Backslash) -> Option<Option<Vec<u8>>> {
    let pairs = naive_with(text, backslash)?.into_iter();
    let mut values = pairs.filter(|pair| pair.0.eq_ignore_ascii_case(name.as_bytes()));
    let first = values.next().map(|pair| pair.1);
    values.next().is_none().then_some(first)
}

/// RFC 7578 §4.2 for forms, else RFC 6266 §4.3. `None`: not to be told.
fn file_of(kind: &[u8], rest: &[u8]) -> Option<Option<Vec<u8>>> {
    if kind == b"form-data" {
        return Some(once(rest, "filename", Backslash::EscapesMarks)?.map(form_text));
    }
    let plain = once(rest, "filename", Backslash::Escapes)?;
    let coded = once(rest, "filename*", Backslash::StaysQuoted)?;
    Some(coded.and_then(|value| extended(&value)).or(plain))
}

/// WHATWG HTML, "multipart/form-data encoding algorithm", backwards.
fn form_text(value: Vec<u8>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = &value[..];
    while let Some((&first, tail)) = rest.split_first() {
        let escape = rest.get(..3).map(<[u8]>::to_ascii_uppercase);
        let (byte, len) = match escape.as_deref() {
            Some(b"%22") => (b'"', 3),
            Some(b"%0D") => (b'\r', 3),
            Some(b"%0A") => (b'\n', 3),
            _ => (first, rest.len() - tail.len()),
        };
        out.push(byte);
        rest = &rest[len..];
    }
    out
}

/// RFC 8187 §3.2.1: `charset "'" [ language ] "'" *( pct-encoded / attr-char )`, of text that is one
/// in its charset. RFC 5646 §2.1: a language has subtags of up to eight letters and digits.
fn extended(value: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(value).ok()?;
    let (charset, rest) = text.split_once('\'')?;
    let (language, text) = rest.split_once('\'')?;
    let mut tags = language.split('-');
    let first = tags.next()?;
    let is_tag = |tag: &str| (1..9).contains(&tag.len()) && tag.chars().all(char::is_alphanumeric);
    let is_word = is_tag(first) && !first.contains(|c: char| c.is_ascii_digit());
    (language.is_empty() || is_word && tags.all(is_tag)).then_some(())?;
    let mut pieces = text.split('%');
    let is_kept = |text: &str| {
        text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&b))
    };
    let is_escape = |piece: &str| {
        let digits = piece.get(..2).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        digits.is_some() && is_kept(&piece[2..])
    };
    (is_kept(pieces.next()?) && pieces.all(is_escape)).then_some(())?;
    let bytes = percent_decoded(text.as_bytes());
    match &*charset.to_ascii_lowercase() {
        "utf-8" => String::from_utf8(bytes).ok().map(String::into_bytes),
        "iso-8859-1" => Some(bytes.into_iter().map(char::from).collect::<String>().into_bytes()),
        _ => None,
    }
}

/// Its last part, if that may be a file's name on any disk; given exactly the room, and none less.
fn safe(filename: &FileName<'_>, bytes: &[u8]) {
    let mut out = vec![0; bytes.len()];
    assert_eq!(filename.write_to(&mut out).as_deref(), Some(bytes));
    let base = std::str::from_utf8(bytes).ok().and_then(|text| text.split(['/', '\\']).next_back());
    let is_safe = |base: &&str| {
        let has_sign = base.contains(['<', '>', '"', '|', '?', '*']);
        is_harmless(base) && !is_hidden(base) && !has_sign && base.len() <= 255
    };
    assert_eq!(filename.base(&mut out), base.filter(is_safe), "{}", bytes.escape_ascii());
    if let Some(less) = bytes.len().checked_sub(1) {
        assert_eq!(filename.write_to(&mut out[..less]), None);
        assert_eq!(filename.base(&mut out[..less]), None);
    }
}
