//! Ranges of a content: what is selected are bytes that exist, once each, as they were asked for.

use blazeio::web::range::{ContentRange, Selection};

/// A size in eight bytes, of which the first chooses how large it may be; then Range, and
/// Content-Range.
pub fn run(data: &[u8]) {
    let Some((&size, value)) = data.split_first_chunk::<8>() else { return };
    let shift = u32::from(size[0]) % 65;
    let size = u64::from_le_bytes(size).checked_shr(shift).unwrap_or(0);
    let selection = Selection::of(value, size);
    assert_eq!(selection, naive(value, size), "{} of {size}", value.escape_ascii());
    if let Selection::Parts(parts) = &selection {
        let sum: u128 = parts.iter().map(|part| u128::from(part.len())).sum();
        assert!(!parts.is_empty() && sum <= u128::from(size));
        for part in parts {
            assert!(part.first <= part.last && part.last < size);
            let text = part.content_range(size).to_string();
            assert_eq!(ContentRange::parse(text.as_bytes()), Ok(part.content_range(size)));
        }
    }
    if let Ok(range) = ContentRange::parse(value) {
        let text = range.to_string();
        assert_eq!(ContentRange::parse(text.as_bytes()), Ok(range));
        assert!(text.len() <= value.len(), "only leading zeros are lost");
    }
}

/// RFC 9110 §14.1.2 in numbers without end; a byte asked for twice makes the whole count.
fn naive(value: &[u8], size: u64) -> Selection {
    let is_bytes = value.len() >= 6 && value[..6].eq_ignore_ascii_case(b"bytes=");
    let set = value.get(6..).filter(|_| is_bytes).and_then(|set| std::str::from_utf8(set).ok());
    let Some(set) = set else { return Selection::Whole };
    let specs: Vec<&str> =
        set.split(',').map(|s| s.trim_matches([' ', '\t'])).filter(|s| !s.is_empty()).collect();
    let parsed: Option<Vec<_>> = specs.iter().map(|spec| spec_of(spec)).collect();
    let Some(parsed) = parsed.filter(|specs| (1..=8).contains(&specs.len())) else {
        return Selection::Whole;
    };
    let size = u128::from(size);
    let mut parts = Vec::new();
    for spec in &parsed {
        let (first, last) = match *spec {
            (None, Some(suffix)) => (size.saturating_sub(suffix), size),
            (Some(first), last) => (first, last.map_or(size, |last| last + 1).min(size)),
            (None, None) => unreachable!("a spec has a number"),
        };
        if first < last {
            parts.push((first, last));
        }
    }
    let overlap = parts
        .iter()
        .enumerate()
        .any(|(index, a)| parts[..index].iter().any(|b| a.0.max(b.0) < a.1.min(b.1)));
    let has_suffix = parsed.iter().any(|spec| matches!(spec, (None, Some(1..))));
    if overlap || (size == 0 && has_suffix) {
        return Selection::Whole;
    }
    if parts.is_empty() {
        return Selection::Unsatisfiable;
    }
    let part = |&(first, last): &(u128, u128)| blazeio::web::range::ByteRange {
        first: u64::try_from(first).expect("inside"),
        last: u64::try_from(last - 1).expect("inside"),
    };
    Selection::Parts(parts.iter().map(part).collect())
}

/// `first-last`, `first-`, `-suffix`; numbers of any length.
fn spec_of(spec: &str) -> Option<(Option<u128>, Option<u128>)> {
    let (first, last) = spec.split_once('-')?;
    let number = |text: &str| {
        let is_number = text.bytes().all(|b| b.is_ascii_digit());
        // Beyond every content is all that counts.
        let value = || text.trim_start_matches('0').parse().unwrap_or(u128::from(u64::MAX));
        let value =
            || if text.bytes().all(|b| b == b'0') { 0 } else { value().min(u128::from(u64::MAX)) };
        is_number.then(|| (!text.is_empty()).then(value))
    };
    let spec = (number(first)?, number(last)?);
    match spec {
        (None, None) => None,
        (Some(first), Some(last)) if last < first => None,
        _ => Some(spec),
    }
}
