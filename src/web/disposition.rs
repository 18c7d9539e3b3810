//! Content-Disposition: names of form fields, and of files (RFC 6266, RFC 7578 §4.2, RFC 8187).
//!
//! Decides what a file and a form's field are called. A file's name is data, never a path: what
//! may be a name on a disk is for [`FileName::base`] to say (MPART). Blanks may stand around `=`
//! (RFC 6266 §4.1). Refuses what breaks the grammar, and a parameter that comes twice.
//!
//! ```
//! use blazeio::web::disposition::{Attachment, Disposition};
//!
//! let field = Disposition::parse(br#"form-data; name="photo"; filename="C:\me.jpg""#)?;
//! assert!(field.is("form-data") && field.name()?.unwrap().eq("photo".bytes()));
//! let mut text = [0; 32];
//! assert_eq!(field.filename()?.unwrap().base(&mut text), Some("me.jpg"));
//!
//! let value = Attachment("naïve.txt").to_string();
//! assert_eq!(value, r#"attachment; filename="na_ve.txt"; filename*=UTF-8''na%C3%AFve.txt"#);
//! # Ok::<(), blazeio::web::Invalid>(())
//! ```

use super::invalid::{Invalid, InvalidKind};
use super::parameter::{Parameters, Unquoted, Value};
use super::percent::{Decode, Encode, Set};
use super::segment::{is_harmless, is_hidden};
use crate::syntax::token::is_tchar;
use core::fmt;

/// A Content-Disposition.
#[derive(Clone, Copy, Debug)]
pub struct Disposition<'a> {
    text: &'a [u8],
    kind_len: usize,
}

impl<'a> Disposition<'a> {
    /// Reads a value, without blanks around it.
    ///
    /// # Errors
    /// If it breaks the grammar, wherever.
    pub fn parse(text: &'a [u8]) -> Result<Self, Invalid> {
        let kind_len = text.iter().position(|&b| !is_tchar(b)).unwrap_or(text.len());
        if kind_len == 0 {
            return Err(Invalid::new(InvalidKind::Token, 0));
        }
        let disposition = Self { text, kind_len };
        disposition.parameters().try_for_each(|parameter| parameter.map(drop))?;
        Ok(disposition)
    }

    /// Whether it is `kind`, as `form-data` or `attachment`, without regard to case.
    #[must_use]
    pub fn is(&self, kind: &str) -> bool {
        self.text.get(..self.kind_len).is_some_and(|k| k.eq_ignore_ascii_case(kind.as_bytes()))
    }

    /// Its parameters, in order.
    #[must_use]
    pub const fn parameters(&self) -> Parameters<'a> {
        Parameters::spaced(self.text, self.kind_len)
    }

    /// The name of a form's field (RFC 7578 §4.2).
    ///
    /// # Errors
    /// If it comes twice.
    pub fn name(&self) -> Result<Option<FormText<'a>>, Invalid> {
        Ok(self.parameters().once("name")?.map(|value| FormText { rest: value.form_bytes() }))
    }

    /// The file's name: in a form `filename` only (RFC 7578 §4.2 forbids the other), else
    /// `filename*` before `filename` (RFC 6266 §4.3). A `filename*` that cannot be decoded, as it
    /// is no extended value, or no UTF-8 though it says so, is as if it were not there (RFC 8187
    /// §3.2.1).
    ///
    /// # Errors
    /// If one comes twice.
    pub fn filename(&self) -> Result<Option<FileName<'a>>, Invalid> {
        let plain = self.parameters().once("filename")?;
        if self.is("form-data") {
            let text = |value: Value<'a>| FormText { rest: value.form_bytes() };
            return Ok(plain.map(|value| FileName(Name::Form(text(value)))));
        }
        let coded = self.parameters().once("filename*")?;
        let coded = coded.and_then(|value| value.token()).and_then(extended);
        Ok(coded.or(plain.map(|value| Name::Plain(value.bytes()))).map(FileName))
    }
}

/// `charset'language'text` (RFC 8187 §3.2), which is a token.
fn extended(value: &[u8]) -> Option<Name<'_>> {
    let mut parts = value.splitn(3, |&b| b == b'\'');
    let (charset, language, text) = (parts.next()?, parts.next()?, parts.next()?);
    if !(language.is_empty() || is_language(language)) || !is_encoded(text) {
        return None;
    }
    let text = Decode::new(text);
    match () {
        () if charset.eq_ignore_ascii_case(b"utf-8") => is_utf8(text).then_some(Name::Utf8(text)),
        () if charset.eq_ignore_ascii_case(b"iso-8859-1") => Some(Name::Latin1(text, None)),
        () => None,
    }
}

/// Whether a tag has the form that all have (RFC 5646 §2.1): subtags of 1 to 8 letters and digits,
/// the first of letters.
fn is_language(tag: &[u8]) -> bool {
    let mut parts = tag.split(|&b| b == b'-');
    let is_short = |part: &[u8]| (1..=8).contains(&part.len());
    parts.next().is_some_and(|part| is_short(part) && part.iter().all(u8::is_ascii_alphabetic))
        && parts.all(|part| is_short(part) && part.iter().all(u8::is_ascii_alphanumeric))
}

