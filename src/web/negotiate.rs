//! Proactive negotiation (RFC 9110 §12): Accept, Accept-Encoding, Accept-Language.
//!
//! Decides which of several a client likes best: the greatest quality, and of equals the one
//! that is offered first. Refuses nothing: an element that breaks the grammar is passed over, so
//! that one bad does not take the good with it.
//!
//! ```
//! use blazeio::web::negotiate::{coding, language, media_type};
//!
//! let accept = [&b"text/*;q=0.5, text/html"[..]];
//! assert_eq!(media_type(accept, &["text/plain", "text/html"]), Some("text/html"));
//! assert_eq!(coding([&b"gzip, br;q=0.9"[..]], &["br", "gzip", "identity"]), Some("gzip"));
//! assert_eq!(language([&b"de-CH, en;q=0.3"[..]], &["en", "de"]), Some("de"));
//! ```

use super::list::Elements;
use super::media_type::MediaType;
use super::parameter::{Parameters, Value};
use crate::syntax::field::elements;
use crate::syntax::token::is_tchar;

/// A quality in thousandths (RFC 9110 §12.4.2): 0 is "not acceptable".
type Quality = u16;

const BEST: Quality = 1000;

/// The content coding of `offered` that `accept`, the values of Accept-Encoding, likes best
/// (RFC 9110 §12.5.3); put `identity` among them if no coding may be sent. `None`: none is
/// acceptable. `x-gzip` is `gzip` and `x-compress` is `compress` (§8.4.1).
///
/// Where `identity` is not named it is acceptable and comes last; without any Accept-Encoding it
/// is the only one, since whoever says nothing may not decode anything.
#[must_use]
pub fn coding<'a, 'o>(
    accept: impl IntoIterator<Item = &'a [u8]> + Clone,
    offered: &[&'o str],
) -> Option<&'o str> {
    best(offered, |coding| coding_quality(accept.clone(), coding))
}

fn coding_quality<'a>(accept: impl IntoIterator<Item = &'a [u8]>, coding: &str) -> Quality {
    let is_identity = coding.eq_ignore_ascii_case("identity");
    let (mut named, mut any, mut is_silent) = (None, None, true);
    for element in accept.into_iter().flat_map(elements) {
        is_silent = false;
        let Some((name, quality)) = weighted(element) else { continue };
        if name == b"*" {
            any = any.max(Some(quality));
        } else if is_same_coding(name, coding.as_bytes()) {
            named = named.max(Some(quality));
        }
    }
    match (named.or(any), is_identity) {
        (Some(quality), _) => quality.saturating_mul(2),
        (None, true) if is_silent => BEST,
        // Acceptable, below whatever was named: half of the least.
        (None, true) => 1,
        (None, false) => 0,
    }
}

/// Two of them have two names (RFC 9110 §8.4.1).
fn is_same_coding(a: &[u8], b: &[u8]) -> bool {
    let is_old = |name: &[u8]| {
        name.eq_ignore_ascii_case(b"x-gzip") || name.eq_ignore_ascii_case(b"x-compress")
    };
    let plain = |name| if is_old(name) { name.get(2..).unwrap_or_default() } else { name };
    plain(a).eq_ignore_ascii_case(plain(b))
}

fn has_prefix(name: &[u8], prefix: &[u8]) -> bool {
    name.get(..prefix.len()).is_some_and(|front| front.eq_ignore_ascii_case(prefix))
}

/// The media type of `offered`, each `type/subtype`, that `accept`, the values of Accept, likes
/// best (RFC 9110 §12.5.1). Of the ranges that fit a type the most specific counts. Without any
/// Accept all are equal. `None`: none is acceptable.
#[must_use]
pub fn media_type<'a, 'o>(
    accept: impl IntoIterator<Item = &'a [u8]> + Clone,
    offered: &[&'o str],
) -> Option<&'o str> {
    best(offered, |offer| match MediaType::parse(offer.as_bytes()) {
        Ok(offer) => media_quality(accept.clone(), &offer),
        Err(_) => 0,
    })
}

