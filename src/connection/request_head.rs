//! A request's head: what its fields mean for the connection (RFC 9112 §3, §6, §9; RFC 9110
//! §7.6.1, §7.8, §10.1.1).
//!
//! Decides the framing of the content, whether the connection is kept, what is expected and
//! offered. Refuses requests with two meanings (HOST, CLTE, HOP). It knows no state.

use super::upgrade::Offers;
use crate::error::PeerErrorKind as Kind;
use crate::limits::Limits;
use crate::message::{Length, RequestFlags, RequestSpan, Span, Version, is_offer};
use crate::syntax::authority::Authority;
use crate::syntax::field::{elements, is_one_of};
use crate::syntax::head::{Section as FieldSection, parse_fields};
use crate::syntax::line::parse_request_line;
use crate::syntax::scan::Offence;
use crate::syntax::target::Target;
use crate::syntax::token::{is_name, is_token};
use crate::transfer::length::{Declared, expects_only_continue, named};

/// A complete head and what it asks of the connection.
pub(super) struct ReadRequest {
    pub(super) span: RequestSpan,
    pub(super) len: usize,
    pub(super) offers: Offers,
    pub(super) expects: bool,
    pub(super) says_close: bool,
    pub(super) is_head: bool,
    pub(super) is_connect: bool,
}

/// `Ok(None)`: not complete or not well-formed. The error's offset counts from the head.
pub(super) type Read = Result<Option<ReadRequest>, Offence>;

/// Reads a complete, well-formed request head within all limits. So many bytes were skipped
/// before it.
#[cfg_attr(not(any(target_os = "none", blazeio_small)), inline)]
#[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
pub(super) fn read_request(limits: &Limits, head: &[u8], skipped: usize) -> Read {
    let Some(line) = parse_request_line(head) else { return Ok(None) };
    let method = head.get(..line.method_end).unwrap_or_default();
    let target_start = line.method_end.wrapping_add(1);
    let text = head.get(target_start..line.target_end).unwrap_or_default();
    let (is_connect, is_options) = (method == b"CONNECT", method == b"OPTIONS");
    let is_asterisk =
        Target::check(text, is_connect, is_options).map_err(|kind| (kind, target_start))?;
    let version = if line.minor == 0 { Version::Http10 } else { Version::Http11 };
    let mut facts = Facts::new(version, is_asterisk);
    let section = facts.read(head, line.len);
    facts.check_host(head)?;
    let Some(section) = section.map_err(|offence| named(head, offence))? else { return Ok(None) };
    let len = line.len.wrapping_add(section.len);
    if !is_within(limits, line.len, len, section.count) {
        return Ok(None);
    }
    let length = facts.length(is_connect).map_err(|kind| (kind, 0))?;
    if matches!(length, Length::Sized(n) if n > limits.content) {
        return Err((Kind::ContentTooLarge, facts.length_at));
    }
    let span = RequestSpan {
        start: short(skipped),
        method_end: short(line.method_end),
        target_end: short(line.target_end),
        line_end: short(line.len),
        head_end: short(len),
        count: section.count,
        version,
        length,
        flags: facts.flags(length, is_connect),
    };
    let offers = if span.flags.offers_upgrade { facts.offers } else { Offers::default() };
    Ok(Some(ReadRequest {
        span,
        len,
        offers,
        expects: facts.expects,
        says_close: facts.says_close,
        is_head: method == b"HEAD",
        is_connect,
    }))
}

/// What is noted while a request's fields are walked.
struct Facts {
    version: Version,
    is_asterisk: bool,
    declared: Declared,
    length_at: usize,
    host: Option<Span>,
    says_close: bool,
    says_keep_alive: bool,
    says_upgrade: bool,
    /// Never in HTTP/1.0.
    expects: bool,
    accepts_trailers: bool,
    offers: Offers,
}

impl Facts {
    fn new(version: Version, is_asterisk: bool) -> Self {
        Self {
            version,
            is_asterisk,
            declared: Declared::default(),
            length_at: 0,
            host: None,
            says_close: false,
            says_keep_alive: false,
            says_upgrade: false,
            expects: false,
            accepts_trailers: false,
            offers: Offers::default(),
        }
    }

    /// The field section. A frame of its own: its slots are most of the stack.
    #[inline(never)]
    fn read(&mut self, head: &[u8], start: usize) -> Result<Option<FieldSection>, Offence> {
        parse_fields(head, start, |name, value, at| {
            self.note(name, value, at).map_err(|kind| (kind, at))
        })
    }

    /// A field line; only those that concern the connection are looked at.
    #[inline]
    fn note(&mut self, name: &[u8], value: &[u8], at: usize) -> Result<(), Kind> {
        match name.len() {
            2 if is_name(name, b"te") => self.te(value),
            4 if is_name(name, b"host") => return self.host(at, value.len()),
            6 if is_name(name, b"expect") => return self.expect(value),
            7 if is_name(name, b"upgrade") => self.upgrade(value),
            10 if is_name(name, b"connection") => return self.connection(value),
            14 if is_name(name, b"content-length") => {
                self.length_at = at;
                return self.declared.content_length(value, false);
            }
            17 if is_name(name, b"transfer-encoding") => {
                return self.declared.transfer_encoding(value);
            }
            _ => {}
        }
        Ok(())
    }

