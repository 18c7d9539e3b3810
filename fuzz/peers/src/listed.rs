//! The boundary disagreements that are known, and the sentence of an RFC that decides each for the
//! core.
//!
//! One that is not in the list fails the run, and so does an entry that no longer occurs in a
//! version that it was seen in. A version that no entry names may show any of its peer's. Each
//! entry stands in the manual (`src/manual/peers.md`).

use crate::case::Case;
use crate::reading::{Message, Reading, Stop};

pub(crate) struct Entry {
    /// As the manual's page names it.
    pub(crate) name: &'static str,
    pub(crate) peer: &'static str,
    /// How the versions begin that this was seen in.
    pub(crate) versions: &'static [&'static str],
    /// What decides.
    pub(crate) rule: &'static str,
    /// Whether every run shows it; else it depends on when bytes arrive.
    pub(crate) is_certain: bool,
    /// Whether a disagreement is this one.
    pub(crate) is: fn(&Case, &Reading) -> bool,
}

impl Entry {
    pub(crate) fn is_seen_in(&self, peer: &str, version: &str) -> bool {
        self.peer == peer && self.versions.iter().any(|v| version.starts_with(v))
    }

    /// Whether a disagreement with a peer of this version is this one.
    pub(crate) fn covers(&self, peer: &str, version: &str, case: &Case, theirs: &Reading) -> bool {
        let is_unknown = || !LIST.iter().any(|e| e.is_seen_in(peer, version));
        self.peer == peer
            && (self.is_seen_in(peer, version) || is_unknown())
            && (self.is)(case, theirs)
    }
}

const WHITESPACE: &str =
    "RFC 9112 §5.1: the field line value does not include that leading or trailing whitespace";

pub(crate) const LIST: &[Entry] = &[
    Entry {
        name: "HTAB behind `chunked` in a response",
        peer: "llhttp",
        versions: &["6.1", "9.3"],
        rule: WHITESPACE,
        is_certain: true,
        is: |case, theirs| {
            head_of_until_close(case, theirs).is_some_and(|head| is_chunked_and_tab(&head))
        },
    },
    Entry {
        name: "HTAB behind `chunked` in a request that offers an upgrade",
        peer: "llhttp",
        versions: &["6.1", "9.3"],
        rule: WHITESPACE,
        is_certain: true,
        is: |case, theirs| {
            head_of_switched(case, theirs).is_some_and(|head| is_chunked_and_tab(&head))
        },
    },
    Entry {
        name: "a 204 with a Content-Length or in chunks",
        peer: "llhttp",
        versions: &["6.1"],
        rule: "RFC 9112 §6.3 (1): any response with a 1xx, 204 or 304 status code is always \
               terminated by the first empty line after the header fields",
        is_certain: true,
        is: |case, theirs| reads_204_as_200(case, theirs).unwrap_or(false),
    },
    Entry {
        name: "a Content-Length behind that of an interim response",
        peer: "llhttp",
        versions: &["6.1"],
        rule: "RFC 9112 §6.3 (1): any response with a 1xx status code is always terminated by the \
               first empty line after the header fields, regardless of the header fields present",
        is_certain: true,
        is: |case, theirs| joins_lengths(case, theirs).unwrap_or(false),
    },
    Entry {
        name: "HTAB around the Content-Length of a response",
        peer: "nginx",
        versions: &["1.22"],
        rule: WHITESPACE,
        is_certain: true,
        is: |case, theirs| has_length_until_close(case, theirs, |value| value.contains('\t')),
    },
    Entry {
        name: "a list of equal values in the Content-Length of a response",
        peer: "nginx",
        versions: &["1.22"],
        rule: "RFC 9112 §6.3: the message is processed with that single value used as the \
               Content-Length field value",
        is_certain: true,
        is: |case, theirs| has_length_until_close(case, theirs, |value| value.contains(',')),
    },
    Entry {
        name: "a Content-Length of 2^63 or more in a response",
        peer: "nginx",
        versions: &["1.22"],
        rule: "RFC 9110 §8.6: prevent parsing errors due to integer conversion overflows",
        is_certain: true,
        is: |case, theirs| {
            has_length_until_close(case, theirs, |value| {
                value.trim().parse().is_ok_and(|length: u64| length >= 1 << 63)
            })
        },
    },
    Entry {
        name: "an interim response",
        peer: "nginx",
        versions: &["1.22"],
        rule: "RFC 9110 §15.2: a client MUST be able to parse one or more 1xx responses received \
               prior to a final response",
        is_certain: true,
        is: |case, theirs| takes_interim_for_final(case, theirs).unwrap_or(false),
    },
    Entry {
        name: "chunked content that is cut off, behind an interim response",
        peer: "haproxy",
        versions: &["2.6"],
        rule: "RFC 9112 §8: incomplete if the zero-sized chunk that terminates the encoding has \
               not been received",
        is_certain: false,
        is: is_cut_off_behind_an_interim,
    },
];

