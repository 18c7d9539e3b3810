//! The boundary disagreements that are known, and the sentence of an RFC that decides each for the
//! core.
//!
//! One that is not in the list fails the run, and so does an entry that no longer occurs in the
//! version that it was seen in. Each entry stands in the manual (`src/manual/peers.md`).

use crate::case::Case;
use crate::reading::{Reading, Stop};

pub(crate) struct Entry {
    /// As the manual's page names it.
    pub(crate) name: &'static str,
    pub(crate) peer: &'static str,
    /// How the version begins that this was seen in.
    pub(crate) version: &'static str,
    /// What decides.
    pub(crate) rule: &'static str,
    /// Whether every run shows it; else it depends on when bytes arrive.
    pub(crate) is_certain: bool,
    /// Whether a disagreement is this one.
    pub(crate) is: fn(&Case, &Reading) -> bool,
}

const WHITESPACE: &str =
    "RFC 9112 §5.1: the field line value does not include that leading or trailing whitespace";

pub(crate) const LIST: &[Entry] = &[
    Entry {
        name: "HTAB behind `chunked` in a response",
        peer: "llhttp",
        version: "9.3",
        rule: WHITESPACE,
        is_certain: true,
        is: |case, theirs| {
            head_of_until_close(case, theirs).is_some_and(|head| is_chunked_and_tab(&head))
        },
    },
    Entry {
        name: "HTAB behind `chunked` in a request that offers an upgrade",
        peer: "llhttp",
        version: "9.3",
        rule: WHITESPACE,
        is_certain: true,
        is: |case, theirs| {
            head_of_switched(case, theirs).is_some_and(|head| is_chunked_and_tab(&head))
        },
    },
    Entry {
        name: "HTAB around the Content-Length of a response",
        peer: "nginx",
        version: "1.22",
        rule: WHITESPACE,
        is_certain: true,
        is: |case, theirs| has_length_until_close(case, theirs, |value| value.contains('\t')),
    },
    Entry {
        name: "a list of equal values in the Content-Length of a response",
        peer: "nginx",
        version: "1.22",
        rule: "RFC 9112 §6.3: the message is processed with that single value used as the \
               Content-Length field value",
        is_certain: true,
        is: |case, theirs| has_length_until_close(case, theirs, |value| value.contains(',')),
    },
    Entry {
        name: "a Content-Length of 2^63 or more in a response",
        peer: "nginx",
        version: "1.22",
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
        version: "1.22",
        rule: "RFC 9110 §15.2: a client MUST be able to parse one or more 1xx responses received \
               prior to a final response",
        is_certain: true,
        is: |case, theirs| {
            let last = theirs.messages.last();
            // It passes on all that follows, to the close or to the length that the 1xx gives.
            !case.is_request() && last.is_some_and(|m| m.start.starts_with('1'))
        },
    },
    Entry {
        name: "chunked content that is cut off, behind an interim response",
        peer: "haproxy",
        version: "2.6",
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

/// Interim responses, then a final one in chunks of which the core still waits for some.
fn is_cut_off_behind_an_interim(case: &Case, theirs: &Reading) -> bool {
    let ours = crate::ours::read(case);
    let is_interim = |m: &crate::reading::Message| m.start.starts_with('1');
    let is_cut = ours.stop == Stop::Waiting && !ours.messages.is_empty();
    let text = String::from_utf8_lossy(&case.bytes).to_ascii_lowercase();
    let is_chunked = values(&text, "transfer-encoding").iter().any(|v| v.trim() == "chunked");
    is_cut && ours.messages.iter().all(is_interim) && is_chunked && theirs.messages.len() == 1
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

    #[test]
    fn an_entry_covers_its_own_disagreement_and_no_other() {
        assert_eq!(names("Transfer-Encoding:\tchunked\t"), [LIST[0].name]);
        assert_eq!(names("Content-Length:\t5"), [LIST[2].name]);
        assert_eq!(names("Content-Length: 5, 5"), [LIST[3].name]);
        assert_eq!(names("Content-Length: 9223372036854775808"), [LIST[4].name]);
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