    /// RFC 9112 §3.2: exactly one.
    fn host(&mut self, at: usize, len: usize) -> Result<(), Kind> {
        match self.host.replace(Span::new(at, at.wrapping_add(len))) {
            Some(first) => {
                self.host = Some(first);
                Err(Kind::DuplicateHost)
            }
            None => Ok(()),
        }
    }

    /// RFC 9112 §3.2: of host and port. Looked at when the slots are off the stack, and
    /// before any offence among the fields: the walk ends at one, so Host came before it.
    fn check_host(&self, head: &[u8]) -> Result<(), Offence> {
        let Some(host) = self.host else { return Ok(()) };
        // RFC 9112 §3.2: empty where the target has no authority, which only `*` has not.
        let is_absent = host.is_empty() && self.is_asterisk;
        if is_absent || Authority::check(host.on(head)) {
            return Ok(());
        }
        Err((Kind::InvalidHost, host.start))
    }

    /// RFC 9110 §7.6.1
    fn connection(&mut self, value: &[u8]) -> Result<(), Kind> {
        for option in elements(value) {
            if is_name(option, b"close") {
                self.says_close = true;
            } else if is_name(option, b"keep-alive") {
                self.says_keep_alive = true;
            } else if is_name(option, b"upgrade") {
                self.says_upgrade = true;
            } else if !is_token(option) {
                return Err(Kind::InvalidConnection);
            } else if is_end_to_end(option) {
                return Err(Kind::EndToEndOption);
            }
        }
        Ok(())
    }

    /// RFC 9110 §10.1.1; ignored in HTTP/1.0.
    fn expect(&mut self, value: &[u8]) -> Result<(), Kind> {
        if self.version == Version::Http10 {
            return Ok(());
        }
        match expects_only_continue(value) {
            Some(true) => self.expects = true,
            Some(false) => return Err(Kind::UnknownExpectation),
            None => {}
        }
        Ok(())
    }

    fn te(&mut self, value: &[u8]) {
        self.accepts_trailers |= elements(value).any(|e| is_name(e, b"trailers"));
    }

    fn upgrade(&mut self, value: &[u8]) {
        for protocol in elements(value).filter(is_offer) {
            self.offers.add(protocol);
        }
    }

    /// RFC 9112 §6.3, and what is wrong with the head as a whole.
    #[inline]
    fn length(&self, is_connect: bool) -> Result<Length, Kind> {
        if self.host.is_none() && self.version == Version::Http11 {
            return Err(Kind::MissingHost);
        }
        let length = self.declared.of_request(self.version)?;
        match length {
            // RFC 9110 §9.3.6: content of CONNECT has no meaning; `Content-Length: 0` is none.
            Length::Sized(0) if is_connect => Ok(Length::None),
            Length::Sized(_) | Length::Chunked if is_connect => Err(Kind::ConnectContent),
            length => Ok(length),
        }
    }

    #[cfg_attr(not(any(target_os = "none", blazeio_small)), inline)]
    #[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
    fn flags(&self, length: Length, is_connect: bool) -> RequestFlags {
        let is_http11 = self.version == Version::Http11;
        let has_content = !matches!(length, Length::None | Length::Sized(0));
        RequestFlags {
            // RFC 9112 §9.3
            keep_alive: !self.says_close && (is_http11 || self.says_keep_alive),
            expects_continue: self.expects && has_content,
            // RFC 9110 §7.8: not in HTTP/1.0, not without the option; stricter: not with
            // content, which would stand between the request and the new protocol, and not with
            // CONNECT, which asks for a tunnel already (UPG).
            offers_upgrade: is_http11
                && !is_connect
                && self.says_upgrade
                && !self.offers.is_empty()
                && !has_content,
            accepts_trailers: self.accepts_trailers,
        }
    }
}

/// RFC 9110 §7.6.1: options never name fields meant for every recipient. Those whose
/// removal would change framing, routing or who is asking are refused (HOP).
fn is_end_to_end(option: &[u8]) -> bool {
    const NAMES: &[u8] = b"transfer-encoding,content-length,host,authorization,\
        proxy-authorization,cookie,content-type,content-encoding,content-range,expect";
    is_one_of(NAMES, option)
}

/// Places inside a head fit: [`Limits::head`] is a u32.
pub(super) fn short(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// Whether a head, with its start-line and its fields, is within the limits. Where a scan goes
/// before, it has kept to them.
#[inline]
pub(super) fn is_within(limits: &Limits, start_line: usize, head: usize, fields: u16) -> bool {
    cfg!(any(target_os = "none", blazeio_small))
        || (start_line <= (limits.start_line as usize).saturating_add(2)
            && head <= limits.head as usize
            && fields <= limits.fields)
}
