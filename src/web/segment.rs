//! One segment of a path, as the name of a file (PATH).
//!
//! Decides which segments may name something on a disk, any disk: a name that is harmless on one
//! system and a way out on another is refused everywhere. Percent-encoding is decoded once, and
//! what comes out is judged. Refuses empty segments, `.` and `..`, names that begin with a dot
//! (but `.well-known`, RFC 8615), that end with a dot or a blank, that hold a slash, a backslash,
//! a colon, a control character or no UTF-8, the devices of Windows, and the short names by which
//! it has any file a second time (`GIT~1`). Characters that a disk of macOS ignores do not hide a
//! dot.
//!
//! ```
//! use blazeio::web::segment::file_name;
//!
//! let mut out = [0; 32];
//! assert_eq!(file_name(b"caf%C3%A9.txt", &mut out), Some("café.txt"));
//! for refused in ["..", "%2e%2e", "a%2fb", "a%5Cb", "C:", ".git", "CON", "nul.txt", "a%00", ""] {
//!     assert_eq!(file_name(refused.as_bytes(), &mut out), None, "{refused}");
//! }
//! ```

use super::percent::Decode;

/// The name that the segment says, decoded into `out`; `None` if it is refused, or has no room.
/// It never needs more room than `segment` is long.
pub fn file_name<'o>(segment: &[u8], out: &'o mut [u8]) -> Option<&'o str> {
    let name = core::str::from_utf8(Decode::new(segment).write_to(out)?).ok()?;
    (is_harmless(name) && (!is_hidden(name) || name == ".well-known")).then_some(name)
}

/// Whether no disk takes it for a path, a device, or another file.
pub(super) fn is_harmless(name: &str) -> bool {
    let is_odd = |c: char| c.is_control() || matches!(c, '/' | '\\' | ':');
    !name.is_empty()
        && !name.ends_with(['.', ' '])
        && !name.contains(is_odd)
        && !is_device(name.as_bytes())
        && !is_short(name)
}

/// Whether it begins with a dot.
pub(super) fn is_hidden(name: &str) -> bool {
    name.trim_start_matches(is_ignored).starts_with('.')
}

/// Whether HFS+ ignores it when it compares names.
const fn is_ignored(c: char) -> bool {
    matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

/// Whether Windows may have made it, for a file with another name: up to eight characters that end
/// with `~` and digits, and an extension of up to three.
fn is_short(name: &str) -> bool {
    let mut parts = name.as_bytes().splitn(2, |&b| b == b'.');
    let (stem, extension) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let digits = stem.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let front = stem.get(..stem.len().saturating_sub(digits)).unwrap_or_default();
    let is_made = digits > 0 && front.len() > 1 && front.last() == Some(&b'~');
    // A character has one byte that does not go on with another.
    let fits = |text: &[u8], most| text.iter().filter(|&&b| b & 0xc0 != 0x80).nth(most).is_none();
    is_made && fits(stem, 8) && fits(extension, 3)
}

/// Whether Windows takes it for a device, whatever its extension.
fn is_device(name: &[u8]) -> bool {
    let stem = name.split(|&b| b == b'.').next().unwrap_or_default().trim_ascii_end();
    let is = |device: &str| stem.eq_ignore_ascii_case(device.as_bytes());
    if ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"].into_iter().any(is) {
        return true;
    }
    let Some((port, number)) = stem.split_at_checked(3) else { return false };
    let is_port = port.eq_ignore_ascii_case(b"com") || port.eq_ignore_ascii_case(b"lpt");
    // Digits, and superscripts, which Windows takes for them.
    is_port && matches!(number, [b'0'..=b'9'] | [0xc2, 0xb9 | 0xb2 | 0xb3])
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    #[test]
    fn path_only_harmless_names_are_names() {
        let mut out = [0; 64];
        for (segment, name) in [
            ("a", "a"),
            ("index.html", "index.html"),
            ("a%20b", "a b"),
            ("a~", "a~"),
            ("~1", "~1"),
            ("longer-than-8~1", "longer-than-8~1"),
            ("a~1.html", "a~1.html"),
            ("e\u{301}.txt", "e\u{301}.txt"),
            ("a+b", "a+b"),
            ("%2541", "%41"),
            ("%zz", "%zz"),
            ("..a%62", ""),
            ("...", ""),
            (".well-known", ".well-known"),
            ("%2Ewell-known", ".well-known"),
            (".well-known2", ""),
            ("a..b", "a..b"),
            ("a.", ""),
            ("a%20", ""),
            ("a%ff", ""),
            ("a%0a", ""),
            ("a%7f", ""),
            ("a%c2%80", ""),
            ("%e2%80%8d", "\u{200d}"),
            ("com0", ""),
            ("COM9.x", ""),
            ("com10", "com10"),
            ("lpt%c2%b9", ""),
            ("aux .txt", ""),
            ("auxiliary", "auxiliary"),
            ("file:stream", ""),
            ("GIT~1", ""),
            ("web~12.con", ""),
            ("HTACCE~1", ""),
            ("%e2%80%8c.git", ""),
            ("%ef%bb%bf%e2%80%8d.htaccess", ""),
            ("%e2%80%8c.well-known", ""),
        ] {
            let expected = (!name.is_empty()).then_some(name);
            assert_eq!(file_name(segment.as_bytes(), &mut out), expected, "{segment}");
        }
        assert_eq!(file_name(b"abc", &mut [0; 2]), None);
    }
}
