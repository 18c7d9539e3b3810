//! Names of files in a path (PATH), and percent-encoding: a list of rules, each on its own, against
//! what the product takes for a name.

use crate::urlencoded::percent_decoded;
use blazeio::web::percent::{Decode, Encode, Set};
use blazeio::web::segment::file_name;

/// The first byte chooses how much room there is; behind it are a segment, and a name.
pub fn run(data: &[u8]) {
    let Some((&room, segment)) = data.split_first() else { return };
    let expected = percent_decoded(segment);
    assert!(Decode::new(segment).eq(expected.iter().copied()), "{}", segment.escape_ascii());
    named(segment, &expected, usize::from(room));
    // Encoded as one segment a name is the same one, decoded once.
    let encoded: Vec<u8> = Encode::new(segment, Set::SEGMENT).collect();
    named(&encoded, segment, usize::from(room));
    SETS.iter().for_each(|(set, kept)| written(segment, *set, kept));
}

/// The segment stands for these bytes, and is a name if they are one, if it has room.
fn named(segment: &[u8], bytes: &[u8], room: usize) {
    let expected = std::str::from_utf8(bytes).ok().filter(|name| is_name(name));
    let mut out = vec![0; segment.len()];
    assert_eq!(file_name(segment, &mut out), expected, "{}", segment.escape_ascii());
    let mut out = vec![0; room];
    let fitting = expected.filter(|name| name.len() <= room);
    assert_eq!(file_name(segment, &mut out), fitting, "{}", segment.escape_ascii());
}

/// Whether no disk has anything else under this name.
fn is_name(name: &str) -> bool {
    is_harmless(name) && (!is_hidden(name) || name == ".well-known")
}

/// As [`is_name`], of names that may be hidden.
pub(crate) fn is_harmless(name: &str) -> bool {
    let is_path = name.contains(['/', '\\', ':', '\0']);
    let is_control =
        name.chars().any(|c| ('\0'..' ').contains(&c) || ('\x7f'..'\u{a0}').contains(&c));
    let is_cut = name.ends_with('.') || name.ends_with(' ');
    !(name.is_empty() || is_path || is_control || is_cut || is_device(name) || is_short(name))
}

/// Whether a dot is its first character, but for those that HFS+ ignores.
pub(crate) fn is_hidden(name: &str) -> bool {
    const IGNORED: &str = "\u{200c}\u{200d}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\
        \u{206a}\u{206b}\u{206c}\u{206d}\u{206e}\u{206f}\u{feff}";
    name.chars().find(|&c| !IGNORED.contains(c)) == Some('.')
}

/// The devices that Windows has in every folder, with any extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().expect("one");
    let stem = stem.trim_end_matches(' ').to_ascii_uppercase();
    let ports = ["COM", "LPT"].into_iter();
    let mut ports =
        ports.flat_map(|port| "0123456789¹²³".chars().map(move |n| format!("{port}{n}")));
    let others = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"];
    others.contains(&&*stem) || ports.any(|port| port == stem)
}

/// `STEM~1.EXT`: up to eight characters and up to three.
fn is_short(name: &str) -> bool {
    let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
    let Some((front, number)) = stem.rsplit_once('~') else { return false };
    let is_number = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
    let fits = stem.chars().count() <= 8 && extension.chars().count() <= 3;
    !front.is_empty() && is_number && fits
}

/// What each set keeps beside letters and digits: RFC 3986 §2.3, §3.3, §3.4; WHATWG URL §5.2;
/// RFC 8187 §3.2.1.
const SETS: [(Set, &[u8]); 6] = [
    (Set::UNRESERVED, b"-._~"),
    (Set::SEGMENT, b"-._~!$&'()*+,;=:@"),
    (Set::PATH, b"-._~!$&'()*+,;=:@/"),
    (Set::QUERY, b"-._~!$'()*,:@/?"),
    (Set::FORM, b"*-._"),
    (Set::ATTRIBUTE, b"!#$&+-.^_`|~"),
];

/// RFC 3986 §2.1, with capitals; and it reads back.
fn written(bytes: &[u8], set: Set, kept: &[u8]) {
    let one = |&byte: &u8| match byte.is_ascii_alphanumeric() || kept.contains(&byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    let expected: String = bytes.iter().map(one).collect();
    let encoded = Encode::new(bytes, set);
    assert_eq!(encoded.to_string(), expected);
    assert!(encoded.eq(expected.bytes()));
    assert_eq!(percent_decoded(expected.as_bytes()), bytes);
}
