//! One connection: its requests, one after another.
//!
//! Decides when a response begins. A fixed one begins when its request is complete, so that
//! malformed content is answered 400 and the connection goes on; at once if the content is
//! too long to wait for, or is held back for a 100. An echo begins when the content received
//! so far is used up, so that what is malformed in the first read is answered 400, and
//! content that never comes 408. Holds one read buffer, a piece of content and what the link
//! queues, whatever the size of the content.

use crate::pace::Pace;
use crate::route::{Fixed, Route, route};
use blazeio::{
    CloseReason, Content, Event, Field, Length, RequestHead, RequestSpan, Response, Server, Span,
};
use blazeio_tokio::{Error, Input, Link, Transport, date};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

/// An echo begins at the latest when it holds so much content.
const HELD: usize = 16 * 1024;

/// A connection and the buffer it is read into.
pub struct Service<T: Transport> {
    link: Link<Server, T>,
    input: Input,
}

impl<T: Transport> Service<T> {
    /// Serves `link`.
    pub fn new(link: Link<Server, T>) -> Self {
        Self { link, input: Input::new() }
    }

    /// Answers requests until the connection closes. An error wants [`end`](Self::end).
    pub async fn run(&mut self) -> Result<(), Error> {
        loop {
            match self.link.next_event(&mut self.input).await? {
                Event::Request(span) => self.answer(span).await?,
                Event::Closed(CloseReason::WriteTimeout) => {
                    return Err(Error::Closed(CloseReason::WriteTimeout));
                }
                Event::Closed(_) => return Ok(()),
                _ => {}
            }
        }
    }

    /// Answers what the peer broke, and lets it read the answer.
    pub async fn end(&mut self, error: &Error) {
        match error {
            Error::Peer(error) => {
                let _ = self.link.refuse(error);
            }
            Error::Io(_) | Error::Closed(_) => return,
            _ => self.link.abort(),
        }
        // Whatever goes wrong now was told of already.
        let _ = self.link.finish(&mut self.input).await;
    }

    async fn answer(&mut self, span: RequestSpan) -> Result<(), Error> {
        let head = span.on(self.input.filled());
        match route(&head) {
            Route::Echo => {
                let echo = Echo::new(&head);
                self.echo(echo, head.expects_continue()).await
            }
            Route::Fixed(fixed) => {
                let drain = u64::from(self.link.core().limits().drain);
                let is_long = matches!(head.length(), Length::Sized(n) if n > drain);
                if !is_long && !head.expects_continue() {
                    self.skip_content(drain).await?;
                }
                self.answer_fixed(Fixed { closes: fixed.closes || is_long, ..fixed }).await
            }
        }
    }

    /// Reads content that nobody wants to its end, or until more than `limit` bytes came.
    async fn skip_content(&mut self, limit: u64) -> Result<(), Error> {
        let mut skipped = 0;
        while skipped <= limit {
            match self.link.next_event(&mut self.input).await? {
                Event::Content(span) => skipped += span.len() as u64,
                Event::End => break,
                Event::Closed(reason) => return Err(Error::Closed(reason)),
                _ => {}
            }
        }
        Ok(())
    }

    async fn answer_fixed(&mut self, fixed: Fixed) -> Result<(), Error> {
        let fields = [
            Field::new("Content-Type", "text/plain; charset=utf-8"),
            Field::new("Allow", fixed.allow.unwrap_or_default()),
        ];
        let first = usize::from(fixed.text.is_empty());
        let last = 1 + usize::from(fixed.allow.is_some());
        let mut response = date::now(Response::new(fixed.status)).fields(&fields[first..last]);
        if !fixed.text.is_empty() {
            response = response.sized(fixed.text.len() as u64);
        }
        if fixed.closes {
            response = response.close();
        }
        self.link.send_head(&response)?;
        self.send(fixed.text.as_bytes()).await?;
        self.link.send_end(&[])
    }

    async fn send(&mut self, mut content: &[u8]) -> Result<(), Error> {
        while !content.is_empty() {
            self.link.send_content(&mut content).await?;
        }
        Ok(())
    }

