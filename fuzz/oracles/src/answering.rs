//! Responses to be sent, sound and unsound.
//!
//! Decides, apart from the core, which of them must be refused, how their content is framed and
//! what they must be read as (RFC 9112 §6; RFC 9110 §7.8, §9.3.6, §15).

use crate::asking::{any_content, any_date, any_upgrade, protocols};
use crate::choices::Choices;
use crate::fields::{self, Line, any_fields, is_text};
use crate::heard::Start;
use blazeio::{Content, Date, Field, Length, Response, reason_phrase};

/// What of a request decides how it may be answered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) method: Vec<u8>,
    pub(crate) is_http10: bool,
    /// The first four protocols offered.
    pub(crate) offers: Vec<Vec<u8>>,
}

/// How content goes out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Body {
    /// Whatever is given is dropped.
    Dropped,
    /// So many bytes are left.
    Sized(u64),
    Chunked,
    UntilClose,
    /// Nothing follows: the connection is a tunnel.
    Tunnel,
}

const STATUSES: &[u16] =
    &[200, 204, 404, 304, 205, 500, 101, 200, 200, 426, 299, 999, 100, 0, 1000, 199, u16::MAX];

/// A response to be sent, final or interim.
#[derive(Debug)]
pub(crate) struct Answering<'a> {
    pub(crate) status: u16,
    pub(crate) reason: Option<&'a str>,
    pub(crate) fields: Vec<Field<'a>>,
    pub(crate) content: Content,
    pub(crate) close: bool,
    pub(crate) upgrade: Option<(&'a str, bool)>,
    pub(crate) date: Option<Date>,
}

impl<'a> Answering<'a> {
    pub(crate) fn any(choices: &mut Choices<'a>) -> Self {
        let status = match choices.byte() {
            255 => u16::from_le_bytes([choices.byte(), choices.byte()]),
            n => STATUSES[usize::from(n) % STATUSES.len()],
        };
        let reason = match choices.below(8) {
            0..=5 => None,
            6 => Some(choices.one(&["", "Fine", " a  b ", "a\r\nX: y", "\u{e9}", "a\u{7f}"])),
            _ => Some(choices.text(9)),
        };
        let fields = any_fields(choices, false);
        let (content, close) = (any_content(choices), choices.rarely(8));
        let upgrade = match status {
            101 | 426 if !choices.rarely(4) => Some(("x", true)),
            _ => any_upgrade(choices),
        };
        let date = any_date(choices);
        let content = if status == 101 && !choices.rarely(4) { Content::Empty } else { content };
        Self { status, reason, fields, content, close, upgrade, date }
    }

    /// A status and nothing else.
    pub(crate) fn plain(status: u16) -> Self {
        let (reason, upgrade, date) = (None, None, None);
        let (fields, content) = (Vec::new(), Content::Empty);
        Self { status, reason, fields, content, close: false, upgrade, date }
    }

    /// One without content, close and upgrade, as an interim response must be; rarely not.
    pub(crate) fn any_interim(choices: &mut Choices<'a>) -> Self {
        let status = choices.one(&[100, 103, 102, 199, 100, 101, 200, 99]);
        let any = Self::any(choices);
        if choices.rarely(8) {
            return Self { status, ..any };
        }
        Self { status, content: Content::Empty, close: false, upgrade: None, ..any }
    }

    pub(crate) fn response(&self) -> Response<'_> {
        let response = Response::new(self.status).fields(&self.fields).content(self.content);
        let response = self.reason.map_or(response, |reason| response.reason(reason));
        let response = if self.close { response.close() } else { response };
        let response = self.upgrade.map_or(response, |(list, _)| response.upgrade(list));
        self.date.map_or(response, |date| response.date(date))
    }

    fn has_sound_text(&self) -> bool {
        self.reason.is_none_or(|r| is_text(r.as_bytes())) && fields::are_sound(&self.fields)
    }

    /// RFC 9110 §15.2: whether it may go as an interim response.
    pub(crate) fn is_sound_interim(&self, asked: &Asked) -> bool {
        matches!(self.status, 100 | 102..=199)
            && !asked.is_http10
            && self.content == Content::Empty
            && !self.close
            && self.upgrade.is_none()
            && self.has_sound_text()
    }

    /// Whether it may go as the final response, or as 101.
    pub(crate) fn is_sound(&self, asked: &Asked) -> bool {
        let upgrade = self.upgrade.unwrap_or(("", false));
        let was_offered =
            |p: &str| asked.offers.iter().any(|o| o.eq_ignore_ascii_case(p.as_bytes()));
        let fits = match self.status {
            101 => upgrade.1 && protocols(upgrade.0).all(was_offered),
            426 => self.upgrade.is_some(),
            status => matches!(status, 200..=999),
        };
        let opens = self.body(asked) == Body::Tunnel;
        fits && self.has_sound_text()
            && !(opens && (self.content != Content::Empty || self.close))
            && self.upgrade.is_none_or(|(_, is_list)| is_list)
    }

    /// RFC 9112 §6.3
    pub(crate) fn body(&self, asked: &Asked) -> Body {
        match (self.status, self.content) {
            (101, _) => Body::Tunnel,
            (200..=299, _) if asked.method == b"CONNECT" => Body::Tunnel,
            (204 | 205 | 304, _) => Body::Dropped,
            _ if asked.method == b"HEAD" => Body::Dropped,
            (_, Content::Empty) => Body::Sized(0),
            (_, Content::Sized(n)) => Body::Sized(n),
            (_, Content::Streamed) if asked.is_http10 => Body::UntilClose,
            (_, Content::Streamed) => Body::Chunked,
        }
    }

    /// What a client must read, if the server closes after it or not.
    pub(crate) fn start(&self, asked: &Asked, closes: bool) -> Start {
        let mut lines: Vec<Line> = fields::lines(self.fields.iter().copied());
        if let Some(date) = self.date.filter(|_| !self.fields.iter().any(|f| f.is("date"))) {
            lines.insert(0, (b"Date".to_vec(), date.as_bytes().to_vec()));
        }
        let body = self.body(asked);
        let reason = self.reason.unwrap_or(reason_phrase(self.status));
        Start {
            line: vec![self.status.to_string().into_bytes(), reason.as_bytes().to_vec()],
            fields: lines,
            length: match body {
                Body::Dropped if self.status == 205 && asked.method != b"HEAD" => Length::Sized(0),
                Body::Dropped | Body::Tunnel => Length::None,
                Body::Sized(n) => Length::Sized(n),
                Body::Chunked => Length::Chunked,
                Body::UntilClose => Length::UntilClose,
            },
            keep_alive: body == Body::Tunnel || !closes,
            expects: false,
            upgrade: protocols(self.upgrade.map_or("", |(list, _)| list))
                .map(|p| p.as_bytes().to_vec())
                .collect(),
        }
    }
}