/// If the peer ended its last request, an offer to upgrade, with its head: that head, in lower case.
fn head_of_switched(case: &Case, theirs: &Reading) -> Option<String> {
    let last = theirs.messages.last()?;
    if !case.is_request() || theirs.stop != Stop::Switched || !last.content.is_empty() {
        return None;
    }
    let head = case.bytes[..last.end?].strip_suffix(b"\r\n\r\n")?;
    last_head(head).filter(|head| !values(head, "upgrade").is_empty())
}

fn is_chunked_and_tab(head: &str) -> bool {
    let is =
        |value: &&str| value.trim() == "chunked" && value.trim_end_matches(' ').ends_with('\t');
    values(head, "transfer-encoding").iter().any(is)
}

fn has_length_until_close(case: &Case, theirs: &Reading, is: fn(&str) -> bool) -> bool {
    head_of_until_close(case, theirs)
        .is_some_and(|head| values(&head, "content-length").into_iter().any(is))
}

/// Whether all that the peer has is the first head, a 1xx, with what follows it for content: to the
/// close, or as much as that head's length says; to HEAD none.
fn takes_interim_for_final(case: &Case, theirs: &Reading) -> Option<bool> {
    let [message] = &theirs.messages[..] else { return None };
    let (head, behind) = head_from(&case.bytes, 0)?;
    let rest = &case.bytes[behind..];
    let length = values(&head, "content-length").first().and_then(|v| v.trim().parse().ok());
    let is_head = case.sent.first()?.method == "HEAD";
    let length = if is_head { 0 } else { length.unwrap_or(rest.len()) };
    let content = rest.get(..length)?;
    let status = head.get("http/1.1 ".len()..)?.get(..3)?;
    Some(status.starts_with('1') && message.start == status && message.content == content)
}

/// Interim responses, then a final one in chunks of which the core still waits for some.
fn is_cut_off_behind_an_interim(case: &Case, theirs: &Reading) -> bool {
    let ours = crate::ours::read(case);
    let is_interim = |m: &Message| m.start.starts_with('1');
    let is_cut = ours.stop == Stop::Waiting && !ours.messages.is_empty();
    let text = String::from_utf8_lossy(&case.bytes).to_ascii_lowercase();
    let is_chunked = values(&text, "transfer-encoding").iter().any(|v| v.trim() == "chunked");
    is_cut && ours.messages.iter().all(is_interim) && is_chunked && theirs.messages.len() == 1
}

/// Whether the first message that differs is a 204 that the peer ends, or waits for, where the core
/// would if it were a 200. With neither length nor coding it is not: that is until the close.
fn reads_204_as_200(case: &Case, theirs: &Reading) -> Option<bool> {
    let ours = crate::ours::read(case).messages;
    let at = agreed(&ours, theirs);
    let from = end_before(&ours, at)?;
    let (head, _) = head_from(&case.bytes, from)?;
    let is_framed =
        ["content-length", "transfer-encoding"].iter().any(|n| !values(&head, n).is_empty());
    if case.is_request() || ours.get(at)?.start != "204" || !is_framed {
        return None;
    }
    let mut as_200 = case.clone();
    let status = from + b"HTTP/1.1 ".len();
    as_200.bytes[status..status + 3].copy_from_slice(b"200");
    let ours = crate::ours::read(&as_200);
    Some(match (ours.messages.get(at), theirs.messages.get(at)) {
        (Some(a), Some(b)) => b.start == "204" && (&a.content, a.end) == (&b.content, b.end),
        (None, None) => ours.stop == Stop::Waiting && theirs.stop == Stop::Waiting,
        _ => false,
    })
}

/// Whether the first message that differs has, for the peer, as much content as the digits of the
/// lengths of the interim responses before it and of its own say together, or lacks some of it.
fn joins_lengths(case: &Case, theirs: &Reading) -> Option<bool> {
    let ours = crate::ours::read(case).messages;
    let at = agreed(&ours, theirs);
    let start = &ours.get(at)?.start;
    let interim = ours[..at].iter().rev().take_while(|m| m.start.starts_with('1')).count();
    let (mut digits, mut before, mut behind) = (String::new(), 0, 0);
    for number in at - interim..=at {
        let (head, end) = head_from(&case.bytes, end_before(&ours, number)?)?;
        (before, behind) = (digits.len(), end);
        digits.extend(values(&head, "content-length").first().map(|value| value.trim()));
    }
    if case.is_request() || before == 0 || before == digits.len() {
        return None;
    }
    let end = behind.saturating_add(digits.parse().ok()?);
    Some(match (case.bytes.get(behind..end), theirs.messages.get(at)) {
        (Some(content), Some(m)) => m.start == *start && m.content == content && m.end == Some(end),
        (None, None) => theirs.stop == Stop::Waiting,
        _ => false,
    })
}

