//! What can happen to a connection: each kind of input, each call, each signal carried out.
//!
//! Decides nothing. A move that makes no sense in a state is made there all the same.

use crate::connection::signals::DeadlineCause;
use crate::message::{Field, Method, Request, Response};

/// One thing that happens, by a name that stands in the table.
#[derive(Clone, Copy)]
pub(super) struct Move {
    pub(super) name: &'static str,
    pub(super) action: Action,
}

#[derive(Clone, Copy)]
pub(super) enum Action {
    /// These bytes come, and one step is read.
    Receive(&'static [u8]),
    /// What makes the element whole of which one byte came.
    ReceiveRest,
    EndOfInput,
    InputFull,
    SendResponse(Response<'static>),
    SendInterim(Response<'static>),
    SendError,
    SendRequest(Request<'static>),
    /// A head for which there is no room.
    SendHeadWithoutRoom,
    SendContent(&'static [u8]),
    SendContentWithoutRoom,
    FrameContent(u64),
    SendEnd(&'static [Field<'static>]),
    Sent(Amount),
    Queued,
    Released,
    HalfClosed,
    Expired(DeadlineCause),
    Signals,
    Close,
    CutOff,
    Abort,
}

#[derive(Clone, Copy)]
pub(super) enum Amount {
    /// So much that the rest is below the low mark.
    Some,
    All,
}

const fn m(name: &'static str, action: Action) -> Move {
    Move { name, action }
}

const fn bytes(name: &'static str, input: &'static [u8]) -> Move {
    m(name, Action::Receive(input))
}

const TRAILERS: &[Field<'static>] = &[Field::new("A", "b")];
/// Longer than `output_high` in the walk's limits.
const LONG: &[Field<'static>] = &[Field::new(
    "Long",
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890",
)];

/// What both roles can meet.
const COMMON: &[Move] = &[
    bytes("receive nothing", b""),
    bytes("receive a bad byte", b"\0"),
    bytes("receive a byte", b"x"),
    bytes("receive CRLF", b"\r\n"),
    bytes("receive a chunk", b"1\r\nx"),
    bytes("receive the last chunk", b"0\r\n"),
    bytes("receive trailers", b"A: b\r\n\r\n"),
    bytes("receive a forbidden trailer", b"Host: a\r\n\r\n"),
    m("receive the rest", Action::ReceiveRest),
    m("end_of_input", Action::EndOfInput),
    m("input_full", Action::InputFull),
    m("send_head without room", Action::SendHeadWithoutRoom),
    m("send_content", Action::SendContent(b"x")),
    m("send_content of nothing", Action::SendContent(b"")),
    m("send_content without room", Action::SendContentWithoutRoom),
    m("frame_content", Action::FrameContent(1)),
    m("send_end", Action::SendEnd(&[])),
    m("send_end with trailers", Action::SendEnd(TRAILERS)),
    m("sent some", Action::Sent(Amount::Some)),
    m("sent all", Action::Sent(Amount::All)),
    m("queued", Action::Queued),
    m("released", Action::Released),
    m("half_closed", Action::HalfClosed),
    m("expired Head", Action::Expired(DeadlineCause::Head)),
    m("expired Idle", Action::Expired(DeadlineCause::Idle)),
    m("expired Content", Action::Expired(DeadlineCause::Content)),
    m("expired Write", Action::Expired(DeadlineCause::Write)),
    m("expired Continue", Action::Expired(DeadlineCause::Continue)),
    m("expired Response", Action::Expired(DeadlineCause::Response)),
    m("expired Linger", Action::Expired(DeadlineCause::Linger)),
    m("expired Drain", Action::Expired(DeadlineCause::Drain)),
    m("signals", Action::Signals),
    m("close", Action::Close),
    m("abort", Action::Abort),
];

const SERVER: &[Move] = &[
    bytes("receive GET", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    bytes("receive HEAD", b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"),
    bytes("receive POST 1", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n"),
    bytes("receive POST 2", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n"),
    bytes("receive POST 3", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n"),
    bytes(
        "receive POST chunked",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
    ),
    bytes("receive CONNECT", b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n"),
    bytes(
        "receive GET upgrade",
        b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: u\r\nConnection: upgrade\r\n\r\n",
    ),
    bytes(
        "receive POST expect",
        b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n",
    ),
    bytes(
        "receive GET expect upgrade",
        b"GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nUpgrade: u\r\nConnection: upgrade\r\n\r\n",
    ),
    bytes("receive GET close", b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
    bytes("receive GET 1.0", b"GET / HTTP/1.0\r\n\r\n"),
    bytes("receive GET 1.0 keep-alive", b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
    bytes(
        "receive both framings",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ),
    m("send_head 200 empty", Action::SendResponse(Response::new(200))),
    m("send_head 200 sized 1", Action::SendResponse(Response::new(200).sized(1))),
    m("send_head 200 streamed", Action::SendResponse(Response::new(200).streamed())),
    m("send_head 200 long", Action::SendResponse(Response::new(200).fields(LONG))),
    m("send_head 200 close", Action::SendResponse(Response::new(200).close())),
    m("send_head 204", Action::SendResponse(Response::new(204))),
    m("send_head 304 sized 1", Action::SendResponse(Response::new(304).sized(1))),
    m("send_head 404 streamed close", Action::SendResponse(Response::new(404).streamed().close())),
    m("send_head 101", Action::SendResponse(Response::new(101).upgrade("u"))),
    m("send_head 101 not offered", Action::SendResponse(Response::new(101).upgrade("v"))),
    m("send_head 100", Action::SendResponse(Response::new(100))),
    m("send_continue", Action::SendInterim(Response::new(100))),
    m("send_interim 103", Action::SendInterim(Response::new(103))),
    m("send_interim 200", Action::SendInterim(Response::new(200))),
    m("send_error", Action::SendError),
    m("cut_off", Action::CutOff),
];

const CLIENT: &[Move] = &[
    bytes("receive 200 sized 0", b"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n"),
    bytes("receive 200 sized 1", b"HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\n"),
    bytes("receive 200 sized 0 and a byte", b"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\nx"),
    bytes("receive 200 sized 3", b"HTTP/1.1 200 \r\nContent-Length: 3\r\n\r\n"),
    bytes("receive 200 chunked", b"HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n"),
    bytes(
        "receive 200 both",
        b"HTTP/1.1 200 \r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ),
    bytes("receive 200 until close", b"HTTP/1.1 200 \r\n\r\n"),
    bytes("receive 200 close", b"HTTP/1.1 200 \r\nContent-Length: 1\r\nConnection: close\r\n\r\n"),
    bytes("receive 200 1.0", b"HTTP/1.0 200 \r\nContent-Length: 1\r\n\r\n"),
    bytes(
        "receive 200 1.0 keep-alive",
        b"HTTP/1.0 200 \r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n",
    ),
    bytes("receive 204", b"HTTP/1.1 204 \r\n\r\n"),
    bytes("receive 304 sized 1", b"HTTP/1.1 304 \r\nContent-Length: 1\r\n\r\n"),
    bytes("receive 404 chunked", b"HTTP/1.1 404 \r\nTransfer-Encoding: chunked\r\n\r\n"),
    bytes("receive 100", b"HTTP/1.1 100 \r\n\r\n"),
    bytes("receive 103", b"HTTP/1.1 103 \r\n\r\n"),
    bytes("receive 101", b"HTTP/1.1 101 \r\nUpgrade: u\r\nConnection: upgrade\r\n\r\n"),
    bytes("receive 101 not offered", b"HTTP/1.1 101 \r\nUpgrade: v\r\nConnection: upgrade\r\n\r\n"),
    bytes("receive H", b"H"),
    m("send_head GET", Action::SendRequest(Request::new(Method::Get, "/", "a"))),
    m("send_head HEAD", Action::SendRequest(Request::new(Method::Head, "/", "a"))),
    m("send_head POST 1", Action::SendRequest(Request::new(Method::Post, "/", "a").sized(1))),
    m(
        "send_head POST streamed",
        Action::SendRequest(Request::new(Method::Post, "/", "a").streamed()),
    ),
    m(
        "send_head POST expect",
        Action::SendRequest(Request::new(Method::Post, "/", "a").sized(1).expect_continue()),
    ),
    m("send_head CONNECT", Action::SendRequest(Request::new(Method::Connect, "a:1", "a:1"))),
    m(
        "send_head GET upgrade",
        Action::SendRequest(Request::new(Method::Get, "/", "a").upgrade("u")),
    ),
    m("send_head GET close", Action::SendRequest(Request::new(Method::Get, "/", "a").close())),
    m("send_head GET long", Action::SendRequest(Request::new(Method::Get, "/", "a").fields(LONG))),
];

/// Every move of a role.
pub(super) fn moves(is_server: bool) -> impl Iterator<Item = Move> {
    COMMON.iter().chain(if is_server { SERVER } else { CLIENT }).copied()
}