    /// Sends back content and trailers as they come.
    async fn echo(&mut self, mut echo: Echo, expects_continue: bool) -> Result<(), Error> {
        let mut pace = Pace::new(self.link.core().limits());
        if expects_continue {
            self.link.send_continue()?;
        }
        loop {
            let event = match self.next_at_once(&echo).await {
                Some(event) => event?,
                None => {
                    if !echo.held.is_empty() {
                        self.begin(&mut echo).await?;
                    }
                    self.next_of_echo(&echo, &mut pace).await?
                }
            };
            match event {
                Event::Content(span) => {
                    pace.pay(span.len());
                    self.send_back(&mut echo, span).await?;
                }
                Event::Trailers(span) => {
                    let trailers = span.on(self.input.filled());
                    let trailers = trailers.map(|f| (f.name.to_vec(), f.value.to_vec())).collect();
                    echo.trailers = trailers;
                }
                Event::End => {
                    self.begin(&mut echo).await?;
                    return self.link.send_end(&echo.trailers());
                }
                Event::Closed(reason) => return Err(Error::Closed(reason)),
                _ => {}
            }
        }
    }

    /// The next event of an echo that holds content, if it needs no waiting. `None`, too, if
    /// it holds nothing: then there is nothing to lose by waiting.
    async fn next_at_once(&mut self, echo: &Echo) -> Option<Result<Event, Error>> {
        if echo.held.is_empty() {
            return None;
        }
        let mut next = pin!(self.link.next_event(&mut self.input));
        poll_fn(|cx| match next.as_mut().poll(cx) {
            Poll::Ready(event) => Poll::Ready(Some(event)),
            Poll::Pending => Poll::Ready(None),
        })
        .await
    }

    /// Sends the head, if it is not out, and the content held.
    async fn begin(&mut self, echo: &mut Echo) -> Result<(), Error> {
        echo.begin(&mut self.link)?;
        let held = std::mem::take(&mut echo.held);
        self.send(&held).await
    }

    async fn next_of_echo(&mut self, echo: &Echo, pace: &mut Pace) -> Result<Event, Error> {
        let next = self.link.next_event(&mut self.input);
        if !echo.has_begun {
            return next.await;
        }
        match pace.hold(next).await {
            Some(event) => event,
            None => {
                self.link.abort();
                self.link.next_event(&mut self.input).await
            }
        }
    }

    /// Holds content until the response has begun, then sends it as it comes.
    async fn send_back(&mut self, echo: &mut Echo, span: Span) -> Result<(), Error> {
        let mut content = span.on(self.input.filled());
        if !echo.has_begun && echo.held.len() + content.len() <= HELD {
            echo.held.extend_from_slice(content);
            return Ok(());
        }
        if !echo.has_begun {
            echo.begin(&mut self.link)?;
            let held = std::mem::take(&mut echo.held);
            let mut held = &held[..];
            while !held.is_empty() {
                self.link.send_content(&mut held).await?;
            }
        }
        while !content.is_empty() {
            self.link.send_content(&mut content).await?;
        }
        Ok(())
    }
}

/// The response of an echo.
struct Echo {
    has_begun: bool,
    /// Content that came before the response began.
    held: Vec<u8>,
    trailers: Vec<(Vec<u8>, Vec<u8>)>,
    content: Content,
    content_type: Vec<u8>,
}

impl Echo {
    fn new(head: &RequestHead<'_>) -> Self {
        let content = match head.length() {
            Length::Sized(n) => Content::Sized(n),
            Length::Chunked => Content::Streamed,
            _ => Content::Empty,
        };
        let content_type = head.field("content-type").unwrap_or(b"application/octet-stream");
        Self {
            has_begun: false,
            held: Vec::new(),
            trailers: Vec::new(),
            content,
            content_type: content_type.to_vec(),
        }
    }

    fn trailers(&self) -> Vec<Field<'_>> {
        self.trailers.iter().map(|(name, value)| Field::from_bytes(name, value)).collect()
    }

    fn begin<T: Transport>(&mut self, link: &mut Link<Server, T>) -> Result<(), Error> {
        if std::mem::replace(&mut self.has_begun, true) {
            return Ok(());
        }
        let fields = [Field::from_bytes(b"Content-Type", &self.content_type)];
        let response = Response::new(200).fields(&fields).content(self.content);
        link.send_head(&date::now(response))
    }
}
