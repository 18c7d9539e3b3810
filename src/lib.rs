//! An HTTP/1.1 protocol core for both roles, to be embedded anywhere.
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![warn(unreachable_pub)]

#[cfg(any(test, doc, doctest))]
extern crate std;

mod buffer;
mod connection;
mod error;
mod limits;
pub mod manual;
mod message;
mod syntax;
mod transfer;

pub use buffer::Buffer;
pub use connection::{
    Client, CloseReason, Connection, Deadline, DeadlineCause, Event, Flow, Framing, Read, Role,
    Server, Signals, Step, Written,
};
pub use error::{PeerError, PeerErrorKind, UsageError};
pub use limits::{Limits, Timeout, Timeouts};
pub use message::{
    Content, Date, Field, Fields, FieldsSpan, Length, Method, Request, RequestHead, RequestSpan,
    Response, ResponseHead, ResponseSpan, Span, Version, reason_phrase,
};
pub use syntax::target::{Authority, Target};
