//! What only one role's connection does on its own.
//!
//! Decides nothing; a server answers what a peer broke, a client has nobody to answer.

use blazeio::{
    Client, Connection, Date, Limits, PeerError, Response, Role, Server, UsageError, Written,
};
use std::sync::Arc;

/// [`Server`] or [`Client`]; nothing else can be one.
pub trait Side: Role + Clone + Send + 'static {
    /// Writes the answer to what the peer broke, if there may be one.
    #[doc(hidden)]
    fn answer(
        core: &mut Connection<Self, Arc<Limits>>,
        error: &PeerError,
        date: Option<Date>,
        room: &mut [u8],
    ) -> Result<Written, UsageError>
    where
        Self: Sized;

    /// Writes 100 (Continue).
    #[doc(hidden)]
    fn go_on(
        core: &mut Connection<Self, Arc<Limits>>,
        room: &mut [u8],
    ) -> Result<Written, UsageError>
    where
        Self: Sized;

    /// Writes what goes out instead of a message that was not begun.
    #[doc(hidden)]
    fn give_up(
        core: &mut Connection<Self, Arc<Limits>>,
        room: &mut [u8],
    ) -> Result<Written, UsageError>
    where
        Self: Sized;

    /// Gives up on a message that was begun.
    #[doc(hidden)]
    fn cut_off(core: &mut Connection<Self, Arc<Limits>>)
    where
        Self: Sized;
}

impl Side for Server {
    fn answer(
        core: &mut Connection<Self, Arc<Limits>>,
        error: &PeerError,
        date: Option<Date>,
        room: &mut [u8],
    ) -> Result<Written, UsageError> {
        core.send_error(error, date, room)
    }

    fn go_on(
        core: &mut Connection<Self, Arc<Limits>>,
        room: &mut [u8],
    ) -> Result<Written, UsageError> {
        core.send_continue(room)
    }

    fn give_up(
        core: &mut Connection<Self, Arc<Limits>>,
        room: &mut [u8],
    ) -> Result<Written, UsageError> {
        let response = crate::date::now(Response::new(500));
        let head = core.send_head(&response, room)?;
        let _ = core.send_end(&[], &mut [])?;
        Ok(head)
    }

    fn cut_off(core: &mut Connection<Self, Arc<Limits>>) {
        core.cut_off();
    }
}

impl Side for Client {
    fn answer(
        _: &mut Connection<Self, Arc<Limits>>,
        _: &PeerError,
        _: Option<Date>,
        _: &mut [u8],
    ) -> Result<Written, UsageError> {
        Err(UsageError::HeadNotExpected)
    }

    fn go_on(_: &mut Connection<Self, Arc<Limits>>, _: &mut [u8]) -> Result<Written, UsageError> {
        Err(UsageError::HeadNotExpected)
    }

    fn give_up(_: &mut Connection<Self, Arc<Limits>>, _: &mut [u8]) -> Result<Written, UsageError> {
        Err(UsageError::HeadNotExpected)
    }

    fn cut_off(core: &mut Connection<Self, Arc<Limits>>) {
        core.abort();
    }
}