fn media_quality<'a>(accept: impl IntoIterator<Item = &'a [u8]>, offer: &MediaType<'_>) -> Quality {
    let (mut found, mut is_silent) = ((0u16, 0), true);
    for range in accept.into_iter().flat_map(Elements) {
        is_silent = false;
        let Ok(range) = MediaType::parse(range) else { continue };
        let Some(quality) = quality(range.parameters()) else { continue };
        let specificity = specificity(&range, offer);
        if specificity > 0 && specificity >= found.0 {
            found = (specificity, quality.max(if specificity == found.0 { found.1 } else { 0 }));
        }
    }
    if is_silent { BEST } else { found.1 }
}

/// 0: does not fit. 1: `*/*`. 2: `type/*`. 3: the type. More: with as many parameters.
fn specificity(range: &MediaType<'_>, offer: &MediaType<'_>) -> u16 {
    let is_same = |a: &[u8], b: &[u8]| a.eq_ignore_ascii_case(b);
    match (range.kind(), range.subtype()) {
        (b"*", b"*") => 1,
        (kind, _) if !is_same(kind, offer.kind()) => 0,
        (_, b"*") => 2,
        (_, subtype) if !is_same(subtype, offer.subtype()) => 0,
        _ => parameters_fit(range, offer),
    }
}

fn parameters_fit(range: &MediaType<'_>, offer: &MediaType<'_>) -> u16 {
    let mut level: u16 = 3;
    for parameter in range.parameters().map_while(Result::ok) {
        if parameter.name.eq_ignore_ascii_case(b"q") {
            break;
        }
        let has = |own: super::parameter::Parameter<'_>| {
            own.name.eq_ignore_ascii_case(parameter.name) && says_same(own.value, parameter.value)
        };
        if !offer.parameters().map_while(Result::ok).any(has) {
            return 0;
        }
        level = level.saturating_add(1);
    }
    level
}

/// A token and a quoted string may say the same (RFC 9110 §5.6.6).
fn says_same(a: Value<'_>, b: Value<'_>) -> bool {
    a.bytes().map(|b| b.to_ascii_lowercase()).eq(b.bytes().map(|b| b.to_ascii_lowercase()))
}

/// The language tag of `offered` that `accept`, the values of Accept-Language, likes best
/// (RFC 9110 §12.5.4), by lookup (RFC 4647 §3.4): a range fits a tag that it is, begins
/// (`de` fits `de-CH`), or begins with (`de-CH` fits `de`, after all that is closer, unless it is
/// not wanted at all). Of the ranges that fit a tag the closest counts. Without any
/// Accept-Language all are equal. `None`: none is acceptable, and a default is better than 406.
#[must_use]
pub fn language<'a, 'o>(
    accept: impl IntoIterator<Item = &'a [u8]> + Clone,
    offered: &[&'o str],
) -> Option<&'o str> {
    best(offered, |tag| language_quality(accept.clone(), tag.as_bytes()))
}

fn language_quality<'a>(accept: impl IntoIterator<Item = &'a [u8]>, tag: &[u8]) -> Quality {
    let (mut found, mut is_silent) = ((0u8, 0, 0), true);
    for element in accept.into_iter().flat_map(elements) {
        is_silent = false;
        let Some((range, quality)) = weighted(element) else { continue };
        let (closeness, length) = match () {
            () if range.eq_ignore_ascii_case(tag) => (4, 0),
            () if is_subtag(tag, range) => (3, range.len()),
            // What is cut off has to be short.
            () if is_subtag(range, tag) && quality > 0 => (2, usize::MAX.abs_diff(range.len())),
            () if range == b"*" => (1, 0),
            () => continue,
        };
        found = found.max((closeness, length, quality));
    }
    if is_silent { BEST } else { found.2 }
}

