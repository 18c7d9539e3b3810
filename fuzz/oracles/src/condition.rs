//! Dates, entity tags and what conditions come to, against readers of another make.

use blazeio::web::condition::EntityTag;
use blazeio::{Date, web::condition};
use std::time::{Duration, UNIX_EPOCH};

/// The bytes are a date, and an entity tag.
pub fn run(data: &[u8]) {
    date(data);
    tag(data);
}

/// What is read is written as the same second, and httpdate agrees where it accepts.
fn date(data: &[u8]) {
    let ours = Date::parse(data);
    if let Some(date) = ours {
        assert_eq!(Date::from_unix(date.unix()), Some(date));
        assert_eq!(Date::parse(date.as_bytes()), Some(date));
    }
    let Ok(text) = std::str::from_utf8(data) else {
        assert_eq!(ours, None);
        return;
    };
    if let (Some(ours), Ok(theirs)) = (ours, httpdate::parse_http_date(text)) {
        let ours = UNIX_EPOCH + Duration::from_secs(ours.unix());
        assert_eq!(ours, theirs, "{text:?}");
    }
}

/// RFC 9110 §8.8.3: `[ "W/" ] DQUOTE *etagc DQUOTE`.
fn tag(data: &[u8]) {
    let (is_weak, quoted) = match data {
        [b'W', b'/', rest @ ..] => (true, rest),
        _ => (false, data),
    };
    let opaque = match quoted {
        [b'"', opaque @ .., b'"'] => Some(opaque),
        _ => None,
    };
    let is_etagc = |b: &u8| *b == 0x21 || (0x23..=0x7e).contains(b) || *b >= 0x80;
    let expected = opaque.filter(|opaque| opaque.iter().all(is_etagc));
    let ours = EntityTag::parse(data).ok();
    assert_eq!(ours.map(|tag| tag.opaque()), expected, "{}", data.escape_ascii());
    let Some(ours) = ours else { return };
    assert_eq!(ours.is_weak(), is_weak);
    assert!(ours.is_equivalent_to(&ours));
    assert_eq!(ours.is_identical_to(&ours), !is_weak);
    let shown = ours.to_string();
    assert_eq!(shown.as_bytes() == data, data.is_ascii(), "{shown}");
    assert!(shown.bytes().all(|b| b.is_ascii_graphic()), "{shown}");
    let _ = condition::Validators { entity_tag: Some(ours), last_modified: None };
}
