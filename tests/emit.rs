//! What is written: by the grammar or not at all, framed by the core alone (SPLIT, BODYX,
//! CLTE; RFC 9112 §3 to §7).

mod story;

use blazeio::{Client, Connection, Content, Date, Field, Limits, Method, Request, Response};
use blazeio::{Role, Server, UsageError, Written};
use story::{GET, OK, Side, TIMELESS, asked, asking, client, get};

const TCHAR: &str = "!#$%&'*+-.^_`|~";
const REG_NAME: &str = "-._~!$&'()*+;=";

fn is_tchar(c: char) -> bool {
    c.is_ascii_alphanumeric() || TCHAR.contains(c)
}

fn is_value(c: char) -> bool {
    c == '\t' || !(c < ' ' || c == '\x7f')
}

type Call<'a, R> = &'a dyn Fn(&mut Connection<R, Limits>, &mut [u8]) -> Result<Written, UsageError>;

/// `wrong` is refused as `error`, nothing is noted of it, and `right` does what it would have.
fn refuses<R: Role + Clone>(
    side: &Side<R>,
    wrong: Call<'_, R>,
    error: UsageError,
    right: Call<'_, R>,
) {
    let (mut fresh, mut tried) = (side.clone(), side.clone());
    let (mut expected, mut out) = ([0; 256], [0; 256]);
    assert_eq!(wrong(&mut tried.connection, &mut out), Err(error));
    assert_eq!(tried.connection.bytes_unsent(), fresh.connection.bytes_unsent());
    assert_eq!(tried.signals(), fresh.signals());
    let written = right(&mut fresh.connection, &mut expected).unwrap();
    assert_eq!(right(&mut tried.connection, &mut out), Ok(written));
    assert_eq!(out[..written.written], expected[..written.written]);
}

/// `call` is refused as `error`, or succeeds if there is none.
fn allows<R: Role + Clone>(
    side: &Side<R>,
    call: Call<'_, R>,
    error: Option<UsageError>,
    right: Call<'_, R>,
) {
    match error {
        Some(error) => refuses(side, call, error, right),
        None => assert!(call(&mut side.clone().connection, &mut [0; 256]).is_ok()),
    }
}

fn unless(ok: bool, error: UsageError) -> Option<UsageError> {
    if ok { None } else { Some(error) }
}

fn answer(
    connection: &mut Connection<Server, Limits>,
    out: &mut [u8],
) -> Result<Written, UsageError> {
    connection.send_head(&Response::new(200), out)
}

fn ask(connection: &mut Connection<Client, Limits>, out: &mut [u8]) -> Result<Written, UsageError> {
    connection.send_head(&get(), out)
}

fn end<R: Role>(
    connection: &mut Connection<R, Limits>,
    out: &mut [u8],
) -> Result<Written, UsageError> {
    connection.send_end(&[], out)
}

fn streaming() -> Side<Server> {
    let mut side = asked(TIMELESS, GET);
    side.head(&Response::new(200).streamed()).unwrap();
    side.flush();
    side
}

fn uploading() -> Side<Client> {
    let mut side = client(TIMELESS);
    side.head(&Request::new(Method::Post, "/", "a").streamed()).unwrap();
    side.flush();
    side
}

/// Every emitter of field lines, with `field` behind a good one.
fn emit_field(field: Field<'_>, error: Option<UsageError>) {
    let fields = [Field::new("x", "y"), field];
    let (final_head, hints) =
        (Response::new(200).fields(&fields), Response::new(103).fields(&fields));
    let request = get().fields(&fields);
    let (server, client) = (asked(TIMELESS, GET), client(TIMELESS));
    allows(&server, &|c, out| c.send_head(&final_head, out), error, &answer);
    allows(&server, &|c, out| c.send_interim(&hints, out), error, &answer);
    allows(&client, &|c, out| c.send_head(&request, out), error, &ask);
    allows(&streaming(), &|c, out| c.send_end(&fields, out), error, &end);
    allows(&uploading(), &|c, out| c.send_end(&fields, out), error, &end);
}

#[test]
fn split_no_byte_off_the_grammar_leaves_in_a_field_name() {
    let wrong = UsageError::InvalidFieldName { index: 1 };
    for b in 0..=255u8 {
        let error = unless(is_tchar(char::from(b)), wrong);
        for name in [&[b][..], &[b, b'n'], &[b'n', b, b'n'], &[b'n', b]] {
            emit_field(Field::from_bytes(name, b"v"), error);
        }
    }
    emit_field(Field::new("", "v"), Some(wrong));
}

