//! The two errors, by whose fault: [`PeerError`] and [`UsageError`].
//!
//! *Need more bytes* is neither: it is [`Event::NeedInput`](crate::Event::NeedInput). The
//! peer hanging up in good order is neither: it is
//! [`Event::Closed`](crate::Event::Closed) with a [`CloseReason`](crate::CloseReason).
//!
//! After a `PeerError` the connection parses nothing more and can never be reused; a
//! server may still send one error response if no final head is out
//! ([`Connection::send_error`](crate::Connection::send_error)). A `UsageError` leaves the
//! connection exactly as it was.
//!
//! ```
//! use blazeio::{Connection, PeerErrorKind, Server, Limits};
//!
//! static LIMITS: Limits = Limits::DEFAULT;
//! let mut connection = Connection::<Server>::new(&LIMITS, 0);
//! let mut input = *b"GET / HTTP/1.1\r\nHost : a\r\n\r\n";
//! let error = connection.receive(&mut input, 0).unwrap_err();
//! assert_eq!(error.kind(), PeerErrorKind::SpaceBeforeColon);
//! assert_eq!((error.offset(), error.status()), (20, 400));
//! assert_eq!(
//!     error.to_string(),
//!     "whitespace between a field name and its colon at byte 20 (RFC 9112 §5.1)",
//! );
//! ```

use core::fmt;

/// What a peer broke, where, and what to answer. `Copy`, 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PeerError {
    pub(crate) kind: PeerErrorKind,
    pub(crate) offset: u64,
}

impl PeerError {
    pub(crate) const fn new(kind: PeerErrorKind, offset: u64) -> Self {
        Self { kind, offset }
    }

    /// Which rule was broken.
    #[must_use]
    pub const fn kind(&self) -> PeerErrorKind {
        self.kind
    }

    /// Where: the number of bytes received on this connection before the one that
    /// decided. For a field's value or the target it is the first byte of that element;
    /// for a time-out or an end of input, the bytes taken so far.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// The status code a server answers with (RFC 9110 §15). A client that acts as a
    /// gateway answers 502 or 504 instead.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.kind.status()
    }

    /// The section that decides, such as `RFC 9112 §6.3`.
    #[must_use]
    pub const fn section(&self) -> &'static str {
        self.kind.section()
    }
}

impl fmt::Display for PeerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {} ({})", self.kind.message(), self.offset, self.section())
    }
}

impl core::error::Error for PeerError {}

