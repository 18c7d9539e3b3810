//! A server's connection, from its first byte to its end.
//!
//! Decides which handler a request gets, what is answered without one, and what becomes of a
//! response that its handler left. Refuses a path without a route (404), a method that it has not
//! (405), CONNECT (501), and content that the head left no room for (431).
//!
//! ```text
//!            ┌────────────── response over ◄───────────────┐
//!            ▼                                             │
//!   read a head ──Request──► route ──found──► handler at work
//!       │                      └──no──► answered here
//!       │ closing
//!       ▼
//!   all sent ─► end the write direction ─► read and drop ─► over
//! ```

use crate::buffers::Buffers;
use crate::error::Error;
use crate::exchange::Exchange;
use crate::link::{Core, Link, Stage, Write};
use crate::pump::{self, End};
use crate::reader::Reader;
use crate::region::Region;
use crate::service::{Call, Service};
use crate::timer::Timer;
use crate::transport::Transport;
use crate::writer::Writer;
use blazeio::web::route::Found;
use blazeio::{
    CloseReason, Event, Field, Length, Limits, RequestHead, RequestSpan, Response, Server as Role,
    Target, UsageError, Written,
};
use core::convert::Infallible;
use core::future::poll_fn;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, ready};

/// Serves connections, one after the other or several at once.
#[derive(Clone, Copy, Debug)]
pub struct Server<'s, S, C> {
    service: &'s S,
    timer: &'s C,
    limits: &'static Limits,
}

impl<'s, S: Service, C: Timer> Server<'s, S, C> {
    /// A server; it holds nothing but these.
    #[must_use]
    pub const fn new(service: &'s S, timer: &'s C, limits: &'static Limits) -> Self {
        Self { service, timer, limits }
    }

    /// Serves one connection until it is over, and says why it is.
    ///
    /// When `stop` is ready the connection ends in order: the exchange in hand is completed, with
    /// `Connection: close` if its head is not out. [`core::future::pending`] never is.
    /// Afterwards the transport's last bytes may still be on their way: flush it, or whatever it
    /// needs, before it is dropped.
    pub fn serve<'b, T: Transport, F: Future<Output = ()>>(
        &self,
        mut transport: T,
        buffers: Buffers<'b>,
        stop: F,
    ) -> impl Future<Output = CloseReason> + use<'s, 'b, S, C, T, F> {
        let Self { service, timer, limits } = *self;
        let mut core = Core::<Role>::new(limits, timer.now());
        async move {
            let mut stop = Some(pin!(stop));
            loop {
                let end = {
                    let (reader, writer) = transport.split();
                    let link = Link::new(&mut core, buffers.landing, buffers.output);
                    let mut tick = pin!(pump::tick(&link, timer));
                    let mut exchanges = pin!(exchanges(&link, service, buffers.input));
                    let mut read = pin!(pump::read(&link, reader));
                    let mut write = pin!(pump::write::<_, T>(&link, writer));
                    let (link, stop) = (&link, &mut stop);
                    poll_fn(move |cx| {
                        link.turns(cx, &mut |cx| {
                            pump::poll(&mut tick, cx);
                            pump::poll(&mut exchanges, cx);
                            pump::poll(&mut read, cx);
                            pump::poll(&mut write, cx);
                            pump::poll_stop(link, stop, cx);
                        })
                    })
                    .await
                };
                if let Some(reason) = carry_out(&end, &mut transport, &mut core) {
                    return reason;
                }
            }
        }
    }
}

/// Ends what is to be ended; why the connection is over, if it is.
fn carry_out(
    end: &End,
    transport: &mut impl Transport,
    core: &mut Core<Role>,
) -> Option<CloseReason> {
    match end {
        End::HalfClose => {
            transport.end();
            core.half_closed();
            None
        }
        End::Close(reason, true) => {
            transport.abort();
            Some(*reason)
        }
        End::Close(reason, false) => {
            transport.end();
            Some(*reason)
        }
    }
}

/// Answers one request after the other. Never ends: see [`pump`].
fn exchanges<S: Service>(
    link: &Link<'_, Role>,
    service: &S,
    input: &mut [u8],
) -> impl Future<Output = Infallible> {
    async move {
        let (mut start, mut end) = (0, 0);
        loop {
            let (head, rest) = {
                let next = poll_fn(|_| {
                    let mut reader = Reader::new(Region::filled_from(input, start, end), link);
                    let found = poll_request(&mut reader);
                    (start, end) = reader.input.place();
                    found
                });
                let (from, span) = next.await;
                // The head's bytes stay for the handler, content lands behind.
                let (head, rest) = input.split_at_mut_checked(start).unwrap_or_default();
                (span.on(head.get(from..).unwrap_or_default()), rest)
            };
            let behind = Region::filled_from(rest, 0, end.wrapping_sub(start));
            let mut exchange = Exchange::new(behind, link);
            let result = match find(service, head, exchange.reader.input.len(), &mut []) {
                Ok(call) => {
                    let mut answer = pin!(service.answer(call, &mut exchange));
                    poll_fn(move |cx| poll_answer(link, answer.as_mut(), cx)).await
                }
                Err(_) => {
                    let room = exchange.reader.input.len();
                    poll_fn(|_| refuse(link, service, head, room)).await
                }
            };
            poll_fn(|_| conclude(link, result)).await;
            let (from, to) = exchange.reader.input.place();
            (start, end) = (start.wrapping_add(from), start.wrapping_add(to));
        }
    }
}

