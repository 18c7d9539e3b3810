//! Media types and dispositions, against a naive reader of RFC 9110 §5.6.

use blazeio::web::disposition::Disposition;
use blazeio::web::media_type::MediaType;
use blazeio::web::parameter::Parameters;

/// The bytes are parameters; then a media type; then a disposition.
pub fn run(data: &[u8]) {
    let ours: Result<Vec<_>, _> = Parameters::new(data)
        .map(|p| p.map(|p| (p.name.to_vec(), p.value.bytes().collect::<Vec<u8>>())))
        .collect();
    if let Err(refusal) = &ours {
        assert!(refusal.at <= data.len());
    }
    assert_eq!(ours.as_ref().ok(), naive(data).as_ref(), "{}", data.escape_ascii());
    if let Ok(media_type) = MediaType::parse(data) {
        let rest = data.strip_prefix(media_type.essence()).expect("it comes first");
        assert_eq!(media_type.essence(), [media_type.kind(), b"/", media_type.subtype()].concat());
        assert!(
            naive(rest).is_some() && is_token(media_type.kind()) && is_token(media_type.subtype())
        );
    }
    if let Ok(disposition) = Disposition::parse(data) {
        named(disposition, data);
    }
}

fn named(disposition: Disposition<'_>, data: &[u8]) {
    let count = |name: &str| {
        let is = |p: &blazeio::web::parameter::Parameter<'_>| {
            p.name.eq_ignore_ascii_case(name.as_bytes())
        };
        disposition.parameters().flatten().filter(is).count()
    };
    match disposition.name() {
        Ok(name) => assert_eq!(count("name"), usize::from(name.is_some())),
        Err(_) => assert!(count("name") > 1),
    }
    let Ok(Some(filename)) = disposition.filename() else { return };
    let mut out = vec![0; 2 * data.len()];
    let bytes: Vec<u8> = filename.clone().collect();
    assert_eq!(filename.write_to(&mut out).expect("room"), &bytes[..]);
    if let Some(base) = filename.base(&mut out) {
        let odd = ['/', '\\', ':', '\0', '\n', '"'];
        assert!(!base.is_empty() && !base.contains(odd) && base != "." && base != "..");
        assert!(String::from_utf8(bytes).expect("text").ends_with(base));
    }
}

pub(crate) fn is_tchar(b: &u8) -> bool {
    b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(b)
}

fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(is_tchar)
}

pub(crate) type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

/// What becomes of a backslash in a quoted string.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Backslash {
    /// It stands for the byte behind it.
    Escapes,
    /// Only if that is a quote or a backslash.
    EscapesMarks,
    /// It stays.
    Stays,
    /// It stays, and so do the quotes.
    StaysQuoted,
}

/// RFC 9110 §5.6.6: `*( OWS ";" OWS [ parameter ] )`, and OWS.
pub(crate) fn naive(text: &[u8]) -> Option<Pairs> {
    naive_with(text, Backslash::Escapes)
}

/// The same, where quoted strings are read in another way.
pub(crate) fn naive_with(text: &[u8], backslash: Backslash) -> Option<Pairs> {
    let mut pairs = Pairs::new();
    let mut rest = ows(text);
    while !rest.is_empty() {
        rest = ows(rest.strip_prefix(b";")?);
        if rest.is_empty() || rest.starts_with(b";") {
            continue;
        }
        let len = rest.iter().take_while(|b| is_tchar(b)).count();
        let name = &rest[..len];
        rest = rest[len..].strip_prefix(b"=")?;
        let value = if rest.starts_with(b"\"") {
            let (value, tail) = quoted(&rest[1..], backslash)?;
            rest = tail;
            if backslash == Backslash::StaysQuoted {
                [b"\"", &*value, b"\""].concat()
            } else {
                value
            }
        } else {
            let len = rest.iter().take_while(|b| is_tchar(b)).count();
            let value = rest[..len].to_vec();
            rest = &rest[len..];
            (!value.is_empty()).then_some(value)?
        };
        (!name.is_empty()).then(|| pairs.push((name.to_vec(), value)))?;
        rest = ows(rest);
    }
    Some(pairs)
}

fn ows(text: &[u8]) -> &[u8] {
    &text[text.iter().take_while(|b| matches!(b, b' ' | b'\t')).count()..]
}

/// RFC 9110 §5.6.4, behind the first quote.
fn quoted(text: &[u8], backslash: Backslash) -> Option<(Vec<u8>, &[u8])> {
    let mut value = Vec::new();
    let mut at = 0;
    loop {
        match *text.get(at)? {
            b'"' => return Some((value, &text[at + 1..])),
            b'\\' => {
                at += 1;
                let byte = *text.get(at)?;
                let is_mark = matches!(byte, b'"' | b'\\');
                if match backslash {
                    Backslash::Escapes => false,
                    Backslash::EscapesMarks => !is_mark,
                    Backslash::Stays | Backslash::StaysQuoted => true,
                } {
                    value.push(b'\\');
                }
                (byte == b'\t' || (byte >= b' ' && byte != 0x7f)).then(|| value.push(byte))?;
            }
            byte if byte == b'\t' || (byte >= b' ' && byte != 0x7f) => value.push(byte),
            _ => return None,
        }
        at += 1;
    }
}