macro_rules! peer_errors {
    ($($(#[$meta:meta])* $name:ident $status:literal $section:literal $message:literal,)*) => {
        /// The rules a peer can break.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub enum PeerErrorKind {
            $(
                #[doc = concat!(stringify!($status), ", ", $section, ": ", $message, ".")]
                $(#[$meta])*
                $name,
            )*
        }

        impl PeerErrorKind {
            /// Every kind, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The status code a server answers with.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// The section that decides, such as `RFC 9112 §6.3`.
            #[must_use]
            pub const fn section(self) -> &'static str {
                match self { $(Self::$name => $section,)* }
            }

            /// What was wrong, in lower case and without a full stop.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }

            /// The kind's own name, as in the source.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }
        }
    };
}

peer_errors! {
    // Lines.
    BareLf 400 "RFC 9112 §2.2" "a line feed without a carriage return before it",
    BareCr 400 "RFC 9112 §2.2" "a carriage return without a line feed after it",
    ExtraEmptyLine 400 "RFC 9112 §2.2" "more empty lines before a request than are skipped",
    // Request line.
    InvalidMethod 400 "RFC 9110 §9.1" "a method that is not a token",
    InvalidTarget 400 "RFC 9112 §3.2" "a byte that no request target may hold",
    TargetForm 400 "RFC 9112 §3.2" "a request target in none of the forms its method allows",
    Userinfo 400 "RFC 9110 §4.2.4" "user information in the target's authority",
    InvalidAuthority 400 "RFC 9110 §4.2" "a target whose authority is not host and port",
    MissingVersion 400 "RFC 9112 §3" "a request line without an HTTP version",
    InvalidVersion 400 "RFC 9112 §2.3" "a malformed HTTP version",
    UnsupportedVersion 505 "RFC 9110 §15.6.6" "a major version other than 1",
    StartLineTooLong 414 "RFC 9110 §15.5.15" "a start-line over the limit",
    // Status line.
    InvalidStatus 400 "RFC 9112 §4" "a status code that is not three digits of 100 or more",
    InvalidReason 400 "RFC 9112 §4" "a control character in a reason phrase",
    // Field lines.
    WhitespaceBeforeField 400 "RFC 9112 §2.2" "whitespace before the first field line",
    FoldedLine 400 "RFC 9112 §5.2" "a folded field line",
    InvalidFieldName 400 "RFC 9110 §5.1" "a field name that is not a token",
    SpaceBeforeColon 400 "RFC 9112 §5.1" "whitespace between a field name and its colon",
    MissingColon 400 "RFC 9112 §5" "a field line without a colon",
    InvalidFieldValue 400 "RFC 9110 §5.5" "a control character in a field value",
    TooManyFields 431 "RFC 6585 §5" "more field lines than the limit",
    HeadTooLarge 431 "RFC 6585 §5" "a head over the limit",
    // Host.
    MissingHost 400 "RFC 9112 §3.2" "an HTTP/1.1 request without Host",
    DuplicateHost 400 "RFC 9112 §3.2" "more than one Host",
    InvalidHost 400 "RFC 9112 §3.2" "a Host that is not host and port",
    // Framing.
    InvalidContentLength 400 "RFC 9112 §6.3" "a Content-Length that is not one number below 2^64",
    RepeatedContentLength 400 "RFC 9112 §6.3" "more than one Content-Length in a request, or different ones in a response",
    LengthAndCoding 400 "RFC 9112 §6.1" "both Content-Length and Transfer-Encoding in a request",
    CodingInHttp10 400 "RFC 9112 §6.1" "Transfer-Encoding in an HTTP/1.0 message",
    InvalidTransferEncoding 400 "RFC 9112 §6.1" "a Transfer-Encoding that is not one lone chunked",
    UnknownTransferCoding 501 "RFC 9112 §6.1" "a transfer coding other than chunked",
    ConnectContent 400 "RFC 9110 §9.3.6" "a CONNECT request with content",
    // Connection, Expect, Upgrade.
    InvalidConnection 400 "RFC 9110 §7.6.1" "a Connection option that is not a token",
    EndToEndOption 400 "RFC 9110 §7.6.1" "a Connection option that names a field meant for every recipient",
    UnknownExpectation 417 "RFC 9110 §10.1.1" "an expectation other than 100-continue",
    UnaskedSwitch 400 "RFC 9110 §15.2.2" "101 without an upgrade to that protocol having been asked for",
    TooManyInterims 400 "RFC 9110 §15.2" "more interim responses than the limit",
    // Chunked.
    InvalidChunkSize 400 "RFC 9112 §7.1" "a chunk size that is not 1 to 16 hexadecimal digits",
    ChunkLineTooLong 400 "RFC 9112 §7.1.1" "a chunk line over the limit",
    InvalidChunkExtension 400 "RFC 9112 §7.1.1" "a malformed chunk extension",
    ChunkExtensionsTooLong 400 "RFC 9112 §7.1.1" "chunk extensions over the limit",
    InvalidChunkEnd 400 "RFC 9112 §7.1" "chunk data not followed by CRLF",
    ChunkOverhead 400 "RFC 9112 §7.1" "far more chunk framing than content",
    // Trailer section.
    ForbiddenTrailer 400 "RFC 9110 §6.5.1" "a field that is not allowed in a trailer section",
    TooManyTrailers 431 "RFC 6585 §5" "more trailer fields than the limit",
    TrailersTooLarge 431 "RFC 6585 §5" "a trailer section over the limit",
    // Content.
    ContentTooLarge 413 "RFC 9110 §15.5.14" "content over the limit",
    // The end of input.
    TruncatedHead 400 "RFC 9112 §8" "the end of input inside a head",
    TruncatedContent 400 "RFC 9112 §8" "the end of input inside the content",
    NoResponse 400 "RFC 9112 §9.5" "the end of input before a response",
    // Time.
    HeadTimeout 408 "RFC 9110 §15.5.9" "a head that did not arrive in time",
    ContentTimeout 408 "RFC 9110 §15.5.9" "content that arrived too slowly",
    ResponseTimeout 408 "RFC 9112 §9.5" "a response that did not begin in time",
}

impl fmt::Display for PeerErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

/// A call that cannot be carried out as asked. Nothing was written and the connection is
/// as it was.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum UsageError {
    /// The output slice has too little room: call again with at least `needed` bytes.
    OutputTooSmall {
        /// Bytes of room that this call needs.
        needed: usize,
    },
    /// A method that is not a token (RFC 9110 §9.1).
    InvalidMethod,
    /// A request target that its method does not allow, or with a byte that no target
    /// may hold (RFC 9112 §3.2).
    InvalidTarget,
    /// A host that is not `uri-host [":" port]`, or differs from the authority in the
    /// target (RFC 9112 §3.2).
    InvalidHost,
    /// A status code that this call does not take: `send_interim` takes 100 and 102 to
    /// 199, `send_head` 101 and 200 to 999 (RFC 9110 §15).
    InvalidStatus,
    /// A reason phrase with a control character (RFC 9112 §4).
    InvalidReason,
    /// A field name that is not a token (RFC 9110 §5.1). `index` counts the caller's fields from 0.
    InvalidFieldName {
        /// Which of the caller's fields.
        index: usize,
    },
    /// A field value with a control character other than HTAB, or with whitespace at
    /// either end (RFC 9110 §5.5). `index` counts the caller's fields from 0.
    InvalidFieldValue {
        /// Which of the caller's fields.
        index: usize,
    },
    /// A field that the core writes itself: Content-Length, Transfer-Encoding, Connection,
    /// Keep-Alive, Proxy-Connection, Upgrade, Host, Expect (RFC 9112 §6, RFC 9110 §7).
    /// `index` counts the caller's fields from 0.
    ReservedField {
        /// Which of the caller's fields.
        index: usize,
    },
    /// A field that is not allowed in a trailer section (RFC 9110 §6.5.1).
    /// `index` counts the caller's fields from 0.
    ForbiddenTrailer {
        /// Which of the caller's fields.
        index: usize,
    },
    /// Trailer fields, but the content is not chunked (RFC 9110 §6.5).
    TrailersNeedChunked,
    /// Content or an expectation where the message cannot have one: TRACE, CONNECT, an
    /// upgrade request, or `100-continue` without content (RFC 9110 §9.3, §10.1.1, §7.8).
    ContentNotAllowed,
    /// Chunked content for a server that is known to speak HTTP/1.0 (RFC 9112 §6.1).
    ChunkedToHttp10,
    /// More content than was declared.
    ContentTooLong {
        /// Bytes that may still be sent.
        left: u64,
    },
    /// The end before all declared content was sent.
    ContentTooShort {
        /// Bytes still missing.
        missing: u64,
    },
    /// 101 for a protocol that the request did not offer, or an upgrade field that is
    /// not a list of protocols (RFC 9110 §7.8).
    InvalidUpgrade,
    /// An interim response to an HTTP/1.0 request (RFC 9110 §15.2).
    InterimToHttp10,
    /// Content must wait: the request said `Expect: 100-continue` and neither 100 nor
    /// its deadline has come (RFC 9110 §10.1.1).
    AwaitingContinue,
    /// A head where none can be sent now: no request waits for a response, a final head
    /// is already out, or the last exchange is not over.
    HeadNotExpected,
    /// Content or an end where none can be sent now: no head is out, or the message is over.
    ContentNotExpected,
    /// The connection is closed, or has become a tunnel.
    Closed,
}

