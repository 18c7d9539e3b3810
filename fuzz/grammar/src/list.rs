//! Comma-separated lists.

use crate::character::trimmed;

// #element => [ element ] *( OWS "," OWS [ element ] )
/// Every element, the empty ones too. A quoted string with a comma in it is taken apart: no list
/// that is read here has one by its grammar, but Expect, where each part is refused as the whole is,
/// and what is no list of tokens in a response's Connection, which is passed over.
pub(crate) fn all_elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&byte| byte == b',').map(trimmed)
}

/// RFC 9110 §5.6.1.2: a recipient ignores empty elements.
pub(crate) fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    all_elements(value).filter(|element| !element.is_empty())
}