/// Whether `tag` is `range`, a hyphen, and more.
fn is_subtag(tag: &[u8], range: &[u8]) -> bool {
    has_prefix(tag, range) && tag.get(range.len()) == Some(&b'-')
}

/// The first of the greatest quality, if that is not 0.
fn best<'o>(offered: &[&'o str], quality: impl Fn(&str) -> Quality) -> Option<&'o str> {
    let mut found = None;
    let mut most = 0;
    for offer in offered {
        let quality = quality(offer);
        if quality > most {
            (found, most) = (Some(*offer), quality);
        }
    }
    found
}

/// A token and its quality.
fn weighted(element: &[u8]) -> Option<(&[u8], Quality)> {
    let len = element.iter().position(|&b| !is_tchar(b)).unwrap_or(element.len());
    let (name, rest) = element.split_at_checked(len)?;
    if name.is_empty() {
        return None;
    }
    Some((name, quality(Parameters::new(rest))?))
}

/// The `q` among parameters; `None` if it comes twice, or it or another is malformed.
fn quality(parameters: Parameters<'_>) -> Option<Quality> {
    let Some(value) = parameters.once("q").ok()? else { return Some(BEST) };
    // No quality is longer.
    let mut text = [0; 5];
    qvalue(value.bytes().write_to(&mut text)?)
}