impl UsageError {
    const fn message(self) -> &'static str {
        match self {
            Self::OutputTooSmall { .. } => "too little room for output",
            Self::InvalidMethod => "the method is not a token",
            Self::InvalidTarget => "the request target is not one its method allows",
            Self::InvalidHost => "the host is not host and port, or not that of the target",
            Self::InvalidStatus => "this call does not take that status code",
            Self::InvalidReason => "a control character in the reason phrase",
            Self::InvalidFieldName { .. } => "a field name that is not a token",
            Self::InvalidFieldValue { .. } => {
                "a field value with a control character or whitespace at an end"
            }
            Self::ReservedField { .. } => "a field that the core writes itself",
            Self::ForbiddenTrailer { .. } => "a field that is not allowed in a trailer section",
            Self::TrailersNeedChunked => "trailer fields need chunked content",
            Self::ContentNotAllowed => "this message cannot have content or an expectation",
            Self::ChunkedToHttp10 => "the peer speaks HTTP/1.0, which has no chunked content",
            Self::ContentTooLong { .. } => "more content than was declared",
            Self::ContentTooShort { .. } => "less content than was declared",
            Self::InvalidUpgrade => "a protocol that was not offered",
            Self::InterimToHttp10 => "no interim response may go to an HTTP/1.0 client",
            Self::AwaitingContinue => "content must wait for 100 (Continue) or its deadline",
            Self::HeadNotExpected => "no head can be sent now",
            Self::ContentNotExpected => "no content can be sent now",
            Self::Closed => "the connection is closed or a tunnel",
        }
    }
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())?;
        match *self {
            Self::OutputTooSmall { needed } => write!(f, ": {needed} bytes are needed"),
            Self::InvalidFieldName { index }
            | Self::InvalidFieldValue { index }
            | Self::ReservedField { index }
            | Self::ForbiddenTrailer { index } => write!(f, ": field {index}"),
            Self::ContentTooLong { left } => write!(f, ": {left} bytes are left"),
            Self::ContentTooShort { missing } => write!(f, ": {missing} bytes are missing"),
            _ => Ok(()),
        }
    }
}

impl core::error::Error for UsageError {}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    #[test]
    fn every_kind_names_its_rule_and_a_client_error_or_a_refusal() {
        for kind in PeerErrorKind::ALL {
            assert!(kind.section().starts_with("RFC "), "{}", kind.name());
            assert!(kind.message().len() > 10, "{}", kind.name());
            assert!(
                matches!(kind.status(), 400 | 408 | 413 | 414 | 417 | 431 | 501 | 505),
                "{}",
                kind.name()
            );
        }
    }

    #[test]
    fn usage_errors_say_how_much_is_needed() {
        assert_eq!(
            UsageError::OutputTooSmall { needed: 42 }.to_string(),
            "too little room for output: 42 bytes are needed"
        );
        assert_eq!(
            UsageError::ReservedField { index: 3 }.to_string(),
            "a field that the core writes itself: field 3"
        );
    }
}
