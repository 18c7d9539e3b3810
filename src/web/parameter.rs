//! `; name=value; name="quoted value"` (RFC 9110 §5.6.6).
//!
//! Decides where parameters begin and end, and what a quoted value says. Empty ones are passed
//! over, as a recipient may. Refuses blanks around `=` (but in a disposition), a quoted string
//! without its end or with a control character, and, through [`once`](Parameters::once), a name
//! that comes twice: of two, each reader would take another.
//!
//! ```
//! use blazeio::web::parameter::Parameters;
//!
//! let parameters = Parameters::new(br#"; charset=utf-8; note="a \"b\"; c""#);
//! assert!(parameters.once("Charset")?.unwrap().is("UTF-8"));
//! assert!(parameters.once("note")?.unwrap().bytes().eq(*br#"a "b"; c"#));
//! # Ok::<(), blazeio::web::Invalid>(())
//! ```

use super::invalid::{Invalid, InvalidKind};
use crate::syntax::token::{is_blank, is_qdtext, is_tchar, is_value_byte};

/// A parameter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parameter<'a> {
    /// Its name, as sent: compare without regard to case.
    pub name: &'a [u8],
    /// Its value.
    pub value: Value<'a>,
}

/// A parameter's value: a token, or a quoted string. Two are equal if they were sent alike.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Value<'a> {
    raw: &'a [u8],
    is_quoted: bool,
}

impl<'a> Value<'a> {
    /// As it was sent, without the quotes around it and with the backslashes in it.
    #[must_use]
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// As it was sent, if it is a token.
    pub(super) const fn token(&self) -> Option<&'a [u8]> {
        if self.is_quoted { None } else { Some(self.raw) }
    }

    /// What it says: a backslash stands for the byte behind it (RFC 9110 §5.6.4).
    #[must_use]
    pub const fn bytes(&self) -> Unquoted<'a> {
        Unquoted { rest: self.raw, only_marks: false }
    }

    /// What it says in `multipart/form-data`: a backslash stands for itself but before a quote or
    /// another, since browsers do not escape it and old ones send whole paths.
    #[must_use]
    pub const fn form_bytes(&self) -> Unquoted<'a> {
        Unquoted { rest: self.raw, only_marks: true }
    }

    /// Whether it says `text`, without regard to case.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.bytes()
            .map(|b| b.to_ascii_lowercase())
            .eq(text.bytes().map(|b| b.to_ascii_lowercase()))
    }
}

/// The bytes that a value stands for.
#[derive(Clone, Debug)]
pub struct Unquoted<'a> {
    rest: &'a [u8],
    /// A backslash escapes only a quote and a backslash.
    only_marks: bool,
}

impl Unquoted<'_> {
    /// Writes the bytes into the front of `out`; `None` if there are more than it has room for.
    /// Never more than the value is long.
    pub fn write_to<'o>(&self, out: &'o mut [u8]) -> Option<&'o mut [u8]> {
        crate::buffer::write_all(self.clone(), out)
    }
}

impl Iterator for Unquoted<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        match (first, rest.split_first()) {
            (b'\\', Some((&byte, rest))) if !self.only_marks || matches!(byte, b'"' | b'\\') => {
                self.rest = rest;
                Some(byte)
            }
            _ => Some(first),
        }
    }
}

impl core::iter::FusedIterator for Unquoted<'_> {}

/// Parameters, in order.
#[derive(Clone, Copy, Debug)]
pub struct Parameters<'a> {
    text: &'a [u8],
    at: usize,
    /// The next one has no `;` before it.
    is_first: bool,
    /// Blanks may stand around `=`.
    has_blanks: bool,
}

impl<'a> Parameters<'a> {
    /// The parameters of `text`, which begins with `;` or is empty.
    #[must_use]
    pub const fn new(text: &'a [u8]) -> Self {
        Self::from(text, 0)
    }

    /// The parameters of `text`, which begins with the first of them, without `;`. That one too
    /// may be empty (RFC 7239 §4).
    pub(super) const fn pairs(text: &'a [u8]) -> Self {
        Self { text, at: 0, is_first: true, has_blanks: false }
    }

    /// The parameters that begin at `at`.
    pub(super) const fn from(text: &'a [u8], at: usize) -> Self {
        Self { text, at, is_first: false, has_blanks: false }
    }

    /// The same, with blanks around `=` where they like (RFC 6266 §4.1).
    pub(super) const fn spaced(text: &'a [u8], at: usize) -> Self {
        Self { text, at, is_first: false, has_blanks: true }
    }

