//! What a client likes best, against a naive reader of RFC 9110 §12.5.

use crate::parameters::{Pairs, is_tchar, naive};
use blazeio::web::negotiate::{coding, language, media_type};
use std::cmp::Reverse;

/// The first byte chooses the field; the first line is what is offered, with `|` between, the
/// others are the values of field lines.
pub fn run(data: &[u8]) {
    let Some((&first, text)) = data.split_first() else { return };
    let (offers, values) = match text.iter().position(|&b| b == b'\n') {
        Some(at) => (&text[..at], text[at + 1..].split(|&b| b == b'\n').collect()),
        None => (text, Vec::new()),
    };
    let Ok(offers) = std::str::from_utf8(offers) else { return };
    let offers: Vec<&str> = offers.split('|').take(8).collect();
    let accept = values.iter().copied();
    let (ours, weight): (_, &dyn Fn(&str) -> u32) = match first % 3 {
        0 => (coding(accept, &offers), &|offer| coding_weight(&values, offer)),
        1 => (media_type(accept, &offers), &|offer| media_weight(&values, offer)),
        _ => (language(accept, &offers), &|offer| language_weight(&values, offer)),
    };
    // The greatest, and of equals the first.
    let weights = offers.iter().enumerate().map(|(at, offer)| (weight(offer), Reverse(at)));
    let best = weights.max().filter(|best| best.0 > 0).map(|(_, Reverse(at))| offers[at]);
    assert_eq!(ours, best, "{}", data.escape_ascii());
}

/// A quality of 1, in millionths; what is acceptable and not named has less than any.
const BEST: u32 = 1_000_000;

/// Elements, and how much each is wanted.
struct Wish {
    name: Vec<u8>,
    /// Those before the weight.
    parameters: Pairs,
    weight: u32,
}

/// RFC 9110 §5.6.1: commas outside of quotes separate.
fn elements(values: &[&[u8]]) -> Vec<Vec<u8>> {
    values.iter().flat_map(|value| crate::forwarded::list(value)).collect()
}

/// RFC 9110 §5.6.1, where no element may hold a quoted string.
fn plain_elements(values: &[&[u8]]) -> Vec<Vec<u8>> {
    values.iter().flat_map(|value| crate::relay::list(value)).collect()
}

/// A name, and parameters, of which `q` is one at most; what has another form counts for nothing.
fn wish(element: &[u8], is_name: impl Fn(&u8) -> bool) -> Option<Wish> {
    let len = element.iter().take_while(|b| is_name(b)).count();
    let (name, rest) = element.split_at(len);
    let pairs = naive(rest).filter(|_| len > 0)?;
    let is_q = |pair: &&(Vec<u8>, Vec<u8>)| pair.0.eq_ignore_ascii_case(b"q");
    let mut all = pairs.iter().filter(is_q);
    let weight = match (all.next(), all.next()) {
        (None, _) => BEST,
        (Some((_, value)), None) => qvalue(std::str::from_utf8(value).ok()?)?,
        _ => return None,
    };
    let parameters = pairs.iter().take_while(|pair| !is_q(pair)).cloned().collect();
    Some(Wish { name: name.to_ascii_lowercase(), parameters, weight })
}

/// RFC 9110 §12.4.2: `( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )`.
fn qvalue(text: &str) -> Option<u32> {
    let (whole, digits) = text.split_once('.').unwrap_or((text, ""));
    let is_value = matches!(whole, "0" | "1")
        && digits.len() <= 3
        && digits.bytes().all(|b| b.is_ascii_digit())
        && (whole == "0" || digits.bytes().all(|b| b == b'0'));
    is_value.then(|| format!("{whole}{digits:0<6}").parse().expect("seven digits"))
}