/// `*( pct-encoded / attr-char )`.
fn is_encoded(mut rest: &[u8]) -> bool {
    loop {
        match rest {
            [] => return true,
            [b'%', a, b, tail @ ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
                rest = tail;
            }
            [byte, tail @ ..] if Set::ATTRIBUTE.contains(*byte) => rest = tail,
            _ => return false,
        }
    }
}

/// Character by character, since the bytes are nowhere together.
fn is_utf8(mut bytes: impl Iterator<Item = u8>) -> bool {
    while let Some(first) = bytes.next() {
        let len = match first {
            ..0xc0 => 1,
            0xc0..0xe0 => 2,
            0xe0..0xf0 => 3,
            0xf0.. => 4,
        };
        let mut character = [first, 0, 0, 0];
        for byte in character.iter_mut().take(len).skip(1) {
            // NUL continues nothing.
            *byte = bytes.next().unwrap_or(0);
        }
        if character.get(..len).is_none_or(|text| core::str::from_utf8(text).is_err()) {
            return false;
        }
    }
    true
}

/// A name in a form: the bytes that `%22`, `%0D` and `%0A` stand for are themselves, as browsers
/// send them (WHATWG HTML, "multipart/form-data encoding algorithm"); every other `%` is data.
#[derive(Clone, Debug)]
pub struct FormText<'a> {
    rest: Unquoted<'a>,
}

impl FormText<'_> {
    /// Writes the bytes into the front of `out`; `None` if there are more than it has room for.
    pub fn write_to<'o>(&self, out: &'o mut [u8]) -> Option<&'o mut [u8]> {
        crate::buffer::write_all(self.clone(), out)
    }
}

impl Iterator for FormText<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let first = self.rest.next()?;
        let mut ahead = self.rest.clone();
        let byte = match (first, ahead.next(), ahead.next()) {
            (b'%', Some(b'2'), Some(b'2')) => b'"',
            (b'%', Some(b'0'), Some(b'D' | b'd')) => b'\r',
            (b'%', Some(b'0'), Some(b'A' | b'a')) => b'\n',
            _ => return Some(first),
        };
        self.rest = ahead;
        Some(byte)
    }
}

impl core::iter::FusedIterator for FormText<'_> {}

/// A file's name, as its sender calls it: bytes, UTF-8 as a rule. An iterator of them.
#[derive(Clone, Debug)]
pub struct FileName<'a>(Name<'a>);

#[derive(Clone, Debug)]
enum Name<'a> {
    Plain(Unquoted<'a>),
    Form(FormText<'a>),
    Utf8(Decode<'a>),
    /// And the second byte of the character before.
    Latin1(Decode<'a>, Option<u8>),
}

impl Iterator for FileName<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        match &mut self.0 {
            Name::Plain(bytes) => bytes.next(),
            Name::Form(bytes) => bytes.next(),
            Name::Utf8(bytes) => bytes.next(),
            Name::Latin1(bytes, second) => {
                if let Some(byte) = second.take() {
                    return Some(byte);
                }
                let byte = bytes.next()?;
                if byte.is_ascii() {
                    return Some(byte);
                }
                *second = Some(0x80 | byte & 0x3f);
                Some(0xc0 | byte >> 6)
            }
        }
    }
}

impl FileName<'_> {
    /// Writes the bytes into the front of `out`; `None` if there are more than it has room for.
    pub fn write_to<'o>(&self, out: &'o mut [u8]) -> Option<&'o mut [u8]> {
        crate::buffer::write_all(self.clone(), out)
    }

    /// What is behind the last `/` and `\`, written into `out`, if it may be called so on any
    /// disk (MPART, PATH). `None` if the whole does not fit, if it is no UTF-8, is empty, has more
    /// than 255 bytes, begins
    /// with a dot, ends with a dot or a blank, holds a control character or one of `<>:"|?*`, is a
    /// device of Windows (`CON`, `nul.txt`), or a short name of it (`GIT~1`), as
    /// [`file_name`](super::segment::file_name) has them.
    ///
    /// A name of one's own is safer still: two senders may call two files the same.
    pub fn base<'o>(&self, out: &'o mut [u8]) -> Option<&'o str> {
        let whole = core::str::from_utf8(self.write_to(out)?).ok()?;
        let base = whole.rsplit(['/', '\\']).next()?;
        let is_name =
            is_harmless(base) && !is_hidden(base) && !base.contains(['<', '>', '"', '|', '?', '*']);
        // What file systems have room for.
        (is_name && base.len() <= 255).then_some(base)
    }
}

/// A Content-Disposition that has a response saved under a name (RFC 6266), by
/// [`Display`](fmt::Display). What ASCII cannot say comes twice: with `_` in `filename`, whole in
/// `filename*`; quotes, backslashes, `%` and control characters too, since readers differ there.
#[derive(Clone, Copy)]
pub struct Attachment<'a>(
    /// The file's name; a path in it is for the recipient to ignore (RFC 6266 §4.3).
    pub &'a str,
);

impl fmt::Display for Attachment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        let is_plain = |c: char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\' | '%');
        f.write_str("attachment; filename=\"")?;
        self.0.chars().try_for_each(|c| f.write_char(if is_plain(c) { c } else { '_' }))?;
        f.write_char('"')?;
        if !self.0.chars().all(is_plain) {
            write!(f, "; filename*=UTF-8''{}", Encode::new(self.0, Set::ATTRIBUTE))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Attachment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attachment({self})")
    }
}

#[cfg(test)]
mod tests;