#[test]
fn split_no_byte_off_the_grammar_leaves_in_a_field_value() {
    let wrong = UsageError::InvalidFieldValue { index: 1 };
    for b in 0..=255u8 {
        let blank = b == b' ' || b == b'\t';
        let ok = is_value(char::from(b));
        emit_field(Field::from_bytes(b"n", &[b'v', b, b'v']), unless(ok, wrong));
        for value in [&[b][..], &[b, b'v'], &[b'v', b]] {
            emit_field(Field::from_bytes(b"n", value), unless(ok && !blank, wrong));
        }
    }
    emit_field(Field::new("n", ""), None);
    emit_field(Field::new("n", "v\r\nSet-Cookie: a=b"), Some(wrong));
    emit_field(Field::new("n", "v\r\n folded"), Some(wrong));
}

#[test]
fn split_no_byte_off_the_grammar_leaves_in_a_request_line_or_host() {
    let side = client(TIMELESS);
    for b in 0..=255u8 {
        let char = char::from(b);
        let (method, target, host) = ([b'A', b, b'B'], format!("/a{char}b"), format!("a{char}b"));
        let method = Request::new(Method::Extension(&method), "/", "a");
        let target = Request::new(Method::Get, &target, "a");
        let host = Request::new(Method::Get, "/", &host);
        let is_target = char.is_ascii_graphic() && char != '#';
        let is_host = char.is_ascii_alphanumeric() || REG_NAME.contains(char);
        for (request, ok, wrong) in [
            (method, is_tchar(char), UsageError::InvalidMethod),
            (target, is_target, UsageError::InvalidTarget),
            (host, is_host, UsageError::InvalidHost),
        ] {
            allows(&side, &|c, out| c.send_head(&request, out), unless(ok, wrong), &ask);
        }
    }
    let empty = Request::new(Method::Extension(b""), "/", "a");
    refuses(&side, &|c, out| c.send_head(&empty, out), UsageError::InvalidMethod, &ask);
}

#[test]
fn split_no_byte_off_the_grammar_leaves_in_a_reason() {
    let side = asked(TIMELESS, GET);
    for char in (0..=255u8).map(char::from) {
        let reason = format!("a{char}b");
        let head = Response::new(200).reason(&reason);
        let hints = Response::new(103).reason(&reason);
        let error = unless(is_value(char), UsageError::InvalidReason);
        allows(&side, &|c, out| c.send_head(&head, out), error, &answer);
        allows(&side, &|c, out| c.send_interim(&hints, out), error, &answer);
    }
}

#[test]
fn split_no_byte_off_the_grammar_leaves_in_an_upgrade() {
    let offering = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: a\r\n\r\n";
    let (server, client) = (asked(TIMELESS, offering), client(TIMELESS));
    let wrong = UsageError::InvalidUpgrade;
    for char in (0..=255u8).map(char::from) {
        let protocol = format!("a{char}b");
        let error = unless(is_tchar(char) || char == '/' || char == ',', wrong);
        let request = get().upgrade(&protocol);
        let required = Response::new(426).upgrade(&protocol);
        let switch = Response::new(101).upgrade(&protocol);
        allows(&client, &|c, out| c.send_head(&request, out), error, &ask);
        allows(&server, &|c, out| c.send_head(&required, out), error, &answer);
        refuses(&server, &|c, out| c.send_head(&switch, out), wrong, &answer);
    }
}

/// `call` needs exactly so much room; with less it does nothing and says how much.
fn needs_room<R: Role + Clone>(side: &Side<R>, call: Call<'_, R>) {
    let mut expected = [0; 512];
    let needed = call(&mut side.clone().connection, &mut expected).unwrap().written;
    assert!(needed > 0);
    for room in 0..needed {
        let cramped = |c: &mut _, out: &mut [u8]| call(c, &mut out[..room]);
        refuses(side, &cramped, UsageError::OutputTooSmall { needed }, call);
    }
    let mut out = vec![0; needed];
    assert_eq!(call(&mut side.clone().connection, &mut out).unwrap().written, needed);
    assert_eq!(out, expected[..needed]);
}

