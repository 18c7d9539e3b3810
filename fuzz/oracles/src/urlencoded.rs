//! Queries and forms: read as WHATWG's parser reads them, and written so that they read back.

use blazeio::web::percent::{Decode, Encode, Set};
use blazeio::web::urlencoded::{Pairs, Urlencoded};

const SETS: [Set; 6] =
    [Set::UNRESERVED, Set::SEGMENT, Set::PATH, Set::QUERY, Set::FORM, Set::ATTRIBUTE];

/// The bytes are a text, whole; then names and values, one a line.
pub fn run(data: &[u8]) {
    let read: Vec<_> = Pairs::with_limit(data, u32::MAX)
        .map(|pair| pair.expect("no limit"))
        .map(|pair| (pair.name.collect::<Vec<_>>(), pair.value.collect::<Vec<_>>()))
        .collect();
    assert_eq!(read, naive(data), "{}", data.escape_ascii());
    // The url crate reads bytes that are no UTF-8 as U+FFFD.
    let theirs: Vec<_> = form_urlencoded::parse(data).into_owned().collect();
    let ours: Vec<_> = read.iter().map(|(name, value)| (lossy(name), lossy(value))).collect();
    assert_eq!(ours, theirs, "{}", data.escape_ascii());
    limited(data, read.len());
    written(data);
    for set in SETS {
        let encoded: Vec<u8> = Encode::new(data, set).collect();
        assert!(encoded.iter().all(|&byte| byte == b'%' || set.contains(byte)));
        assert!(Decode::new(&encoded).eq(data.iter().copied()));
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// WHATWG URL §5.1.
fn naive(text: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let pieces = text.split(|&b| b == b'&').filter(|piece| !piece.is_empty());
    let pair = |piece: &[u8]| match piece.iter().position(|&b| b == b'=') {
        Some(at) => (decoded(&piece[..at]), decoded(&piece[at + 1..])),
        None => (decoded(piece), Vec::new()),
    };
    pieces.map(pair).collect()
}

fn decoded(text: &[u8]) -> Vec<u8> {
    let text: Vec<u8> = text.iter().map(|&b| if b == b'+' { b' ' } else { b }).collect();
    percent_decoded(&text)
}

/// WHATWG URL §1.3, percent-decode.
pub(crate) fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let digits = text.get(at + 1..at + 3).and_then(|d| std::str::from_utf8(d).ok());
        let digits = digits.filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        match (text[at], digits) {
            (b'%', Some(digits)) => {
                out.push(u8::from_str_radix(digits, 16).expect("digits"));
                at += 2;
            }
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    out
}

/// URLF: as many pairs as the limit, then one error, then nothing.
fn limited(text: &[u8], count: usize) {
    let limit = count / 2;
    let mut pairs = Pairs::with_limit(text, u32::try_from(limit).expect("few"));
    assert_eq!(pairs.by_ref().take(limit).filter(Result::is_ok).count(), limit);
    assert_eq!(pairs.next().map(|pair| pair.is_err()), (count > limit).then_some(true));
    assert!(count == limit || pairs.next().is_none());
}

fn written(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let pairs: Vec<_> =
        text.lines().map(|line| line.split_once('=').unwrap_or((line, ""))).collect();
    let encoded = Urlencoded(&pairs).to_string();
    let theirs = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
    assert_eq!(encoded, theirs);
}
