//! One request and its response, on a server.
//!
//! Decides in what order they may go: the response may come before the request is read, and is
//! begun once. Refuses a second one, whatever became of the first.

use crate::error::Error;
use crate::link::{Link, Stage};
use crate::reader::Reader;
use crate::region::Region;
use crate::writer::Writer;
use blazeio::{Field, Fields, Response, Server};
use core::future::poll_fn;
use core::task::{Poll, ready};

/// Reads a request's content and writes its response. All futures may be dropped; nothing that
/// was read is lost then.
pub struct Exchange<'x, 'l> {
    pub(crate) reader: Reader<'x, 'l, Server>,
    pub(crate) writer: Writer<'x, 'l, Server>,
}

impl<'x, 'l> Exchange<'x, 'l> {
    pub(crate) fn new(input: Region<'x>, link: &'x Link<'l, Server>) -> Self {
        link.begin();
        Self { reader: Reader::new(input, link), writer: Writer::new(link) }
    }

    fn link(&self) -> &'x Link<'l, Server> {
        self.writer.link
    }

    /// Writes the response's head. May go before the request was read.
    ///
    /// # Errors
    /// All kinds of [`Error`]; `Usage` if `response` cannot be sent, or was sent before.
    pub fn respond<'s>(
        &'s mut self,
        response: &'s Response<'s>,
    ) -> impl Future<Output = Result<(), Error>> + use<'s, 'x, 'l> {
        let link = self.link();
        poll_fn(move |_| poll_head(link, response))
    }

    /// Writes a whole response: `response`, whose length becomes that of `content`, and `content`.
    /// Dropped before it is ready a part may be written; it is not sent anew then, but cut off.
    ///
    /// # Errors
    /// As [`respond`](Self::respond).
    pub fn send<'s>(
        &'s mut self,
        response: &'s Response<'s>,
        content: &'s [u8],
    ) -> impl Future<Output = Result<(), Error>> + use<'s, 'x, 'l> {
        let (link, mut head, mut rest) = (self.link(), Some(response), content);
        poll_fn(move |_| {
            if let Some(response) = head {
                // Nothing of it is taken yet.
                ready!(poll_head(link, &response.sized(rest.len() as u64)))?;
                head = None;
            }
            ready!(Writer::new(link).poll_write(&mut rest))?;
            Writer::new(link).poll_finish(&[])
        })
    }

    /// Writes an interim response: 100, or 102 to 199. A 100 that is due goes out by itself when
    /// the content is [`read`](Self::read).
    ///
    /// # Errors
    /// As [`respond`](Self::respond).
    pub fn interim<'s>(
        &'s mut self,
        response: &'s Response<'s>,
    ) -> impl Future<Output = Result<(), Error>> + use<'s, 'x, 'l> {
        let link = self.link();
        poll_fn(move |_| {
            link.queue(&mut |core, out| core.send_interim(response, out)).map_ok(|_| ())
        })
    }

    /// The next piece of the request's content; `None` at its end.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub fn read(&mut self) -> impl Future<Output = Result<Option<&[u8]>, Error>> {
        self.reader.read()
    }

    /// The request's trailer section, once [`read`](Self::read) has said `None`.
    #[must_use]
    pub fn trailers(&self) -> Option<Fields<'_>> {
        self.reader.trailers()
    }

    /// Writes content of the response.
    ///
    /// # Errors
    /// As [`Writer::write`].
    pub fn write(&mut self, content: &[u8]) -> impl Future<Output = Result<(), Error>> {
        self.writer.write(content)
    }

    /// Ends the response, with `trailers` if it is chunked.
    ///
    /// # Errors
    /// As [`Writer::finish`].
    pub fn finish(&mut self, trailers: &[Field<'_>]) -> impl Future<Output = Result<(), Error>> {
        self.writer.finish(trailers)
    }

    /// Waits until all that was written is on its way; over embassy-net, until the peer has
    /// acknowledged it. How long that may take is the transport's business: see
    /// [`Transport`](crate::Transport).
    ///
    /// # Errors
    /// As [`Writer::flush`].
    pub fn flush(&mut self) -> impl Future<Output = Result<(), Error>> {
        self.writer.flush()
    }

    /// Both halves, to read and write in turns: what was read can be written.
    pub fn split(&mut self) -> (&mut Reader<'x, 'l, Server>, &mut Writer<'x, 'l, Server>) {
        (&mut self.reader, &mut self.writer)
    }
}

/// Queues a final head.
pub(crate) fn poll_head(
    link: &Link<'_, Server>,
    response: &Response<'_>,
) -> Poll<Result<(), Error>> {
    let queued = link.queue(&mut |core, out| core.send_head(response, out));
    let _ = ready!(queued)?;
    link.set_stage(Stage::Head);
    Poll::Ready(Ok(()))
}
