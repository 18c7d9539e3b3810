//! Requests to be sent, sound and unsound.
//!
//! Decides, apart from the core, which of them must be refused and what the others must be read
//! as (RFC 9112 §3, §6; RFC 9110 §7.8, §9.3, §10.1.1).

use crate::choices::Choices;
use crate::fields::{self, Line, any_fields, is_token};
use crate::heard::Start;
use blazeio::{Content, Date, Field, Length, Method, Request};
use blazeio_grammar::{Verdict, request_head};

/// The form of a request target.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Form {
    Origin,
    Absolute,
    Asterisk,
    Authority,
    Unsound,
    /// Raw text: the grammar judges.
    Raw,
}

const TARGETS: &[(&str, &str, Form)] = &[
    ("/", "a", Form::Origin),
    ("/a/%20?b=c&d", "example.com:8080", Form::Origin),
    ("/{}|\"\\^`", "[::1]:1", Form::Origin),
    ("http://a/x?y", "a", Form::Absolute),
    ("*", "a", Form::Asterisk),
    ("*", "", Form::Asterisk),
    ("a:1", "a:1", Form::Authority),
    ("http://a/x", "b", Form::Unsound),
    ("/ x", "a", Form::Unsound),
    ("/\r\nX: y", "a", Form::Unsound),
    ("", "a", Form::Unsound),
    ("/#f", "a", Form::Unsound),
    ("/", "", Form::Unsound),
    ("/", "a, b", Form::Unsound),
    ("/", "a\r\nX: y", Form::Unsound),
    ("http://u@a/", "u@a", Form::Unsound),
];

const METHODS: &[Method<'static>] = &[
    Method::Get,
    Method::Post,
    Method::Head,
    Method::Put,
    Method::Options,
    Method::Connect,
    Method::Trace,
    Method::Delete,
    Method::Patch,
    Method::Extension(b"M-SEARCH"),
    Method::Extension(b"get"),
    Method::Extension(b"HEAD"),
    Method::Extension(b"CONNECT"),
];

/// Lists of protocols; whether they are.
const PROTOCOLS: &[(&str, bool)] = &[
    ("x", true),
    ("websocket, x/1", true),
    ("h2c", true),
    ("a, b,c , d/2,,e", true),
    ("X", true),
    ("", false),
    (",", false),
    ("a b", false),
    ("x/", false),
    ("x\r\ny", false),
];

/// A value of Upgrade and whether it is a list of protocols; `None` most of the time.
pub(crate) fn any_upgrade(choices: &mut Choices<'_>) -> Option<(&'static str, bool)> {
    if choices.rarely(6) { Some(choices.one(PROTOCOLS)) } else { None }
}

/// The elements of a list of protocols.
pub(crate) fn protocols(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|p| !p.is_empty())
}

/// Empty, sized, streamed; rarely of a size that no test sends.
pub(crate) fn any_content(choices: &mut Choices<'_>) -> Content {
    match choices.below(16) {
        0..=3 => Content::Empty,
        4..=8 => Content::Sized(choices.below(24) as u64),
        15 => Content::Sized(u64::MAX - choices.below(2) as u64),
        _ => Content::Streamed,
    }
}

pub(crate) fn any_date(choices: &mut Choices<'_>) -> Option<Date> {
    if choices.rarely(6) { Date::from_unix(784_111_777) } else { None }
}

fn any_host<'a>(choices: &mut Choices<'a>) -> &'a str {
    if choices.rarely(2) { choices.text(6) } else { choices.one(&["a", "a:80"]) }
}

/// A request to be sent.
#[derive(Debug)]
pub(crate) struct Asking<'a> {
    pub(crate) method: Method<'a>,
    pub(crate) target: &'a str,
    pub(crate) host: &'a str,
    form: Form,
    pub(crate) fields: Vec<Field<'a>>,
    pub(crate) content: Content,
    pub(crate) expects: bool,
    pub(crate) close: bool,
    pub(crate) upgrade: Option<(&'a str, bool)>,
    pub(crate) date: Option<Date>,
}

impl<'a> Asking<'a> {
    pub(crate) fn any(choices: &mut Choices<'a>) -> Self {
        let method = match choices.below(16) {
            15 => Method::Extension(choices.bytes(6)),
            _ => choices.one(METHODS),
        };
        let (target, host, form) = match (choices.below(8), method) {
            (0..=4, Method::Connect | Method::Extension(b"CONNECT")) => TARGETS[6],
            (0..=4, _) => choices.one(&TARGETS[..4]),
            (5 | 6, _) => choices.one(TARGETS),
            _ => (choices.text(12), any_host(choices), Form::Raw),
        };
        let fields = any_fields(choices, false);
        let content = any_content(choices);
        let (expects, close) = (choices.rarely(5), choices.rarely(8));
        let (upgrade, date) = (any_upgrade(choices), any_date(choices));
        Self { method, target, host, form, fields, content, expects, close, upgrade, date }
    }

