//! A response's head: what its fields mean for the connection (RFC 9112 §4, §6.3, §9).
//!
//! Decides the framing of the content and whether the connection is kept. Refuses a switch
//! that nobody asked for and framing that two recipients could read in two ways. It knows
//! no state.

use super::request_head::{is_within, short};
use super::upgrade::{Offers, opens_tunnel};
use crate::error::PeerErrorKind as Kind;
use crate::limits::Limits;
use crate::message::{Length, ResponseFlags, ResponseSpan, Version};
use crate::syntax::field::elements;
use crate::syntax::head::{Section as FieldSection, parse_fields};
use crate::syntax::line::parse_status_line;
use crate::syntax::scan::Offence;
use crate::syntax::token::is_name;
use crate::transfer::length::{Declared, named};

/// Where a status line's code stands.
const STATUS_AT: usize = 9;

/// A complete head and what it says of the connection.
pub(super) struct ReadResponse {
    pub(super) span: ResponseSpan,
    pub(super) len: usize,
    /// Both Content-Length and Transfer-Encoding.
    pub(super) both: bool,
    /// Where the value of Content-Length stands.
    pub(super) length_at: usize,
    pub(super) says_close: bool,
    /// 101 to a protocol that was offered.
    pub(super) switches: bool,
}

/// What of the request decides how a response is read.
#[derive(Clone, Copy, Default)]
pub(super) struct Asked {
    pub(super) is_head: bool,
    pub(super) is_connect: bool,
    pub(super) offers: Offers,
}

/// `Ok(None)`: not complete or not well-formed. The error's offset counts from the head.
pub(super) type Read = Result<Option<ReadResponse>, Offence>;

/// Reads a complete, well-formed response head within all limits.
#[inline]
pub(super) fn read_response(limits: &Limits, head: &[u8], asked: Asked) -> Read {
    let Some(line) = parse_status_line(head) else { return Ok(None) };
    let version = if line.minor == 0 { Version::Http10 } else { Version::Http11 };
    // RFC 9112 §6.3 (2): a tunnel's Content-Length and Transfer-Encoding are ignored.
    let tunnel = opens_tunnel(asked.is_connect, line.status) || line.status == 101;
    let mut facts = Facts { asked, is_framed: !tunnel, ..Facts::default() };
    let section = facts.read(head, line.len).map_err(|offence| named(head, offence))?;
    let Some(section) = section else { return Ok(None) };
    let len = line.len.wrapping_add(section.len);
    if !is_within(limits, line.len, len, section.count) {
        return Ok(None);
    }
    let switches = line.status == 101;
    // RFC 9110 §7.8: only to what was offered.
    if switches && !(facts.says_upgrade && facts.switch == Some(true)) {
        return Err((Kind::UnaskedSwitch, STATUS_AT));
    }
    let (length, both) = if tunnel {
        (Length::None, false)
    } else {
        facts.declared.of_response(version, line.status, asked.is_head).map_err(|kind| (kind, 0))?
    };
    let span = ResponseSpan {
        reason_start: short(line.reason_start),
        reason_end: short(line.reason_end),
        line_end: short(line.len),
        head_end: short(len),
        status: line.status,
        count: section.count,
        version,
        length,
        flags: ResponseFlags {
            // RFC 9112 §9.3
            keep_alive: !facts.says_close && (version == Version::Http11 || facts.says_keep_alive),
            hides_content_length: both,
        },
    };
    Ok(Some(ReadResponse {
        span,
        len,
        both,
        length_at: facts.length_at,
        says_close: facts.says_close,
        switches,
    }))
}

/// What is noted while a response's fields are walked.
#[derive(Default)]
struct Facts {
    asked: Asked,
    is_framed: bool,
    declared: Declared,
    length_at: usize,
    says_close: bool,
    says_keep_alive: bool,
    says_upgrade: bool,
    /// Whether every protocol in Upgrade was offered.
    switch: Option<bool>,
}

impl Facts {
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
            7 if is_name(name, b"upgrade") => {
                // Several lines are one list.
                let offered = self.asked.offers.include_all(value);
                self.switch = Some(offered && self.switch.unwrap_or(true));
            }
            10 if is_name(name, b"connection") => self.connection(value),
            14 if self.is_framed && is_name(name, b"content-length") => {
                self.length_at = at;
                return self.declared.content_length(value, true);
            }
            17 if self.is_framed && is_name(name, b"transfer-encoding") => {
                return self.declared.transfer_encoding(value);
            }
            _ => {}
        }
        Ok(())
    }

    /// RFC 9110 §7.6.1; what is no token, or names a field for every recipient, is passed
    /// over: servers behind some CDNs send it.
    fn connection(&mut self, value: &[u8]) {
        for option in elements(value) {
            self.says_close |= is_name(option, b"close");
            self.says_keep_alive |= is_name(option, b"keep-alive");
            self.says_upgrade |= is_name(option, b"upgrade");
        }
    }
}
