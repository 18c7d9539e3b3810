//! Content-Disposition: names of form fields, and of files (RFC 6266, RFC 7578 §4.2, RFC 8187).
//!
//! Decides what a file and a form's field are called. A file's name is data, never a path: what
//! may be a name on a disk is for [`FileName::base`] to say (MPART). Refuses what breaks the
//! grammar, and a parameter that comes twice.
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
        Parameters::from(self.text, self.kind_len)
    }

    /// The name of a form's field (RFC 7578 §4.2).
    ///
    /// # Errors
    /// If it comes twice.
    pub fn name(&self) -> Result<Option<FormText<'a>>, Invalid> {
        Ok(self.parameters().once("name")?.map(|value| FormText { rest: value.form_bytes() }))
    }

    /// The file's name: in a form `filename` only (RFC 7578 §4.2 forbids the other), else
    /// `filename*` before `filename` (RFC 6266 §4.3).
    ///
    /// # Errors
    /// If one comes twice, or `filename*` is no extended value.
    pub fn filename(&self) -> Result<Option<FileName<'a>>, Invalid> {
        let plain = self.parameters().once("filename")?;
        if self.is("form-data") {
            let text = |value: Value<'a>| FormText { rest: value.form_bytes() };
            return Ok(plain.map(|value| FileName(Name::Form(text(value)))));
        }
        match self.parameters().once("filename*")? {
            Some(value) => extended(value.raw())
                .map(|name| Some(FileName(name)))
                .ok_or(Invalid::new(InvalidKind::ExtendedValue, self.text.len())),
            None => Ok(plain.map(|value| FileName(Name::Plain(value.bytes())))),
        }
    }
}

/// `charset'language'text` (RFC 8187 §3.2).
fn extended(value: &[u8]) -> Option<Name<'_>> {
    let mut parts = value.splitn(3, |&b| b == b'\'');
    let (charset, _language, text) = (parts.next()?, parts.next()?, parts.next()?);
    let is_valid = {
        let mut rest = text;
        loop {
            match rest {
                [] => break true,
                [b'%', a, b, tail @ ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
                    rest = tail;
                }
                [byte, tail @ ..] if Set::ATTRIBUTE.contains(*byte) => rest = tail,
                _ => break false,
            }
        }
    };
    let text = Decode::new(text);
    match () {
        () if !is_valid => None,
        () if charset.eq_ignore_ascii_case(b"utf-8") => Some(Name::Utf8(text)),
        () if charset.eq_ignore_ascii_case(b"iso-8859-1") => Some(Name::Latin1(text, None)),
        () => None,
    }
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
mod tests {
    extern crate std;
    use super::*;
    use std::string::{String, ToString};

    fn text_of(bytes: impl Iterator<Item = u8>) -> String {
        String::from_utf8(bytes.collect()).unwrap()
    }

    fn filename(text: &str) -> Option<String> {
        Disposition::parse(text.as_bytes()).unwrap().filename().unwrap().map(text_of)
    }

    #[test]
    fn a_form_decodes_what_browsers_encode_and_no_more() {
        let field = br#"form-data; name="a%22b%0D%0ac%41%"; filename="\"x\\y\z".txt"#;
        assert!(Disposition::parse(field).is_err(), "the quoted string ends before .txt");
        let field = br#"form-data; name="a%22b%0D%0ac%41%"; filename="\"x\\y\z""#;
        let field = Disposition::parse(field).unwrap();
        assert_eq!(text_of(field.name().unwrap().unwrap()), "a\"b\r\nc%41%");
        assert_eq!(text_of(field.filename().unwrap().unwrap()), "\"x\\y\\z");
        assert_eq!(filename("form-data; name=a; filename*=UTF-8''b"), None);
    }

    #[test]
    fn the_extended_name_comes_first() {
        let both = "attachment; filename=\"EUR.txt\"; filename*=utf-8'en'%e2%82%ac.txt";
        assert_eq!(filename(both).unwrap(), "€.txt");
        assert_eq!(filename("attachment; filename*=ISO-8859-1''%e9a").unwrap(), "éa");
        assert_eq!(filename(r#"attachment; filename="a\"b""#).unwrap(), "a\"b");
        assert_eq!(filename("inline"), None);
        for bad in ["utf-8'a", "utf-16''a", "utf-8''%zz", "utf-8''a b", "utf-8''a/b", "''a"] {
            let text = std::format!("attachment; filename*=\"{bad}\"");
            let disposition = Disposition::parse(text.as_bytes()).unwrap();
            assert_eq!(
                disposition.filename().unwrap_err().kind,
                InvalidKind::ExtendedValue,
                "{bad}"
            );
        }
    }

    #[test]
    fn mpart_a_path_becomes_its_last_name_and_what_is_no_name_none() {
        let mut out = [0; 64];
        for (name, base) in [
            ("a.txt", Some("a.txt")),
            ("../../etc/passwd", Some("passwd")),
            (r"C:\temp\ü b.txt", Some("ü b.txt")),
            ("a/..", None),
            ("..", None),
            ("", None),
            ("dir/", None),
            (".bashrc", None),
            ("a.", None),
            ("a ", None),
            ("a:stream", None),
            ("a%00b", Some("a%00b")),
            ("CON", None),
            ("nul.txt", None),
            ("Com1.tar.gz", None),
            ("console", Some("console")),
            ("a/GIT~1", None),
            ("\u{200c}.git", None),
        ] {
            let text =
                std::format!("attachment; filename*=utf-8''{}", Encode::new(name, Set::ATTRIBUTE));
            let name = Disposition::parse(text.as_bytes()).unwrap().filename().unwrap().unwrap();
            assert_eq!(name.base(&mut out), base, "{text}");
        }
        let odd = Disposition::parse(b"attachment; filename*=utf-8''a%00b").unwrap();
        assert_eq!(odd.filename().unwrap().unwrap().base(&mut out), None);
        assert_eq!(odd.filename().unwrap().unwrap().base(&mut out[..2]), None);
        for (len, is_name) in [(255, true), (256, false)] {
            let text = std::format!("attachment; filename=\"d/{}\"", "n".repeat(len));
            let name = Disposition::parse(text.as_bytes()).unwrap().filename().unwrap().unwrap();
            assert_eq!(name.base(&mut [0; 300]).is_some(), is_name, "{len}");
        }
        let broken = Disposition::parse(b"attachment; filename=\"\xff\"").unwrap();
        assert_eq!(broken.filename().unwrap().unwrap().base(&mut out), None);
    }

    #[test]
    fn mpart_two_names_are_none() {
        let twice =
            Disposition::parse(b"form-data; name=a; name=b; filename=c; filename=d").unwrap();
        assert!(twice.name().is_err() && twice.filename().is_err());
        assert!(
            Disposition::parse(b"").is_err() && Disposition::parse(b"form-data name=a").is_err()
        );
    }

    #[test]
    fn what_is_written_reads_back() {
        for name in ["a.txt", "naïve €.txt", "a\"b\\c%41.txt", "line\r\nbreak", "", "'"] {
            let value = Attachment(name).to_string();
            assert!(crate::syntax::token::is_field_value(value.as_bytes()), "{value}");
            assert_eq!(filename(&value).unwrap(), name);
        }
        assert_eq!(Attachment("a b.txt").to_string(), "attachment; filename=\"a b.txt\"");
    }
}