    /// The value of the parameter `name`, without regard to case.
    ///
    /// # Errors
    /// If any of them breaks the grammar, or `name` comes twice.
    pub fn once(self, name: &str) -> Result<Option<Value<'a>>, Invalid> {
        let mut found = None;
        let mut rest = self;
        while let Some(parameter) = rest.next() {
            let parameter = parameter?;
            if parameter.name.eq_ignore_ascii_case(name.as_bytes())
                && found.replace(parameter.value).is_some()
            {
                return Err(Invalid::new(InvalidKind::Duplicate, rest.at));
            }
        }
        Ok(found)
    }

    /// The next byte, without passing it.
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn pass(&mut self) {
        self.at = self.at.wrapping_add(1);
    }

    /// The bytes from here on that are in a class.
    fn run(&mut self, class: fn(u8) -> bool) -> &'a [u8] {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let len = rest.iter().position(|&b| !class(b)).unwrap_or(rest.len());
        self.at = self.at.wrapping_add(len);
        rest.get(..len).unwrap_or_default()
    }

    fn read(&mut self) -> Result<Option<Parameter<'a>>, InvalidKind> {
        if core::mem::take(&mut self.is_first) && !matches!(self.peek(), None | Some(b';')) {
            return self.pair().map(Some);
        }
        loop {
            self.run(is_blank);
            match self.peek() {
                None => return Ok(None),
                Some(b';') => self.pass(),
                Some(_) => return Err(InvalidKind::Parameter),
            }
            self.run(is_blank);
            if !matches!(self.peek(), None | Some(b';')) {
                return self.pair().map(Some);
            }
        }
    }

    fn pair(&mut self) -> Result<Parameter<'a>, InvalidKind> {
        let name = self.run(is_tchar);
        self.blanks();
        if name.is_empty() || self.peek() != Some(b'=') {
            return Err(InvalidKind::Parameter);
        }
        self.pass();
        self.blanks();
        let is_quoted = self.peek() == Some(b'"');
        let raw = if is_quoted { self.quoted()? } else { self.run(is_tchar) };
        // A quoted value may be empty, a token not.
        if raw.is_empty() && !is_quoted {
            return Err(InvalidKind::Parameter);
        }
        Ok(Parameter { name, value: Value { raw, is_quoted } })
    }

    /// Those around `=`.
    fn blanks(&mut self) {
        if self.has_blanks {
            self.run(is_blank);
        }
    }

    /// What is inside the quotes.
    fn quoted(&mut self) -> Result<&'a [u8], InvalidKind> {
        self.pass();
        let start = self.at;
        loop {
            self.run(is_qdtext);
            let end = self.at;
            match self.peek() {
                Some(b'"') => {
                    self.pass();
                    return Ok(self.text.get(start..end).unwrap_or_default());
                }
                Some(b'\\') => self.pass(),
                _ => return Err(InvalidKind::QuotedString),
            }
            match self.peek() {
                Some(byte) if is_value_byte(byte) => self.pass(),
                _ => return Err(InvalidKind::QuotedString),
            }
        }
    }
}

impl<'a> Iterator for Parameters<'a> {
    type Item = Result<Parameter<'a>, Invalid>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.read() {
            Ok(parameter) => parameter.map(Ok),
            Err(kind) => {
                let at = core::mem::replace(&mut self.at, self.text.len());
                Some(Err(Invalid::new(kind, at)))
            }
        }
    }
}

impl core::iter::FusedIterator for Parameters<'_> {}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::String;
    use std::vec::Vec;

    fn text_of(bytes: impl Iterator<Item = u8>) -> String {
        String::from_utf8(bytes.collect()).unwrap()
    }

    fn read(text: &str) -> Result<Vec<(String, String)>, Invalid> {
        let pair = |p: Parameter<'_>| (text_of(p.name.iter().copied()), text_of(p.value.bytes()));
        Parameters::new(text.as_bytes()).map(|p| p.map(pair)).collect()
    }

    #[test]
    fn a_value_is_a_token_or_quoted() {
        for (text, pairs) in [
            ("", &[][..]),
            ("  ", &[]),
            (";", &[]),
            (" ; ;\t;", &[]),
            (";a=b", &[("a", "b")]),
            (" ; a=b\t;;c=\"\" ", &[("a", "b"), ("c", "")]),
            (r#";a="b;c=d""#, &[("a", "b;c=d")]),
            (r#";a="\"\\\x é""#, &[("a", "\"\\x é")]),
            (";a=1;A=2", &[("a", "1"), ("A", "2")]),
        ] {
            let read = read(text).unwrap();
            let read: Vec<_> = read.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            assert_eq!(read, pairs, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        use InvalidKind::{Parameter as P, QuotedString as Q};
        for (text, kind, at) in [
            ("a=b", P, 0),
            (";a", P, 2),
            (";a;b=c", P, 2),
            (";=b", P, 1),
            (";a =b", P, 2),
            (";a= b", P, 3),
            (";a=", P, 3),
            (";a=;", P, 3),
            (";a=b c", P, 5),
            (";a=\"b\"c", P, 6),
            (";a=\"", Q, 4),
            (";a=\"b", Q, 5),
            (";a=\"\\", Q, 5),
            (";a=\"\\\"", Q, 6),
            (";a=\"\n\"", Q, 4),
            (";a=\"\\\r\"", Q, 5),
            (";a=\"\x7f\"", Q, 4),
        ] {
            assert_eq!(read(text), Err(Invalid::new(kind, at)), "{text:?}");
        }
    }

    #[test]
    fn mpart_a_name_that_comes_twice_is_refused() {
        let parameters = |text: &'static str| Parameters::new(text.as_bytes());
        assert!(parameters(";a=b;c=d").once("A").unwrap().unwrap().is("B"));
        assert_eq!(parameters(";a=b").once("c"), Ok(None));
        let twice = parameters(";a=b;c=d;A=b").once("a").unwrap_err();
        assert_eq!(twice, Invalid::new(InvalidKind::Duplicate, 12));
        assert!(parameters(";a=b;c").once("a").is_err(), "what follows counts");
    }

    #[test]
    fn in_a_form_a_backslash_is_mostly_itself() {
        let text = br#";a="C:\dir\\x\"y\z""#;
        let value = Parameters::new(text).once("a").unwrap().unwrap();
        assert_eq!(text_of(value.form_bytes()), r#"C:\dir\x"y\z"#);
        assert_eq!(text_of(value.bytes()), r#"C:dir\x"yz"#);
        assert_eq!(value.form_bytes().write_to(&mut [0; 12]).unwrap(), br#"C:\dir\x"y\z"#);
        assert!(value.form_bytes().write_to(&mut [0; 11]).is_none());
        assert_eq!(value.raw(), br#"C:\dir\\x\"y\z"#);
    }
}
