//! Field lines to be sent, sound and unsound, and the rules that tell them apart.
//!
//! Decides, apart from the core, which field lines a sender must refuse (RFC 9110 §5, §6.5.1;
//! RFC 9112 §6).

use crate::choices::Choices;
use blazeio::{Field, Fields};

/// A field line, name and value.
pub(crate) type Line = (Vec<u8>, Vec<u8>);

/// What only the framing and the connection may say.
const RESERVED: &[&str] = &[
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
];

const SOUND: &[(&[u8], &[u8])] = &[
    (b"X", b"y"),
    (b"x-empty", b""),
    (b"Set-Cookie", b"a=b; c"),
    (b"Bytes", b"\x80\xff"),
    (b"Tab", b"a\tb"),
    (b"!#$%&'*+-.^_`|~09", b":"),
    (b"X", b"chunked, close"),
];

const HEAD_ONLY: &[(&[u8], &[u8])] = &[
    (b"Date", b"Sun, 06 Nov 1994 08:49:37 GMT"),
    (b"TE", b"trailers"),
    (b"Content-Type", b"text/plain"),
];

const UNSOUND: &[(&[u8], &[u8])] = &[
    (b"Content-Length", b"3"),
    (b"transfer-encoding", b"chunked"),
    (b"HOST", b"b"),
    (b"Connection", b"close"),
    (b"Upgrade", b"x"),
    (b"X y", b"z"),
    (b"", b""),
    (b"X:", b"z"),
    (b"X", b" y"),
    (b"X", b"y\t"),
    (b"X", b"y\r\nContent-Length: 1"),
    (b"X", b"0123456789\n"),
    (b"X", b"\0"),
    (b"X", b"\x7f"),
];

fn field<'a>(choices: &mut Choices<'a>, trailers: bool) -> Field<'a> {
    let (name, value) = match choices.below(16) {
        0..=9 => choices.one(SOUND),
        10 | 11 if !trailers || choices.rarely(4) => choices.one(HEAD_ONLY),
        12 => choices.one(UNSOUND),
        13 => (choices.bytes(6), choices.bytes(6)),
        _ => (&b"Raw"[..], choices.bytes(12)),
    };
    Field::from_bytes(name, value)
}

/// None to three, rarely more.
pub(crate) fn any_fields<'a>(choices: &mut Choices<'a>, trailers: bool) -> Vec<Field<'a>> {
    let count = match choices.below(16) {
        15 => choices.below(32),
        n => n / 4,
    };
    (0..count).map(|_| field(choices, trailers)).collect()
}

/// RFC 9110 §5.6.2
pub(crate) fn is_token(text: &[u8]) -> bool {
    let is_tchar = |b: &u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(b);
    !text.is_empty() && text.iter().all(is_tchar)
}

/// RFC 9110 §5.5: visible, SP, HTAB, obs-text.
pub(crate) fn is_text(text: &[u8]) -> bool {
    text.iter().all(|&b| b == b'\t' || (b >= b' ' && b != 0x7f))
}

fn is_value(value: &[u8]) -> bool {
    let is_blank = |b: Option<&u8>| matches!(b, Some(b' ' | b'\t'));
    is_text(value) && !is_blank(value.first()) && !is_blank(value.last())
}

fn is_reserved(name: &[u8]) -> bool {
    RESERVED.iter().any(|r| name.eq_ignore_ascii_case(r.as_bytes()))
}

/// Whether every one of these may be sent in a head.
pub(crate) fn are_sound(fields: &[Field<'_>]) -> bool {
    fields.iter().all(|f| is_token(f.name) && is_value(f.value) && !is_reserved(f.name))
}

/// Names that must not stand in a trailer section and that [`any_fields`] may make of bytes, which
/// are six at most, or of its sound ones.
const NO_TRAILERS: [&str; 6] = ["age", "cookie", "pragma", "range", "set-cookie", "vary"];

/// Whether every one of these may be sent in a trailer section.
pub(crate) fn are_sound_trailers(fields: &[Field<'_>]) -> bool {
    let is_allowed = |f: &Field<'_>| {
        !HEAD_ONLY.iter().any(|(name, _)| f.name.eq_ignore_ascii_case(name))
            && !NO_TRAILERS.iter().any(|name| f.is(name))
    };
    are_sound(fields) && fields.iter().all(is_allowed)
}

/// All lines, as owned.
pub(crate) fn lines<'a>(fields: impl Iterator<Item = Field<'a>>) -> Vec<Line> {
    fields.map(|f| (f.name.to_vec(), f.value.to_vec())).collect()
}

/// The lines of a received head that its sender's caller gave: those that the core wrote are
/// told by the rest of the head.
pub(crate) fn given_lines(fields: Fields<'_>) -> Vec<Line> {
    lines(fields.filter(|f| !is_reserved(f.name)))
}
