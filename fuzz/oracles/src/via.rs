//! Where a loop is told, by a naive reader of Via.

use blazeio::web::relay::Via;
use blazeio::{Fields, Version};

pub(crate) const VIA: Via<'static> = Via::new(Version::Http11, "edge:80", None);

/// A loop is where a second word is the name: RFC 9110 §7.6.3.
pub(crate) fn via(fields: Fields<'_>) {
    let is_own = |entry: &[u8]| {
        let entry = String::from_utf8_lossy(entry).replace('\t', " ").to_ascii_lowercase();
        entry.split(' ').filter(|word| !word.is_empty()).nth(1) == Some("edge:80")
    };
    let mut lines = fields.filter(|f| f.is("via"));
    let expected = lines.any(|f| entries(f.value).into_iter().any(is_own));
    assert_eq!(VIA.is_in(fields), expected);
}

/// Commas outside comments separate, and all that are before an entry of which a comment has no
/// beginning ends, so that nobody hides what stands there.
fn entries(value: &[u8]) -> Vec<&[u8]> {
    let (mut open, mut pairs, mut odd) = (Vec::new(), Vec::new(), None);
    let mut at = 0;
    while at < value.len() {
        match value[at] {
            b'\\' if matches!(value.get(at + 1), Some(b'(' | b')' | b'\\')) => at += 1,
            b'(' => open.push(at),
            b')' => match open.pop() {
                Some(start) => pairs.push(start..at),
                None => odd = Some(at),
            },
            _ => {}
        }
        at += 1;
    }
    let commas: Vec<usize> = (0..value.len()).filter(|at| value[*at] == b',').collect();
    let is_outside = |at: &usize| !pairs.iter().any(|pair| pair.contains(at));
    let end_of_odd = odd.map_or(0, |odd| {
        let ends = commas.iter().copied().find(|at| *at > odd && is_outside(at));
        ends.unwrap_or(value.len())
    });
    let mut start = 0;
    let mut all = Vec::new();
    for at in commas.into_iter().filter(|at| *at < end_of_odd || is_outside(at)) {
        all.push(&value[start..at]);
        start = at + 1;
    }
    all.push(&value[start..]);
    all
}
