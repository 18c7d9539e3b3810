//! Classes of bytes.

// DIGIT = %x30-39
pub(crate) fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

// HEXDIG = DIGIT / "A" / "B" / "C" / "D" / "E" / "F"
/// Strings in ABNF are case-insensitive: `a` to `f` as well.
pub(crate) fn is_hexdig(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

// ALPHA = %x41-5A / %x61-7A
pub(crate) fn is_alpha(byte: u8) -> bool {
    byte.is_ascii_alphabetic()
}

// VCHAR = %x21-7E
pub(crate) fn is_vchar(byte: u8) -> bool {
    matches!(byte, 0x21..=0x7e)
}

// SP / HTAB
pub(crate) fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

// obs-text = %x80-FF
pub(crate) fn is_obs_text(byte: u8) -> bool {
    byte >= 0x80
}

// tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." /
//  "^" / "_" / "`" / "|" / "~" / DIGIT / ALPHA
pub(crate) fn is_tchar(byte: u8) -> bool {
    is_digit(byte) || is_alpha(byte) || b"!#$%&'*+-.^_`|~".contains(&byte)
}

// field-vchar = VCHAR / obs-text
// field-content = field-vchar [ 1*( SP / HTAB / field-vchar ) field-vchar ]
/// A byte of a field line behind its colon, the blanks around the value among them.
pub(crate) fn is_field_text(byte: u8) -> bool {
    is_blank(byte) || is_vchar(byte) || is_obs_text(byte)
}

// reason-phrase = 1*( HTAB / SP / VCHAR / obs-text )
pub(crate) fn is_reason(byte: u8) -> bool {
    byte == b'\t' || byte == b' ' || is_vchar(byte) || is_obs_text(byte)
}

// qdtext = HTAB / SP / %x21 / %x23-5B / %x5D-7E / obs-text
pub(crate) fn is_qdtext(byte: u8) -> bool {
    matches!(byte, b'\t' | b' ' | 0x21 | 0x23..=0x5b | 0x5d..=0x7e) || is_obs_text(byte)
}

// quoted-pair = "\" ( HTAB / SP / VCHAR / obs-text )
/// What may stand behind the backslash.
pub(crate) fn is_quotable(byte: u8) -> bool {
    is_blank(byte) || is_vchar(byte) || is_obs_text(byte)
}

/// A byte of a request target: a departure, since RFC 3986 has fewer (browsers send the others
/// raw); `#` would begin a fragment, which no target has (RFC 9110 §7.1).
pub(crate) fn is_target(byte: u8) -> bool {
    is_vchar(byte) && byte != b'#'
}

// unreserved = ALPHA / DIGIT / "-" / "." / "_" / "~" ; RFC 3986 §2.3
pub(crate) fn is_unreserved(byte: u8) -> bool {
    is_alpha(byte) || is_digit(byte) || b"-._~".contains(&byte)
}

// sub-delims = "!" / "$" / "&" / "'" / "(" / ")" / "*" / "+" / "," / ";" / "=" ; RFC 3986 §2.2
/// A departure: no comma, which is what two Hosts look like once merged.
pub(crate) fn is_sub_delim(byte: u8) -> bool {
    b"!$&'()*+;=".contains(&byte)
}

/// The value without SP and HTAB at its ends (RFC 9110 §5.5).
pub(crate) fn trimmed(value: &[u8]) -> &[u8] {
    let Some(first) = value.iter().position(|&byte| !is_blank(byte)) else { return &[] };
    let last = value.iter().rposition(|&byte| !is_blank(byte)).unwrap_or(first);
    &value[first..=last]
}

// token = 1*tchar
/// Whether the whole is a token.
pub(crate) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|&byte| is_tchar(byte))
}