/// The next request's head, and where the input began that its span counts from. Meanwhile
/// answers what the peer breaks, and drops what nobody reads.
// Inlined into the connection's future it would be larger.
#[inline(never)]
fn poll_request(reader: &mut Reader<'_, '_, Role>) -> Poll<(usize, RequestSpan)> {
    let link = reader.link;
    loop {
        if let Some(error) = link.broken() {
            // Where a final head is out, the response is only cut off.
            let _ = ready!(link.queue(&mut |core, out| core.send_error(&error, None, out)));
            link.set_broken(None);
        }
        // So the room behind a head does not depend on what came before it.
        reader.input.move_to_front();
        match ready!(reader.poll_event()) {
            Ok((start, Event::Request(span))) => {
                // It is the last, and says so.
                let _ = link.is_stopped() && link.close_if(false);
                return Poll::Ready((start, span));
            }
            Ok(_) | Err(Error::Peer(_)) => {}
            // Closing: what comes is dropped.
            Err(_) if link.pull(&mut reader.input) => {}
            Err(_) => return Poll::Pending,
        }
    }
}

/// The status of a request without a handler, and of 405 the value of Allow, unless it had no room.
type Refusal<'o> = (u16, Option<&'o [u8]>);

/// What a request belongs to, whose head leaves so much room for content. The value of Allow is
/// written into `out`.
fn find<'a, 'o, S: Service>(
    service: &'a S,
    head: RequestHead<'a>,
    room: usize,
    out: &'o mut [u8],
) -> Result<Call<'a, S::Page>, Refusal<'o>> {
    if room == 0 && !matches!(head.length(), Length::None | Length::Sized(0)) {
        return Err((431, None));
    }
    let path = match head.target() {
        Some(Target::Origin { path, .. } | Target::Absolute { path, .. }) => path,
        // CONNECT, for which nothing here has a use (RFC 9110 §9.3.6).
        Some(Target::Authority(_)) => return Err((501, None)),
        _ => return Err((404, None)),
    };
    match service.routes().find(head.method(), path) {
        Found::Route(found) => Ok(Call { page: found.value, head, captures: found.captures }),
        Found::MethodNotAllowed(allowed) => Err((405, allowed.write_to(out))),
        Found::NotFound => Err((404, None)),
    }
}

/// Answers what gets no handler. The value of Allow (RFC 9110 §15.5.6) is made in the second half
/// of the output, behind the head that it goes into.
fn refuse<S: Service>(
    link: &Link<'_, Role>,
    service: &S,
    head: RequestHead<'_>,
    room: usize,
) -> Poll<Result<(), Error>> {
    poll_whole(link, &mut |core, out| {
        let (front, end) = out.split_at_mut_checked(out.len() / 2).unwrap_or_default();
        match find(service, head, room, end) {
            Err((405, Some(allow))) => {
                write_empty(core, front, 405, &[Field::from_bytes(b"Allow", allow)])
            }
            Err((405, None)) | Ok(_) => Err(UsageError::OutputTooSmall { needed: 0 }),
            Err((status, _)) => write_empty(core, out, status, &[]),
        }
    })
}

/// Queues a whole response without content.
fn poll_empty(link: &Link<'_, Role>, status: u16) -> Poll<Result<(), Error>> {
    poll_whole(link, &mut |core, out| write_empty(core, out, status, &[]))
}

fn poll_whole(link: &Link<'_, Role>, write: &mut Write<'_, Role>) -> Poll<Result<(), Error>> {
    let _: usize = ready!(link.queue(write))?;
    link.set_stage(Stage::End);
    Poll::Ready(Ok(()))
}

fn write_empty(
    core: &mut Core<Role>,
    out: &mut [u8],
    status: u16,
    fields: &[Field<'_>],
) -> Result<Written, UsageError> {
    let head = core.send_head(&Response::new(status).fields(fields).sized(0), out)?;
    // The end of sized content is no byte.
    core.send_end(&[], &mut []).map(|_| head)
}

/// Polls a handler; sends 100 (Continue) if it asks for content and the client waits for that
/// (RFC 9110 §10.1.1).
// Inlined into the connection's future it would be larger.
#[inline(never)]
fn poll_answer(
    link: &Link<'_, Role>,
    answer: Pin<&mut impl Future<Output = Result<(), Error>>>,
    cx: &mut Context<'_>,
) -> Poll<Result<(), Error>> {
    let answered = answer.poll(cx);
    if answered.is_pending()
        && link.is_asked()
        && link.with(|core, now| core.signals(now).continue_due) == Some(true)
    {
        // If there is no room, then at the next turn.
        let _ = link.queue(&mut |core, out| core.send_continue(out));
    }
    answered
}

/// What becomes of a response when its handler has ended.
fn conclude(link: &Link<'_, Role>, result: Result<(), Error>) -> Poll<()> {
    let concluded = match (link.stage(), result) {
        (Stage::End, _) => Ok(()),
        (Stage::Head, Ok(())) => ready!(Writer::new(link).poll_finish(&[])),
        (Stage::Head, Err(error)) => Err(error),
        // Answered when the next head is waited for.
        (Stage::Nothing, _) if link.broken().is_some() => Ok(()),
        (Stage::Nothing, _) => ready!(poll_empty(link, 500)),
    };
    if concluded.is_err() {
        // What was written still goes out, and responses before it with it.
        link.with(|core, _| core.cut_off());
        link.moved.set(true);
    }
    link.is_busy.set(false);
    Poll::Ready(())
}
