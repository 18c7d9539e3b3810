//! Why a connection is not used for another exchange (RFC 9112 §9).
//!
//! Decides nothing; gives each cause its name. The first cause found is kept.

/// Why no other exchange follows on a connection.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum CloseReason {
    /// The peer ended its input between two messages (RFC 9112 §9.5).
    PeerClosed,
    /// The peer said `Connection: close` (RFC 9112 §9.6).
    PeerClose,
    /// This side said, or was told to say, `Connection: close` (RFC 9112 §9.6).
    LocalClose,
    /// The peer speaks HTTP/1.0 and did not say keep-alive (RFC 9112 §9.3).
    Http10,
    /// [`Limits::requests`](crate::Limits::requests) is reached.
    RequestLimit,
    /// A response was complete while too much of the request's content was unread.
    UnreadContent,
    /// The end of the connection is the end of the content (RFC 9112 §6.3 (8)).
    UntilClose,
    /// A response had both Content-Length and Transfer-Encoding (RFC 9112 §6.1).
    LengthAndCoding,
    /// A server sent bytes that answer no request (RFC 9112 §6.3, §9.2).
    Surplus,
    /// A final response was sent instead of the 100 that the client waited for, so whether
    /// its content follows is not known (RFC 9110 §10.1.1).
    NotContinued,
    /// The peer broke the protocol: see the [`PeerError`](crate::PeerError).
    Failed,
    /// Nothing came within [`Timeouts::idle`](crate::Timeouts::idle), or not a byte of the
    /// first head within [`Timeouts::head`](crate::Timeouts::head).
    Timeout,
    /// The peer did not read fast enough: see [`Timeouts::write`](crate::Timeouts::write).
    WriteTimeout,
    /// [`abort`](super::Connection::abort) or [`cut_off`](super::Connection::cut_off) was called.
    Aborted,
}

impl core::fmt::Display for CloseReason {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::PeerClosed => "the peer closed the connection",
            Self::PeerClose => "the peer said close",
            Self::LocalClose => "this side said close",
            Self::Http10 => "the peer speaks HTTP/1.0 without keep-alive",
            Self::RequestLimit => "the limit of requests is reached",
            Self::UnreadContent => "too much content was left unread",
            Self::UntilClose => "the content ends with the connection",
            Self::LengthAndCoding => "the response had both a length and a transfer coding",
            Self::Surplus => "bytes came that answer no request",
            Self::NotContinued => "the awaited 100 was not sent",
            Self::Failed => "the peer broke the protocol",
            Self::Timeout => "nothing came in time",
            Self::WriteTimeout => "the peer read too slowly",
            Self::Aborted => "this side gave up",
        })
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::CloseReason::*;
    use std::collections::BTreeSet;
    use std::string::ToString;

    #[test]
    fn every_reason_has_words_of_its_own() {
        let all = [
            PeerClosed,
            PeerClose,
            LocalClose,
            Http10,
            RequestLimit,
            UnreadContent,
            UntilClose,
            LengthAndCoding,
            Surplus,
            NotContinued,
            Failed,
            Timeout,
            WriteTimeout,
            Aborted,
        ];
        let words: BTreeSet<_> = all.iter().map(ToString::to_string).collect();
        assert_eq!(words.len(), all.len());
        assert!(words.iter().all(|w| w.len() > 10 && !w.contains('\n')), "{words:?}");
    }
}
