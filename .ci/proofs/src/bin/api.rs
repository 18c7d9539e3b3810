//! Every function of the public API, in both roles, with arguments the optimiser knows
//! nothing of. Linked, never run.
//!
//! Each function that does work stands in one of its own, never inlined: the roots of
//! which `stack` takes the worst case. `no-panic` checks that no public function of the
//! crate is missing here.
#![no_std]
#![no_main]

use blazeio::{
    Authority, Buffer, Client, Connection, Content, Date, Event, Field, Fields, Flow, Framing,
    Limits, Method, PeerError, PeerErrorKind, Request, RequestHead, Response, ResponseHead, Server,
    Signals, Span, Step, Target, Timeout, Timeouts, UsageError, Written, reason_phrase,
};
use blazeio_proofs::opaque;
use core::fmt::Debug;
use shown::{described, hash, print, same, show};

#[path = "../routes.rs"]
mod routes;
#[path = "../shown.rs"]
mod shown;
#[path = "../web.rs"]
mod web;

blazeio_proofs::entry!(main);

static LIMITS: Limits = Limits::DEFAULT;

/// Functions of the same shape for both roles, each with a symbol of its own.
macro_rules! roots {
    ($($name:ident($self:ident: $role:ty $(, $arg:ident: $type:ty)*) -> $out:ty $body:block)*) => {
        $(
            #[unsafe(no_mangle)]
            #[inline(never)]
            fn $name($self: &mut Connection<$role> $(, $arg: $type)*) -> $out $body
        )*
    };
}