/// RFC 9110 §12.5.3. Two names for one coding: §8.4.1.1, §8.4.1.3.
fn coding_weight(values: &[&[u8]], offer: &str) -> u32 {
    let same = |name: &[u8]| match &*name.to_ascii_lowercase() {
        b"x-gzip" => b"gzip".to_vec(),
        b"x-compress" => b"compress".to_vec(),
        name => name.to_vec(),
    };
    let offer = same(offer.as_bytes());
    let elements = plain_elements(values);
    let is_silent = elements.is_empty();
    let wishes: Vec<Wish> = elements.iter().filter_map(|e| wish(e, is_tchar)).collect();
    let most =
        |name: &[u8]| wishes.iter().filter(|w| same(&w.name) == name).map(|w| w.weight).max();
    let is_any = offer == b"*";
    match most(&offer).filter(|_| !is_any).or(most(b"*")) {
        Some(weight) => weight,
        None if offer != b"identity" => 0,
        None if is_silent => BEST,
        None => 1,
    }
}

/// RFC 9110 §12.5.1: the most specific range that fits decides. Parameters of `*/*` and `type/*`
/// do not make them narrower.
fn media_weight(values: &[&[u8]], offer: &str) -> u32 {
    let is_name = |b: &u8| is_tchar(b) || *b == b'/';
    let two = |name: &[u8]| {
        let text = String::from_utf8(name.to_vec()).expect("tokens");
        let (kind, sub) = text.split_once('/')?;
        let is_pair = !kind.is_empty() && !sub.is_empty() && !sub.contains('/');
        is_pair.then(|| (kind.to_owned(), sub.to_owned()))
    };
    let len = offer.bytes().take_while(is_name).count();
    let lower = offer[..len].to_ascii_lowercase();
    let Some((kind, sub)) = two(lower.as_bytes()) else { return 0 };
    let Some(own) = naive(&offer.as_bytes()[len..]) else { return 0 };
    let fits = |wish: &Wish| -> Option<usize> {
        let (wanted, below) = two(&wish.name)?;
        let has = |(name, value): &(Vec<u8>, Vec<u8>)| {
            own.iter().any(|o| o.0.eq_ignore_ascii_case(name) && o.1.eq_ignore_ascii_case(value))
        };
        match (&*wanted, &*below) {
            ("*", "*") => Some(0),
            (wanted, "*") if wanted == kind => Some(1),
            (wanted, below) if wanted == kind && below == sub => {
                wish.parameters.iter().all(has).then_some(2 + wish.parameters.len())
            }
            _ => None,
        }
    };
    let elements = elements(values);
    if elements.is_empty() {
        return BEST;
    }
    let wishes = elements.iter().filter_map(|e| wish(e, is_name));
    let all = wishes.filter_map(|w| fits(&w).map(|level| (level, w.weight)));
    all.max().map_or(0, |(_, weight)| weight)
}

/// RFC 9110 §12.5.4, RFC 4647: the closest range decides. A longer range leads to a shorter tag
/// by lookup (§3.4), the least longer first, if it is wanted at all.
fn language_weight(values: &[&[u8]], offer: &str) -> u32 {
    let tag = offer.to_ascii_lowercase().into_bytes();
    let begins = |a: &[u8], b: &[u8]| a.len() > b.len() && a.starts_with(b) && a[b.len()] == b'-';
    let near = |wish: &Wish| -> Option<(u32, isize)> {
        let (range, len) = (&wish.name[..], isize::try_from(wish.name.len()).expect("short"));
        match () {
            () if range == tag => Some((4, 0)),
            () if begins(&tag, range) => Some((3, len)),
            () if begins(range, &tag) && wish.weight > 0 => Some((2, -len)),
            () if range == b"*" => Some((1, 0)),
            () => None,
        }
    };
    let elements = plain_elements(values);
    if elements.is_empty() {
        return BEST;
    }
    let wishes = elements.iter().filter_map(|e| wish(e, is_tchar));
    let all = wishes.filter_map(|w| near(&w).map(|near| (near, w.weight)));
    all.max().map_or(0, |(_, weight)| weight)
}