/// How many messages are the same.
fn agreed(ours: &[Message], theirs: &Reading) -> usize {
    ours.iter().zip(&theirs.messages).take_while(|(a, b)| a == b).count()
}

fn end_before(ours: &[Message], at: usize) -> Option<usize> {
    at.checked_sub(1).map_or(Some(0), |before| ours[before].end)
}

/// The head that begins at `from`, in lower case, and where it ends.
fn head_from(bytes: &[u8], from: usize) -> Option<(String, usize)> {
    let length = bytes[from..].windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[from..from + length]).to_ascii_lowercase();
    Some((head, from + length + 4))
}

/// If the peer took all that follows the head of its last response for content: that head, in
/// lower case.
fn head_of_until_close(case: &Case, theirs: &Reading) -> Option<String> {
    let last = theirs.messages.last()?;
    if case.is_request() || theirs.stop != Stop::Closed {
        return None;
    }
    let head = case.bytes.strip_suffix(&last.content[..])?.strip_suffix(b"\r\n\r\n")?;
    last_head(head)
}

/// What follows the last empty line, in lower case.
fn last_head(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    text.rsplit("\r\n\r\n").next().map(Into::into)
}

/// What stands behind the colon in each field line `name`, whitespace and all.
fn values<'h>(head: &'h str, name: &str) -> Vec<&'h str> {
    head.split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .filter(|(n, _)| *n == name)
        .map(|(_, value)| value)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Sent;
    use crate::reading::Message;

    /// What a peer that reads until the close makes of one response with this field line.
    fn until_close(line: &str) -> (Case, Reading) {
        let bytes = format!("HTTP/1.1 200 OK\r\n{line}\r\n\r\n5\r\nhello").into_bytes();
        let case = Case::responses("1".into(), "".into(), vec![Sent::new("GET")], bytes);
        let at = case.bytes.windows(4).position(|w| w == b"\r\n\r\n").expect("a head") + 4;
        let content = case.bytes[at..].to_vec();
        let message = Message { start: "200".into(), content, ..Message::default() };
        (case, Reading { messages: vec![message], stop: Stop::Closed })
    }

    fn names(line: &str) -> Vec<&'static str> {
        let (case, theirs) = until_close(line);
        LIST.iter().filter(|e| (e.is)(&case, &theirs)).map(|e| e.name).collect()
    }

    /// What a peer makes of these responses that finds the core's messages up to `at`, and then one of
    /// `length` bytes, or waits for them if there are fewer.
    fn prolonged(heads: &[&str], at: usize, length: usize) -> (Case, Reading) {
        let bytes = heads.iter().map(|h| format!("HTTP/1.1 {h}\r\n\r\n")).collect::<String>();
        let behind = heads[..=at].iter().map(|h| h.len() + 13).sum::<usize>();
        let sent = vec![Sent::new("GET"); 2];
        let case = Case::responses("1".into(), "".into(), sent, bytes.into_bytes());
        let mut messages = crate::ours::read(&case).messages;
        messages.truncate(at);
        if let Some(content) = case.bytes.get(behind..behind + length) {
            let (start, content) = (heads[at][..3].into(), content.to_vec());
            let end = Some(behind + length);
            messages.push(Message { start, content, end, ..Message::default() });
        }
        (case, Reading { messages, stop: Stop::Waiting })
    }

    fn names_prolonged(heads: &[&str], at: usize, length: usize) -> Vec<&'static str> {
        let (case, theirs) = prolonged(heads, at, length);
        let of_llhttp = LIST.iter().filter(|e| e.peer == "llhttp");
        of_llhttp.filter(|e| (e.is)(&case, &theirs)).map(|e| e.name).collect()
    }

    #[test]
    fn an_interim_taken_for_final_has_all_that_follows_for_content_and_nothing_else() {
        let bytes = b"HTTP/1.1 103 A\r\n\r\nHTTP/1.1 200 B\r\n\r\nhello".to_vec();
        let is = |method: &str, start: &str, content: &[u8]| {
            let case =
                Case::responses("1".into(), "".into(), vec![Sent::new(method)], bytes.clone());
            let (start, content) = (start.into(), content.to_vec());
            let message = Message { start, content, ..Message::default() };
            let theirs = Reading { messages: vec![message], stop: Stop::Closed };
            takes_interim_for_final(&case, &theirs) == Some(true)
        };
        let whole = Case::responses("1".into(), "".into(), vec![Sent::new("GET")], bytes.clone());
        let behind = &whole.bytes[b"HTTP/1.1 103 A\r\n\r\n".len()..];
        assert!(is("GET", "103", behind) && is("HEAD", "103", b""));
        assert!(!is("GET", "103", b"") && !is("GET", "103", &behind[1..]));
        assert!(!is("GET", "200", behind) && !is("HEAD", "103", behind));
    }

    #[test]
    fn a_204_covers_the_content_that_its_own_length_gives_and_no_other() {
        let heads = ["204 A\r\nContent-Length: 5"];
        assert_eq!(names_prolonged(&heads, 0, 5), [LIST[2].name]);
        assert!(names_prolonged(&heads, 0, 6).is_empty());
        assert!(names_prolonged(&heads, 0, 5000).is_empty(), "as many are there");
        assert_eq!(names_prolonged(&["204 A\r\nContent-Length: 5000"], 0, 5000), [LIST[2].name]);
        assert_eq!(names_prolonged(&["100 A", heads[0]], 1, 5), [LIST[2].name]);
        let chunks = "204 A\r\nTransfer-Encoding: chunked";
        assert!(names_prolonged(&[chunks], 0, 5).is_empty(), "no chunks are there");
        assert!(names_prolonged(&["204 A"], 0, 5).is_empty());
        assert!(names_prolonged(&["304 A\r\nContent-Length: 5"], 0, 5).is_empty());
    }

    #[test]
    fn the_length_of_an_interim_response_covers_its_digits_before_the_next_ones_and_no_other() {
        let interim = "100 A\r\nContent-Length: 1";
        let heads = [interim, "200 B\r\nContent-Length: 0"];
        assert_eq!(names_prolonged(&heads, 1, 10), [LIST[3].name]);
        assert!(names_prolonged(&heads, 1, 1).is_empty());
        let due = [interim, "200 B\r\nContent-Length: 00"];
        assert_eq!(names_prolonged(&due, 1, 100), [LIST[3].name]);
        assert!(names_prolonged(&["100 A", heads[1]], 1, 10).is_empty());
        assert!(names_prolonged(&[interim, "200 B"], 1, 1).is_empty());
        // It is gone with the final response.
        let later = [interim, "204 B", "200 B\r\nContent-Length: 0"];
        assert!(names_prolonged(&later, 2, 10).is_empty());
    }

    #[test]
    fn an_entry_does_not_cover_a_version_that_others_name() {
        let (case, theirs) = prolonged(&["204 A\r\nContent-Length: 5"], 0, 5);
        let is_covered =
            |peer, version| LIST.iter().any(|e| e.covers(peer, version, &case, &theirs));
        assert!(is_covered("llhttp", "6.1.1 in Node 18.20.8"));
        assert!(!is_covered("llhttp", "9.3.1 in Node 20.20.2"));
        assert!(is_covered("llhttp", "8.1.1"), "of which nothing is known");
        assert!(!is_covered("h11", "8.1.1"));
    }

    #[test]
    fn an_entry_covers_its_own_disagreement_and_no_other() {
        assert_eq!(names("Transfer-Encoding:\tchunked\t"), [LIST[0].name]);
        assert_eq!(names("Content-Length:\t5"), [LIST[4].name]);
        assert_eq!(names("Content-Length: 5, 5"), [LIST[5].name]);
        assert_eq!(names("Content-Length: 9223372036854775808"), [LIST[6].name]);
        for other in ["Transfer-Encoding: chunked", "Content-Length: 5", "Content-Length: 05 "] {
            assert!(names(other).is_empty(), "{other}");
        }
    }

    #[test]
    fn an_entry_does_not_cover_content_that_ends_before_the_close() {
        let (case, mut theirs) = until_close("Content-Length: 5, 5");
        theirs.messages[0].content.pop();
        assert!(!LIST.iter().any(|e| (e.is)(&case, &theirs)));
    }

    #[test]
    fn every_entry_stands_in_the_manual_and_names_its_rule() {
        let manual = include_str!("../../../src/manual/peers.md");
        for entry in LIST {
            assert!(manual.contains(entry.name), "not in the manual: {}", entry.name);
            assert!(entry.rule.starts_with("RFC "), "{}", entry.name);
        }
    }
}
