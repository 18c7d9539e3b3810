//! The verbs that only a server has.
//!
//! Decides nothing: heads are queued as the core writes them, each with a Date.

use super::{Exchange, Reader, Tunnel, Writer};
use crate::background;
use crate::date;
use crate::error::Error;
use crate::link::{Request, Shared};
use blazeio::{RequestHead, Response, Server, UsageError};
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::Poll;

impl Exchange<Server> {
    /// The exchange that `request` begins.
    pub(crate) fn accept(shared: Arc<Shared<Server>>, request: Request) -> Self {
        let writer = Writer::new(Arc::clone(&shared), request.generation);
        Self { reader: Reader::of_request(shared, request), writer }
    }

    /// The request's head, for as long as the exchange lasts.
    #[must_use]
    pub fn request(&self) -> RequestHead<'_> {
        self.reader.request()
    }

    /// Queues the final response's head; Date is added if it has none. Content and
    /// [`finish`](Self::finish) follow, also where there is none. It is sent with what
    /// follows, or when the task waits.
    ///
    /// # Errors
    /// All kinds of [`Error`].
    pub async fn respond(&mut self, response: &Response<'_>) -> Result<(), Error> {
        self.writer.respond(response).await
    }

    /// Sends a whole response: `response` with `content` as its sized content.
    ///
    /// # Errors
    /// All kinds of [`Error`].
    pub async fn send(&mut self, response: &Response<'_>, content: &[u8]) -> Result<(), Error> {
        self.writer.send(response, content).await
    }

    /// Queues an interim response (RFC 9110 §15.2): 100, or 102 to 199. It is sent with what
    /// follows, or when the task waits; 100 is sent by [`read`](Self::read) where it is due.
    ///
    /// # Errors
    /// All kinds of [`Error`].
    pub async fn send_interim(&mut self, response: &Response<'_>) -> Result<(), Error> {
        self.writer.send_interim(response).await
    }

    /// Answers by 101 (RFC 9110 §7.8), or a 2xx to CONNECT (§9.3.6), and makes the connection
    /// a tunnel once that is sent.
    ///
    /// # Errors
    /// All kinds of [`Error`]. A `response` that cannot be sent is answered by 500 instead;
    /// otherwise the connection is given up, also if it was sent and opens no tunnel.
    pub async fn upgrade(mut self, response: &Response<'_>) -> Result<Tunnel<Server>, Error> {
        self.respond(response).await?;
        self.into_tunnel().await
    }

    /// Runs `work` beside this exchange, in a task of its own: it goes on when the response is
    /// sent, the connection lost, or this exchange dropped. An exit of the server waits for it, and
    /// drops it when its grace is over; so does, at once, an abort.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        background::spawn(&self.shared().environment, work);
    }
}

impl Reader<Server> {
    /// As [`Exchange::request`].
    #[must_use]
    pub fn request(&self) -> RequestHead<'_> {
        // A server's reader begins with its request, and keeps its head.
        self.request.unwrap_or_else(|| unreachable!()).on(self.input.kept())
    }
}

impl Writer<Server> {
    /// As [`Exchange::respond`].
    ///
    /// # Errors
    /// As there.
    pub async fn respond(&mut self, response: &Response<'_>) -> Result<(), Error> {
        let response = date::now(*response);
        poll_fn(|cx| {
            let mut link = self.shared.lock();
            std::task::ready!(link.poll_room(cx, self.generation))?;
            link.queue(|core, room| core.send_head(&response, room))?;
            if link.is_polling {
                return Poll::Ready(Ok(()));
            }
            // Goes out with what follows, unless nothing does before the driving task's turn.
            link.wake_driver();
            Poll::Ready(Ok(()))
        })
        .await
    }

    /// As [`Exchange::send`].
    ///
    /// # Errors
    /// As there.
    pub async fn send(&mut self, response: &Response<'_>, content: &[u8]) -> Result<(), Error> {
        let response = response.sized(content.len() as u64);
        self.respond(&response).await?;
        self.write(content).await?;
        self.finish().await
    }

    /// As [`Exchange::send_interim`].
    ///
    /// # Errors
    /// As there.
    pub async fn send_interim(&mut self, response: &Response<'_>) -> Result<(), Error> {
        poll_fn(|cx| {
            let mut link = self.shared.lock();
            std::task::ready!(link.poll_room(cx, self.generation))?;
            link.queue(|core, room| core.send_interim(response, room))?;
            link.pass_on(cx);
            Poll::Ready(Ok::<(), UsageError>(()).map_err(Error::from))
        })
        .await
    }
}
