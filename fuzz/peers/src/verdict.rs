//! What it means that two readings differ.
//!
//! Only a boundary that one places elsewhere is a disagreement. Who refuses what the other accepts,
//! or closes where the other goes on, is out of step with nobody.

use crate::reading::{Message, Reading, Stop};

#[derive(Clone, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// The same messages.
    Agrees,
    /// A message ends elsewhere, or has other content: in words.
    Boundary(String),
    /// The peer refuses a message that the core accepts, for this reason.
    PeerRefuses(String),
    /// The core refuses a message that the peer accepts, by this rule.
    CoreRefuses(String),
    /// The peer closes where the core reads on.
    PeerCloses,
    /// The core closes where the peer reads on.
    CoreCloses,
    /// One of them takes what follows for another protocol.
    Switches,
}

/// How many messages both accept.
pub(crate) fn common(ours: &Reading, theirs: &Reading) -> usize {
    ours.messages.len().min(theirs.messages.len())
}

pub(crate) fn compare(ours: &Reading, theirs: &Reading) -> Verdict {
    let pairs = ours.messages.iter().zip(&theirs.messages);
    if let Some(difference) = pairs.into_iter().find_map(|(a, b)| difference(a, b)) {
        return Verdict::Boundary(difference);
    }
    match ours.messages.len().cmp(&theirs.messages.len()) {
        std::cmp::Ordering::Equal => Verdict::Agrees,
        std::cmp::Ordering::Greater => match &theirs.stop {
            Stop::Refused(reason) => Verdict::PeerRefuses(reason.clone()),
            Stop::Closed => Verdict::PeerCloses,
            Stop::Switched => Verdict::Switches,
            Stop::Waiting => Verdict::Boundary("the peer waits where a message is complete".into()),
        },
        std::cmp::Ordering::Less => match &ours.stop {
            Stop::Refused(rule) => Verdict::CoreRefuses(rule.clone()),
            Stop::Closed => Verdict::CoreCloses,
            Stop::Switched => Verdict::Switches,
            Stop::Waiting => Verdict::Boundary("the peer has a message where more is due".into()),
        },
    }
}

fn difference(ours: &Message, theirs: &Message) -> Option<String> {
    if ours.start != theirs.start {
        return Some("another message follows".into());
    }
    if ours.content != theirs.content {
        return Some("other content".into());
    }
    match (ours.end, theirs.end) {
        (Some(a), Some(b)) if a != b => Some("another end, the same content".into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(start: &str, content: &str, end: Option<usize>) -> Message {
        let content = content.into();
        Message { start: start.into(), content, end, ..Message::default() }
    }

    fn reading(messages: &[(&str, &str, usize)], stop: Stop) -> Reading {
        let messages = messages.iter().map(|&(s, c, end)| message(s, c, Some(end))).collect();
        Reading { messages, stop }
    }

    fn is_boundary(theirs: &Reading) -> bool {
        let ours = reading(&[("POST", "hello", 60), ("GET", "", 90)], Stop::Waiting);
        matches!(compare(&ours, theirs), Verdict::Boundary(_))
    }

    #[test]
    fn spill_other_content_or_another_end_is_a_boundary_elsewhere() {
        assert!(is_boundary(&reading(&[("POST", "hell", 60), ("GET", "", 90)], Stop::Waiting)));
        assert!(is_boundary(&reading(&[("POST", "hello", 59), ("GET", "", 90)], Stop::Waiting)));
    }

    #[test]
    fn spill_another_message_behind_the_first_is_a_boundary_elsewhere() {
        assert!(is_boundary(&reading(&[("POST", "hello", 60), ("XGET", "", 90)], Stop::Waiting)));
    }

    #[test]
    fn clte_a_peer_that_waits_or_goes_on_is_a_boundary_elsewhere() {
        assert!(is_boundary(&reading(&[("POST", "hello", 60)], Stop::Waiting)));
        let three = [("POST", "hello", 60), ("GET", "", 90), ("GET", "", 120)];
        assert!(is_boundary(&reading(&three, Stop::Waiting)));
    }

    #[test]
    fn refusing_is_no_boundary() {
        let refused = Stop::Refused("400".into());
        let theirs = reading(&[("POST", "hello", 60)], refused.clone());
        let ours = reading(&[("POST", "hello", 60), ("GET", "", 90)], Stop::Waiting);
        assert_eq!(compare(&ours, &theirs), Verdict::PeerRefuses("400".into()));
        let ours = Reading { stop: refused, ..theirs.clone() };
        let theirs = reading(&[("POST", "hello", 60), ("GET", "", 90)], Stop::Waiting);
        assert_eq!(compare(&ours, &theirs), Verdict::CoreRefuses("400".into()));
    }

    #[test]
    fn the_same_messages_agree_though_the_peer_tells_no_ends() {
        let ours = reading(&[("POST", "hello", 60)], Stop::Waiting);
        let theirs = Reading { messages: vec![message("POST", "hello", None)], stop: Stop::Closed };
        assert_eq!(compare(&ours, &theirs), Verdict::Agrees);
        assert_eq!(common(&ours, &theirs), 1);
    }
}