roots! {
    server_receive(c: Server, input: &mut [u8], now: u64) -> Result<Step, PeerError> {
        c.receive(input, now)
    }
    client_receive(c: Client, input: &mut [u8], now: u64) -> Result<Step, PeerError> {
        c.receive(input, now)
    }
    server_send_head(c: Server, r: &Response<'_>, out: &mut [u8]) -> Result<Written, UsageError> {
        c.send_head(r, out)
    }
    client_send_head(c: Client, r: &Request<'_>, out: &mut [u8]) -> Result<Written, UsageError> {
        c.send_head(r, out)
    }
    server_send_interim(c: Server, r: &Response<'_>, out: &mut [u8]) -> Result<Written, UsageError> {
        c.send_interim(r, out)
    }
    server_send_continue(c: Server, out: &mut [u8]) -> Result<Written, UsageError> {
        c.send_continue(out)
    }
    server_send_error(c: Server, e: &PeerError, d: Option<Date>, out: &mut [u8])
        -> Result<Written, UsageError>
    {
        c.send_error(e, d, out)
    }
    server_send_content(c: Server, data: &[u8], out: &mut [u8]) -> Result<Written, UsageError> {
        c.send_content(data, out)
    }
    client_send_content(c: Client, data: &[u8], out: &mut [u8]) -> Result<Written, UsageError> {
        c.send_content(data, out)
    }
    server_send_end(c: Server, trailers: &[Field<'_>], out: &mut [u8]) -> Result<Written, UsageError> {
        c.send_end(trailers, out)
    }
    client_send_end(c: Client, trailers: &[Field<'_>], out: &mut [u8]) -> Result<Written, UsageError> {
        c.send_end(trailers, out)
    }
    server_frame_content(c: Server, len: u64) -> Result<Framing, UsageError> {
        c.frame_content(len)
    }
    client_frame_content(c: Client, len: u64) -> Result<Framing, UsageError> {
        c.frame_content(len)
    }
    server_signals(c: Server, now: u64) -> Signals { c.signals(now) }
    client_signals(c: Client, now: u64) -> Signals { c.signals(now) }
    server_expired(c: Server, now: u64) -> Result<(), PeerError> { c.expired(now) }
    client_expired(c: Client, now: u64) -> Result<(), PeerError> { c.expired(now) }
    server_input_full(c: Server) -> Result<(), PeerError> { c.input_full() }
    client_input_full(c: Client) -> Result<(), PeerError> { c.input_full() }
    server_sent(c: Server, n: usize, now: u64) -> Option<Flow> { c.sent(n, now) }
    client_sent(c: Client, n: usize, now: u64) -> Option<Flow> { c.sent(n, now) }
    server_close(c: Server) -> () { c.close() }
    client_close(c: Client) -> () { c.close() }
    server_abort(c: Server) -> () { c.abort() }
    server_cut_off(c: Server) -> () { c.cut_off() }
    client_abort(c: Client) -> () { c.abort() }
}

fn main() {
    let mut array = [0; 64];
    let mut room = [0; 64];
    let input: &mut [u8] = opaque(&mut array);
    let out: &mut [u8] = opaque(&mut room);
    server(input, out);
    client(input, out);
    shared::<Server, &'static Limits>(&mut Connection::new(opaque(&LIMITS), opaque(0)));
    shared::<Client, Limits>(&mut Connection::new(opaque(Limits::default()), opaque(0)));
    values(opaque(input));
    routes::routes(opaque(input));
    web::web(opaque(input), opaque(out));
    buffers();
    #[cfg(feature = "control-panic")]
    opaque(input[opaque(0)]);
}

fn server(input: &mut [u8], out: &mut [u8]) {
    let c = &mut opaque(Connection::<Server>::new(opaque(&LIMITS), opaque(0)));
    let now = opaque(0);
    match opaque(server_receive(opaque(c), input, now)) {
        Ok(step) => event(&step, input),
        Err(error) => peer_error(&error),
    }
    let date = Date::from_unix(opaque(0));
    let response = response(input, date);
    usage(server_send_head(opaque(c), &response, out));
    usage(server_send_interim(opaque(c), &response, out));
    usage(server_send_continue(opaque(c), out));
    if let Err(error) = opaque(server_input_full(opaque(c))) {
        usage(server_send_error(opaque(c), &error, opaque(date), out));
    }
    usage(server_send_content(opaque(c), opaque(input), out));
    usage(server_send_end(opaque(c), fields(), out));
    framing(server_frame_content(opaque(c), opaque(0)));
    show(&opaque(server_signals(opaque(c), now)));
    opaque(server_expired(opaque(c), now)).unwrap_or_else(|e| peer_error(&e));
    show(&opaque(server_sent(opaque(c), opaque(0), now)));
    server_close(opaque(c));
    server_abort(opaque(c));
    server_cut_off(opaque(c));
}

fn client(input: &mut [u8], out: &mut [u8]) {
    let c = &mut opaque(Connection::<Client>::new(opaque(&LIMITS), opaque(0)));
    let now = opaque(0);
    match opaque(client_receive(opaque(c), input, now)) {
        Ok(step) => event(&step, input),
        Err(error) => peer_error(&error),
    }
    let request = request(input, Date::from_unix(opaque(0)));
    usage(client_send_head(opaque(c), &request, out));
    opaque(client_input_full(opaque(c))).unwrap_or_else(|e| peer_error(&e));
    usage(client_send_content(opaque(c), opaque(input), out));
    usage(client_send_end(opaque(c), fields(), out));
    framing(client_frame_content(opaque(c), opaque(0)));
    show(&opaque(client_signals(opaque(c), now)));
    opaque(client_expired(opaque(c), now)).unwrap_or_else(|e| peer_error(&e));
    show(&opaque(client_sent(opaque(c), opaque(0), now)));
    client_close(opaque(c));
    client_abort(opaque(c));
}

/// What is the same in both roles, and small.
fn shared<R: blazeio::Role + Debug, L: core::borrow::Borrow<Limits> + Debug>(
    connection: &mut Connection<R, L>,
) {
    let c = opaque(connection);
    c.end_of_input();
    show(&opaque(c.queued(opaque(0))));
    show(&opaque(c.released(opaque(0))));
    c.half_closed();
    opaque((c.is_idle(), c.is_tunnel(), c.requests(), c.bytes_received(), c.bytes_unsent()));
    if let Some(reason) = opaque(c.close_reason()) {
        show(&reason);
        print(&reason);
    }
    show(c.limits());
    let timeouts = opaque(c.timeouts());
    c.set_timeouts(opaque(timeouts));
    opaque(c.set_content_limit(opaque(0))).unwrap_or_else(|e| peer_error(&e));
    show(c);
}

/// Any response at all.
fn response<'a>(input: &'a [u8], date: Option<Date>) -> Response<'a> {
    let text = core::str::from_utf8(input).unwrap_or_default();
    let mut response = Response::new(opaque(200)).fields(fields());
    if opaque(true) {
        response = response.reason(text).upgrade(text).close();
    }
    response = match opaque(0) {
        0 => response.sized(opaque(0)),
        1 => response.streamed(),
        _ => response.content(opaque(Content::default())),
    };
    let response = date.map_or(response, |date| response.date(date));
    show(&response);
    opaque(response)
}

/// Any request at all.
fn request<'a>(input: &'a [u8], date: Option<Date>) -> Request<'a> {
    let text = core::str::from_utf8(input).unwrap_or_default();
    let method = Method::from_bytes(input).unwrap_or(opaque(Method::Get));
    let mut request = Request::new(method, text, text).fields(fields());
    if opaque(true) {
        request = request.expect_continue().upgrade(text).close();
    }
    request = match opaque(0) {
        0 => request.sized(opaque(0)),
        1 => request.streamed(),
        _ => request.content(opaque(Content::default())),
    };
    let request = date.map_or(request, |date| request.date(date));
    show(&request);
    opaque(request)
}