#[test]
fn too_little_room_says_exactly_how_much_is_needed() {
    let date = Date::from_unix(784_111_777).unwrap();
    let fields = [Field::new("a", "b"), Field::new("TE", "trailers")];
    let request = Request::new(Method::Post, "/p?q", "a:1").fields(&fields).date(date);
    let response = Response::new(200).fields(&fields).date(date);
    let offering = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\nExpect: 100-continue\r\n\r\n";
    for request in [request, request.sized(1234), request.streamed().expect_continue().close()] {
        needs_room(&client(TIMELESS), &|c, out| c.send_head(&request, out));
    }
    for response in [response, response.sized(u64::MAX).close(), response.streamed().upgrade("x")] {
        needs_room(&asked(TIMELESS, GET), &|c, out| c.send_head(&response, out));
    }
    needs_room(&asked(TIMELESS, offering), &|c, out| {
        c.send_head(&Response::new(101).upgrade("x"), out)
    });
    needs_room(&asked(TIMELESS, GET), &|c, out| {
        c.send_interim(&Response::new(103).fields(&fields), out)
    });
    needs_room(&asked(TIMELESS, GET), &|c, out| c.send_continue(out));
    let trailers = [Field::new("a", "b"), Field::new("Checksum", "c")];
    needs_room(&streaming(), &|c, out| c.send_end(&trailers, out));
    needs_room(&uploading(), &|c, out| c.send_end(&[], out));
    let mut failed = asked(TIMELESS, GET);
    failed.answer(200);
    let error = failed.fail("\0");
    needs_room(&failed, &|c, out| c.send_error(&error, Some(date), out));
}

#[test]
fn content_is_written_into_any_room_that_holds_a_byte_of_it() {
    let data: Vec<u8> = (0..300).map(|n| n as u8).collect();
    for room in 0..320 {
        let mut side = streaming();
        let mut out = vec![0; room];
        let result = side.connection.send_content(&data, &mut out);
        if room < 6 {
            assert_eq!(result, Err(UsageError::OutputTooSmall { needed: 6 }));
            assert_eq!(side.connection.bytes_unsent(), 0);
            continue;
        }
        let done = result.unwrap();
        let n = done.consumed;
        assert!(n > 0 && done.written <= room);
        let chunk = [format!("{n:x}\r\n").as_bytes(), &data[..n], b"\r\n"].concat();
        assert_eq!(out[..done.written].to_ascii_lowercase(), chunk.to_ascii_lowercase());
        assert!(n == data.len() || room - done.written <= 1, "room {room} is used");
    }
    let mut side = asked(TIMELESS, GET);
    side.head(&Response::new(200).sized(5)).unwrap();
    assert_eq!(
        side.connection.send_content(b"hello", &mut []),
        Err(UsageError::OutputTooSmall { needed: 1 })
    );
    for byte in b"hello" {
        let mut out = [0];
        let done = side.connection.send_content(&[*byte], &mut out).unwrap();
        assert_eq!((done.consumed, done.written, out), (1, 1, [*byte]));
    }
    assert!(side.end().is_ok());
}

#[test]
fn framed_without_copying_the_bytes_are_the_same() {
    for length in [0, 1, 9, 10, 15, 16, 255, 256, 4095, 4096, 65_535, 65_536, 1 << 20] {
        let data = vec![b'x'; length];
        let mut sized = asked(TIMELESS, GET);
        sized.head(&Response::new(200).sized(length as u64)).unwrap();
        let mut head = asked(TIMELESS, &GET.replace("GET", "HEAD"));
        head.head(&Response::new(200).sized(length as u64)).unwrap();
        let mut closing = asked(TIMELESS, "GET / HTTP/1.0\r\n\r\n");
        closing.head(&Response::new(200).streamed()).unwrap();
        for (mut copied, name) in
            [(streaming(), "chunked"), (sized, "sized"), (head, "none"), (closing, "close")]
        {
            let mut framed = copied.clone();
            let mut out = vec![0; length + 32];
            let n = copied.connection.send_content(&data, &mut out).unwrap().written;
            let framing = framed.connection.frame_content(length as u64).unwrap();
            let content = &data[..framing.content as usize];
            let whole = [&framing.prefix[..], content, framing.suffix].concat();
            assert!(whole == out[..n], "{name} {length}");
            assert_eq!(framed.connection.bytes_unsent(), copied.connection.bytes_unsent());
            assert_eq!(framed.end(), copied.end());
        }
    }
}

#[test]
fn clte_framing_and_routing_fields_are_the_core_s_own() {
    for name in [
        "Content-Length",
        "Transfer-Encoding",
        "Connection",
        "Keep-Alive",
        "Proxy-Connection",
        "Upgrade",
        "Host",
        "Expect",
    ] {
        for name in [name.to_string(), name.to_lowercase(), name.to_uppercase()] {
            let fields = [Field::new("x", "y"), Field::new(&name, "z")];
            let error = UsageError::ReservedField { index: 1 };
            let head = Response::new(200).fields(&fields);
            refuses(&asked(TIMELESS, GET), &|c, out| c.send_head(&head, out), error, &answer);
            refuses(
                &asked(TIMELESS, GET),
                &|c, out| c.send_interim(&Response::new(103).fields(&fields), out),
                error,
                &answer,
            );
            refuses(
                &client(TIMELESS),
                &|c, out| c.send_head(&get().fields(&fields), out),
                error,
                &ask,
            );
        }
    }
}