/// `0[.ddd]` or `1[.000]` (RFC 9110 §12.4.2).
fn qvalue(text: &[u8]) -> Option<Quality> {
    let (&whole, rest) = text.split_first()?;
    let digits = match rest {
        [] => &[][..],
        [b'.', digits @ ..] if digits.len() <= 3 => digits,
        _ => return None,
    };
    let mut thousandths: Quality = 0;
    for place in 0..3 {
        let digit = digits.get(place).map_or(Some(0), |d| char::from(*d).to_digit(10))?;
        thousandths = thousandths.wrapping_mul(10).wrapping_add(digit as Quality);
    }
    match (whole, thousandths) {
        (b'0', _) => Some(thousandths),
        (b'1', 0) => Some(BEST),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coding_by_quality_and_then_by_offer() {
        let offered = ["br", "gzip", "identity"];
        for (accept, expected) in [
            ("gzip, br", Some("br")),
            ("gzip;q=1.0, br;q=0.9", Some("gzip")),
            ("GZIP", Some("gzip")),
            ("x-gzip", Some("gzip")),
            ("zstd", Some("identity")),
            ("", Some("identity")),
            ("gzip;q=0.001", Some("gzip")),
            ("gzip;q=0", Some("identity")),
            ("*", Some("br")),
            ("*;q=0.5, br;q=0", Some("gzip")),
            ("identity, gzip;q=0.5", Some("identity")),
            ("identity;q=0", None),
            ("*;q=0", None),
            ("*;q=0, gzip", Some("gzip")),
            ("*;q=0, identity;q=0.1", Some("identity")),
            ("gzip;q=2", Some("identity")),
            ("gzip;q=0.1234", Some("identity")),
            ("gzip;q=, br", Some("br")),
            ("gzip ; Q=0.5 ; x=y, br;q=0.4", Some("gzip")),
            ("gzip;q=0.5;x, br;q=0.4", Some("br")),
            ("gzip;q=0.5;q=0.1, br;q=0.4", Some("br")),
            ("x-br", Some("identity")),
        ] {
            assert_eq!(coding([accept.as_bytes()], &offered), expected, "{accept}");
        }
        assert_eq!(coding([], &offered), Some("identity"));
        assert_eq!(coding([&b"br;q=0.1"[..], b"gzip"], &offered), Some("gzip"));
        assert_eq!(coding([&b"gzip"[..]], &["br"]), None);
        assert_eq!(coding([&b"br;q=0.001"[..]], &["identity", "br"]), Some("br"));
        assert_eq!(coding([&b"x-a, gzip;q=0.5"[..]], &["X-GZIP", "x-a"]), Some("x-a"));
        assert_eq!(coding([&b"gzip"[..]], &["X-GZIP", "x-a"]), Some("X-GZIP"));
    }

    #[test]
    fn media_type_by_the_most_specific_range() {
        let offered = ["application/json", "text/html", "text/html;level=1"];
        for (accept, expected) in [
            ("*/*", Some("application/json")),
            ("text/*", Some("text/html")),
            ("text/*;q=0.5, text/html;q=0.1, text/html;level=1", Some("text/html;level=1")),
            ("text/html;level=1, text/html;q=0.9", Some("text/html;level=1")),
            ("text/html;q=0.9, */*;q=0.8", Some("text/html")),
            ("application/json;q=0, */*", Some("text/html")),
            ("text/html;note=\"a, b;q=0\", application/json;q=0.5", Some("application/json")),
            ("image/png", None),
            ("text", None),
            ("*/html", None),
            ("*/*;q=0", None),
            ("nonsense, text/html", Some("text/html")),
        ] {
            assert_eq!(media_type([accept.as_bytes()], &offered), expected, "{accept}");
        }
        assert_eq!(media_type([], &offered), Some("application/json"));
        let narrow = ["text/html;level=1;a=b", "text/plain;a=b"];
        for (accept, expected) in [
            ("text/html;level=1, text/html;level=1;a=b;q=0.1, text/plain;q=0.5", narrow[1]),
            ("text/html;q=0.1, text/html;LEVEL=\"\\1\", text/plain;q=0.5", narrow[0]),
            ("text/html;q=\"0.4\", text/plain;q=0.5", narrow[1]),
        ] {
            assert_eq!(media_type([accept.as_bytes()], &narrow), Some(expected), "{accept}");
        }
        assert_eq!(media_type([&b"*/*"[..]], &["no type"]), None);
    }

    #[test]
    fn language_by_the_closest_range() {
        let offered = ["en", "de-CH", "pt-BR"];
        for (accept, expected) in [
            ("de", Some("de-CH")),
            ("DE-ch", Some("de-CH")),
            ("en-GB, de;q=0.9", Some("en")),
            ("en-GB;q=0.5, de;q=0.9", Some("de-CH")),
            ("fr, *;q=0.1", Some("en")),
            ("*, en;q=0", Some("de-CH")),
            ("fr", None),
            ("d", None),
        ] {
            assert_eq!(language([accept.as_bytes()], &offered), expected, "{accept}");
        }
        assert_eq!(language([], &offered), Some("en"));
        for (accept, expected) in [
            ("de-CH;q=0, *;q=0.1, fr;q=0", Some("de")),
            ("de-CH-1996;q=0.1, de-CH;q=0.9, fr;q=0.5", Some("de")),
            ("fr-CA;q=0.3, fr;q=0.1, de;q=0.2", Some("fr-CA-x-a")),
            ("fr;q=0.1, fr-CA;q=0.3, de;q=0.2", Some("fr-CA-x-a")),
            ("fr;q=0.3, fr-CA;q=0.1, de;q=0.2", Some("de")),
            ("fr-CA;q=0.1, de;q=0.2", Some("de")),
        ] {
            let found = language([accept.as_bytes()], &["fr-CA-x-a", "de"]);
            assert_eq!(found, expected, "{accept}");
        }
    }

    #[test]
    fn a_quality_is_zero_to_one_with_three_digits() {
        for (text, quality) in [
            ("0", 0),
            ("0.", 0),
            ("0.5", 500),
            ("0.05", 50),
            ("0.999", 999),
            ("1", 1000),
            ("1.000", 1000),
        ] {
            assert_eq!(qvalue(text.as_bytes()), Some(quality), "{text}");
        }
        for bad in ["", "1.1", "1.001", "2", "-1", "0.1234", ".5", "0,5", "0.a", "00"] {
            assert_eq!(qvalue(bad.as_bytes()), None, "{bad}");
        }
    }
}