fn fields() -> &'static [Field<'static>] {
    static FIELDS: [Field<'static>; 2] = [Field::new("A", "b"), Field::from_bytes(b"Cookie", b"c")];
    opaque(&FIELDS)
}

fn event(step: &Step, input: &[u8]) {
    show(step);
    opaque(step.consumed);
    match step.event {
        Event::Request(span) => request_head(&span.on(input)),
        Event::Response(span) | Event::Interim(span) => {
            opaque(span.status());
            response_head(&span.on(input));
        }
        Event::Content(span) => place(span, input),
        Event::Trailers(span) => {
            opaque(span.count());
            walk(span.on(input));
        }
        Event::Closed(reason) => print(&reason),
        other => same(&other, &opaque(other)),
    }
}

fn request_head(head: &RequestHead<'_>) {
    web::of_request(head);
    show(head);
    let method = opaque(head.method());
    show(&method);
    print(&method);
    opaque((method.as_bytes(), method.is_safe(), method.is_idempotent()));
    if let Some(it) = opaque(head.target()) {
        target(it);
    }
    opaque(head.raw_target());
    show(&head.version());
    print(&head.version());
    if let Some(it) = opaque(head.authority()) {
        authority(it);
    }
    walk(head.fields());
    opaque((head.field(name()), head.field_count()));
    show(&head.length());
    opaque((head.expects_continue(), head.keep_alive(), head.accepts_trailers()));
    head.upgrade().for_each(|protocol| _ = opaque(protocol));
}

fn response_head(head: &ResponseHead<'_>) {
    web::of_response(head);
    show(head);
    opaque((head.status(), head.reason(), head.version()));
    walk(head.fields());
    opaque((head.field(name()), head.field_count(), head.length(), head.keep_alive()));
    head.upgrade().for_each(|protocol| _ = opaque(protocol));
}

fn target(target: Target<'_>) {
    show(&target);
    opaque((target.path(), target.query()));
    if let Some(it) = opaque(target.authority()) {
        authority(it);
    }
}

fn authority(authority: Authority<'_>) {
    show(&authority);
    opaque((authority.as_bytes(), authority.host(), authority.port()));
}

fn walk(fields: Fields<'_>) {
    show(&fields);
    opaque(fields.get(name()));
    fields.get_all(name()).for_each(|value| _ = opaque(value));
    for field in fields {
        opaque((field.name, field.value, field.is(name())));
        show(&field);
    }
}

fn name() -> &'static str {
    opaque("name")
}

fn place(span: Span, input: &[u8]) {
    opaque((span.len(), span.is_empty(), span.range(), span.on(input)));
}

fn framing(framing: Result<Framing, UsageError>) {
    match opaque(framing) {
        Ok(framing) => {
            show(&framing);
            same(&framing, &opaque(framing.clone()));
            opaque((&*framing.prefix, framing.content, framing.suffix, framing.flow));
        }
        Err(error) => usage(Err(error)),
    }
}

fn usage(result: Result<Written, UsageError>) {
    match opaque(result) {
        Ok(written) => show(&written),
        Err(error) => {
            show(&error);
            print(&error);
            described(&error);
        }
    }
}

fn peer_error(error: &PeerError) {
    show(error);
    print(error);
    described(error);
    opaque((error.offset(), error.status(), error.section()));
    let kind = opaque(error.kind());
    show(&kind);
    print(&kind);
    opaque((kind.status(), kind.section(), kind.message(), kind.name()));
    for kind in PeerErrorKind::ALL {
        hash(kind);
    }
}

/// What can be made of bytes without a connection.
fn values(input: &[u8]) {
    let method = Method::from_bytes(input).unwrap_or(Method::Get);
    if let Ok(it) = opaque(Target::parse(input, method)) {
        target(it);
    }
    if let Ok(it) = opaque(Authority::parse(input)) {
        authority(it);
    }
    opaque(reason_phrase(opaque(200)));
    if let Some(date) = opaque(Date::from_unix(opaque(0))) {
        show(&date);
        print(&date);
        opaque((date.as_bytes(), date.as_str()));
    }
    let timeout = if opaque(true) { Timeout::secs(opaque(1)) } else { Timeout::millis(opaque(1)) };
    show(&timeout);
    opaque(timeout.as_micros());
    same(&opaque(Timeouts::default()), &Timeouts::OFF);
    same(&opaque(Limits::default()), &LIMITS);
}

fn buffers() {
    let buffer = &mut opaque(Buffer::<64>::new());
    opaque(buffer.unfilled());
    buffer.fill(opaque(1));
    opaque(buffer.filled());
    buffer.consume(opaque(1));
    opaque((buffer.is_empty(), buffer.is_full()));
    show(buffer);
    opaque(buffer.clone());
    opaque(Buffer::<8>::default());
}
