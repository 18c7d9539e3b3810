//! Which answer a request gets.
//!
//! Decides by path, then by method (RFC 9110 §9, §15.5.6, §15.6.2); at `/upgrade` by what the
//! client offers to speak (§7.8, §15.5.22). An absolute target is served by its path, whatever
//! its authority.

use blazeio::{Method, RequestHead, Target};

const EVERYTHING: &str = "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH";
const READ_AND_OPTIONS: &str = "GET, HEAD, OPTIONS";

/// An answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Route {
    /// The request's own content.
    Echo,
    /// The protocol `echo`.
    Upgrade,
    /// The same for everybody.
    Fixed(Fixed),
}

/// A response that is known before its request is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fixed {
    /// The status code.
    pub status: u16,
    /// The value of Allow, if there is one.
    pub allow: Option<&'static str>,
    /// The protocol to ask for, if there is one.
    pub upgrade: Option<&'static str>,
    /// The content.
    pub text: &'static str,
    /// Nothing else is to be served on the connection.
    pub closes: bool,
}

impl Fixed {
    const fn new(status: u16, text: &'static str) -> Self {
        Self { status, allow: None, upgrade: None, text, closes: false }
    }

    const fn allow(self, allow: &'static str) -> Self {
        Self { allow: Some(allow), ..self }
    }
}

/// The answer to a request.
pub fn route(head: &RequestHead<'_>) -> Route {
    let method = head.method();
    let target = head.target();
    if matches!(method, Method::Extension(_)) {
        return Route::Fixed(Fixed::new(501, "Not Implemented\n"));
    }
    match target.and_then(|t| t.path()) {
        Some(b"/echo") if method != Method::Trace => Route::Echo,
        Some(b"/echo") => not_allowed(EVERYTHING),
        Some(b"/") => match method {
            Method::Get | Method::Head => Route::Fixed(Fixed::new(200, "This is echo.\n")),
            Method::Options => options(READ_AND_OPTIONS),
            _ => not_allowed(READ_AND_OPTIONS),
        },
        Some(b"/upgrade") if offers_echo(head) => Route::Upgrade,
        Some(b"/upgrade") => {
            let required = Fixed::new(426, "Upgrade Required\n");
            Route::Fixed(Fixed { upgrade: Some("echo"), ..required })
        }
        Some(b"/204" | b"/304") if method == Method::Trace => not_allowed(EVERYTHING),
        Some(b"/204") => Route::Fixed(Fixed::new(204, "")),
        Some(b"/304") => Route::Fixed(Fixed::new(304, "")),
        Some(_) => Route::Fixed(Fixed::new(404, "Not Found\n")),
        None if target == Some(Target::Asterisk) => options(EVERYTHING),
        // RFC 9110 §9.3.6: what follows CONNECT is not HTTP if the client did not wait.
        None => Route::Fixed(Fixed { closes: true, ..NOT_ALLOWED.allow(EVERYTHING) }),
    }
}

const NOT_ALLOWED: Fixed = Fixed::new(405, "Method Not Allowed\n");

fn offers_echo(head: &RequestHead<'_>) -> bool {
    head.upgrade().any(|protocol| protocol.eq_ignore_ascii_case(b"echo"))
}

fn options(allow: &'static str) -> Route {
    Route::Fixed(Fixed::new(204, "").allow(allow))
}

fn not_allowed(allow: &'static str) -> Route {
    Route::Fixed(NOT_ALLOWED.allow(allow))
}