#[test]
fn trlr_trailers_need_chunked_content_and_a_name_that_may_stand_there() {
    for name in [
        "Content-Length",
        "transfer-encoding",
        "HOST",
        "Connection",
        "Keep-Alive",
        "TE",
        "Trailer",
        "Upgrade",
        "Expect",
        "Max-Forwards",
        "Cache-Control",
        "Range",
        "If-Match",
        "If-None-Match",
        "If-Modified-Since",
        "If-Unmodified-Since",
        "If-Range",
        "Authorization",
        "Proxy-Authorization",
        "Proxy-Authenticate",
        "WWW-Authenticate",
        "Set-Cookie",
        "Cookie",
        "Content-Encoding",
        "Content-Type",
        "Content-Range",
        "Age",
        "Expires",
        "Date",
        "Location",
        "Retry-After",
        "Vary",
        "Warning",
        "Proxy-Connection",
        "Pragma",
    ] {
        let trailers = [Field::new("x", "y"), Field::new(name, "1")];
        let error = UsageError::ForbiddenTrailer { index: 1 };
        refuses(&streaming(), &|c, out| c.send_end(&trailers, out), error, &end);
        refuses(&uploading(), &|c, out| c.send_end(&trailers, out), error, &end);
    }
    let good = [Field::new("ETag", "\"a\""), Field::new("Authentication-Info", "b")];
    let mut out = [0; 64];
    let written = streaming().connection.send_end(&good, &mut out).unwrap().written;
    assert_eq!(out[..written], *b"0\r\nETag: \"a\"\r\nAuthentication-Info: b\r\n\r\n");
    for (request, response) in
        [(GET, Response::new(200)), ("GET / HTTP/1.0\r\n\r\n", Response::new(200).streamed())]
    {
        let mut side = asked(TIMELESS, request);
        side.head(&response).unwrap();
        refuses(&side, &|c, out| c.send_end(&good, out), UsageError::TrailersNeedChunked, &end);
    }
}

#[test]
fn content_is_as_long_as_was_said() {
    let sides = |length| {
        let mut side = asked(TIMELESS, GET);
        side.head(&Response::new(200).sized(length)).unwrap();
        side
    };
    let mut side = sides(5);
    side.content(b"he").unwrap();
    let missing = Err(UsageError::ContentTooShort { missing: 3 });
    assert_eq!(side.end(), missing);
    assert_eq!(side.content(b"llo!"), Err(UsageError::ContentTooLong { left: 3 }));
    assert_eq!(side.connection.frame_content(4), Err(UsageError::ContentTooLong { left: 3 }));
    assert_eq!(side.end(), missing);
    assert_eq!(side.content(b"llo").as_deref(), Ok("llo"));
    assert_eq!(side.content(b"\r\n"), Err(UsageError::ContentTooLong { left: 0 }));
    assert!(side.end().is_ok());
    assert_eq!(side.content(b"x"), Err(UsageError::ContentNotExpected));

    let mut side = client(TIMELESS);
    side.head(&Request::new(Method::Put, "/", "a").sized(1)).unwrap();
    assert_eq!(side.end(), Err(UsageError::ContentTooShort { missing: 1 }));
    assert_eq!(side.content(b"a\r\n"), Err(UsageError::ContentTooLong { left: 1 }));
    assert_eq!(side.content(b"a").as_deref(), Ok("a"));
    assert!(side.end().is_ok());
    assert_eq!(client(TIMELESS).content(b"x"), Err(UsageError::ContentNotExpected));
    assert_eq!(asked(TIMELESS, GET).end(), Err(UsageError::ContentNotExpected));
}

#[test]
fn nothing_chunked_goes_to_a_server_that_answered_in_http_1_0() {
    let mut side = asking(TIMELESS, &get());
    side.hear("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n");
    let chunked = Request::new(Method::Post, "/", "a").streamed();
    refuses(&side, &|c, out| c.send_head(&chunked, out), UsageError::ChunkedToHttp10, &ask);
    assert!(side.head(&Request::new(Method::Post, "/", "a").content(Content::Sized(1))).is_ok());
    let mut side = asking(TIMELESS, &get());
    side.hear(OK);
    assert!(side.head(&chunked).is_ok());
}