    /// One that a server reads and answers as `method` asks, with these protocols offered.
    pub(crate) fn plain(method: Method<'a>, offers: Option<&'a str>) -> Self {
        let is_connect = method == Method::Connect;
        let (target, host, form) = TARGETS[if is_connect { 6 } else { 0 }];
        Self {
            method,
            target,
            host,
            form,
            fields: Vec::new(),
            content: Content::Empty,
            expects: false,
            close: false,
            upgrade: offers.map(|o| (o, true)),
            date: None,
        }
    }

    pub(crate) fn request(&self) -> Request<'_> {
        let request = Request::new(self.method, self.target, self.host).fields(&self.fields);
        let request = request.content(self.content);
        let request = if self.expects { request.expect_continue() } else { request };
        let request = if self.close { request.close() } else { request };
        let request = self.upgrade.map_or(request, |(list, _)| request.upgrade(list));
        self.date.map_or(request, |date| request.date(date))
    }

    pub(crate) fn is(&self, method: &[u8]) -> bool {
        self.method.as_bytes() == method
    }

    /// Whether it must be taken, to a server that is not known to speak HTTP/1.0. `None` where
    /// only the core judges.
    pub(crate) fn is_sound(&self) -> Option<bool> {
        let has_content = self.content != Content::Empty;
        let (is_connect, is_trace) = (self.is(b"CONNECT"), self.is(b"TRACE"));
        let names_chunked = |f: &Field<'_>| f.is("te") && f.value.contains(&b'h');
        let is_sound = is_token(self.method.as_bytes())
            && fields::are_sound(&self.fields)
            && !(has_content && (is_connect || is_trace || self.upgrade.is_some()))
            && !(self.expects && matches!(self.content, Content::Empty | Content::Sized(0)))
            && !self.upgrade.is_some_and(|(_, is_list)| !is_list || is_connect);
        if self.fields.iter().any(names_chunked) {
            return None;
        }
        match self.form {
            Form::Raw => Some(is_sound && self.reads_as_it_is()),
            Form::Unsound => Some(false),
            Form::Origin | Form::Absolute => Some(is_sound && !is_connect),
            Form::Asterisk => Some(is_sound && self.is(b"OPTIONS")),
            Form::Authority => Some(is_sound && is_connect),
        }
    }

    /// Whether the grammar reads the method, the target and Host as they are, and a target that
    /// names an authority names Host's (RFC 9112 §3.2).
    fn reads_as_it_is(&self) -> bool {
        let [method, target, host] =
            [self.method.as_bytes(), self.target.as_bytes(), self.host.as_bytes()];
        let wire = [method, b" ", target, b" HTTP/1.1\r\nHost: ", host, b"\r\n\r\n"].concat();
        let Verdict::Complete(head) = request_head(&wire) else { return false };
        let parts = (&head.method[..], &head.target[..], &head.fields[..]);
        parts == (method, target, &[(b"Host".to_vec(), host.to_vec())])
            && head.authority.is_none_or(|authority| authority == host)
    }

    /// What a server must read, if the client said close for a reason of its own or not.
    pub(crate) fn start(&self, says_close: bool) -> Start {
        let anticipates = self.is(b"POST") || self.is(b"PUT") || self.is(b"PATCH");
        let mut lines: Vec<Line> = fields::lines(self.fields.iter().copied());
        if let Some(date) = self.date.filter(|_| !self.fields.iter().any(|f| f.is("date"))) {
            lines.push((b"Date".to_vec(), date.as_bytes().to_vec()));
        }
        let offers = self.upgrade.map_or("", |(list, _)| list);
        Start {
            line: [self.method.as_bytes(), self.target.as_bytes(), self.host.as_bytes()]
                .map(<[u8]>::to_vec)
                .to_vec(),
            fields: lines,
            length: match self.content {
                Content::Empty if anticipates => Length::Sized(0),
                Content::Empty => Length::None,
                Content::Sized(n) => Length::Sized(n),
                Content::Streamed => Length::Chunked,
            },
            keep_alive: !(self.close || says_close),
            expects: self.expects,
            // RFC 9113 §3.1: h2c is no offer.
            upgrade: protocols(offers)
                .filter(|p| !p.eq_ignore_ascii_case("h2c"))
                .map(|p| p.as_bytes().to_vec())
                .collect(),
        }
    }
}
