//! Beginning a client's exchange.
//!
//! Decides whether the connection is fit for it: what came since the last one is looked at
//! first, since it closes the connection (REUSE).

use super::Link;
use crate::error::Error;
use crate::fan_out::Party;
use blazeio::{Client, Request, UsageError};
use std::task::Context;

impl Link<Client> {
    /// Queues the head of `request`; the exchange's number.
    pub(crate) fn open(
        &mut self,
        cx: &mut Context<'_>,
        request: &Request<'_>,
    ) -> Result<u32, Error> {
        let may_be_stale = self.core.requests() > 0 && self.core.is_idle();
        if may_be_stale && self.turn(cx, Party::Writer, true) {
            let _ = self.receive_between(false);
        }
        if !self.is_open() && self.core.is_idle() || self.is_over() {
            return Err(self.failure().unwrap_or(Error::Closed(self.close_reason())));
        }
        match self.queue(|core, room| core.send_head(request, room)) {
            Ok(()) => Ok(self.begin()),
            // It was found closed just now, and what is left of it is not over yet.
            Err(UsageError::Closed) => Err(Error::Closed(self.close_reason())),
            Err(error) => Err(error.into()),
        }
    }
}
