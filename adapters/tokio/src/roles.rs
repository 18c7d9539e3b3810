//! What only a server, or only a client, does on its connection.
//!
//! Decides nothing beyond the core: heads are queued as it writes them.

use crate::date;
use crate::error::Error;
use crate::input::Input;
use crate::link::Link;
use crate::transport::Transport;
use blazeio::{Client, PeerError, Request, Response, Server, UsageError};
use std::future::poll_fn;
use std::task::Poll;

impl<T: Transport> Link<Server, T> {
    /// Queues the final response's head, or 101.
    ///
    /// # Errors
    /// [`Error::Usage`].
    pub fn send_head(&mut self, response: &Response<'_>) -> Result<(), Error> {
        self.queue(|core, room| core.send_head(response, room))
    }

    /// Queues an interim response.
    ///
    /// # Errors
    /// [`Error::Usage`].
    pub fn send_interim(&mut self, response: &Response<'_>) -> Result<(), Error> {
        self.queue(|core, room| core.send_interim(response, room))
    }

    /// Queues `100 (Continue)`: the client may send its content.
    ///
    /// # Errors
    /// [`Error::Usage`].
    pub fn send_continue(&mut self) -> Result<(), Error> {
        self.queue(|core, room| core.send_continue(room))
    }

    /// Queues the response to what the peer broke, if one may still go out.
    /// [`finish`](Self::finish) then sends it, and reads on long enough for it to arrive.
    ///
    /// # Errors
    /// None that a caller could mend.
    pub fn refuse(&mut self, error: &PeerError) -> Result<(), Error> {
        match self.queue(|core, room| core.send_error(error, date::today(), room)) {
            Err(Error::Usage(UsageError::HeadNotExpected)) => Ok(()),
            done => done,
        }
    }
}

impl<T: Transport> Link<Client, T> {
    /// Queues a request's head.
    ///
    /// # Errors
    /// [`Error::Usage`].
    pub fn send_head(&mut self, request: &Request<'_>) -> Result<(), Error> {
        self.queue(|core, room| core.send_head(request, room))
    }

    /// Whether another request may be sent: the last exchange is over, the server did not
    /// close, and no byte came that nobody asked for (REUSE).
    pub async fn is_reusable(&mut self, input: &mut Input) -> bool {
        // Lets the runtime hear of what came since the last read.
        tokio::task::yield_now().await;
        let quiet = poll_fn(|cx| Poll::Ready(self.poll_turn(cx, input, false).is_pending())).await;
        quiet
            && self.core.is_idle()
            && self.core.bytes_unsent() == 0
            && self.write_failure.is_none()
    }
}
