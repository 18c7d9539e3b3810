//! What became of an exchange.
//!
//! Decides nothing: told once for each exchange, also where its handler failed, panicked or was
//! dropped.

use crate::abort::Abort;
use crate::data::Data;
use blazeio::Method;
use blazeio_driver::Address;
use std::time::Duration;

/// How the handling of an exchange ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum Ending<'a> {
    /// The response was sent.
    Answered,
    /// A handler or a middleware failed, had a reply that cannot be sent, or ended before the response
    /// that it began; what the client got is [`Outcome::status`].
    Failed(&'a Abort),
    /// The connection was lost, or the peer broke the protocol.
    Lost(&'a blazeio_driver::Error),
    /// A handler or a middleware panicked.
    Panicked,
    /// The handler was dropped: its peer was gone, or the server's grace was over.
    Dropped,
}

/// What became of an exchange: for middleware that comes [after](crate::App::after).
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome<'a> {
    /// The request's method.
    pub method: Method<'a>,
    /// Its target as sent: visible ASCII.
    pub target: &'a str,
    /// The pattern of the route that answered; none for what has no route.
    pub route: Option<&'a str>,
    /// Who asked.
    pub peer: &'a Address,
    /// The status that was sent, or would have been; none if nothing was decided.
    pub status: Option<u16>,
    /// Content received, in bytes.
    pub received: u64,
    /// Content sent, in bytes; none to HEAD.
    pub sent: u64,
    /// From the end of the request's head to now.
    pub duration: Duration,
    /// How it ended.
    pub ending: Ending<'a>,
    /// What middleware and handlers left there.
    pub data: &'a Data,
}
