//! Comma-separated lists.

use crate::character::trimmed;

// #element => [ element ] *( OWS "," OWS [ element ] )
/// Every element, the empty ones too. Quotes are not looked at: where lists are read, an element
/// with a quote in it is refused or passed over, and so is each half of it.
pub(crate) fn all_elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&byte| byte == b',').map(trimmed)
}

/// RFC 9110 §5.6.1.2: a recipient ignores empty elements.
pub(crate) fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    all_elements(value).filter(|element| !element.is_empty())
}
