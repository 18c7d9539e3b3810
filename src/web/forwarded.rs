//! Whom a request came from, as the proxies on its way have it (RFC 7239, and `X-Forwarded-For`
//! from before it).
//!
//! Decides whom to believe. Anybody may send such a field; only what a proxy that is known to
//! append to it has written counts. Each appends its own peer, on the same line or on one of its
//! own: so the list is read from its end, and one step further only as long as the last address is
//! that of a trusted proxy. Quotes count as they are seen from there, and in `X-Forwarded-For` not
//! at all: one that a client leaves open hides nothing that is appended behind it. Refuses to go
//! past what is no address: [`client`] stops there, and at an element that breaks its grammar.
//!
//! ```
//! use blazeio::web::forwarded::{Syntax, client};
//! use core::net::{IpAddr, Ipv4Addr};
//!
//! let is_trusted = |address: IpAddr| matches!(address, IpAddr::V4(v4) if v4.octets()[0] == 10);
//! let peer = IpAddr::from([10, 0, 0, 1]);
//! // The first element is the client's own invention.
//! let fields = [&b"for=1.2.3.4, for=192.0.2.7"[..], br#"for="10.0.0.9:4711";proto=https"#];
//! let found = client(Syntax::Forwarded, fields.into_iter(), peer, is_trusted);
//! assert_eq!(found, IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)));
//! assert_eq!(client(Syntax::XForwardedFor, fields.into_iter(), peer, |_| false), peer);
//! ```

use super::invalid::{Invalid, InvalidKind};
use super::ip;
use super::list::FromEnd;
use super::parameter::Parameters;
use crate::Authority;
use core::fmt;
use core::net::IpAddr;

/// How proxies write whom a request came from. A program has to know which of them its own proxy
/// writes: the other one comes through from the client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Syntax {
    /// The field `Forwarded` (RFC 7239).
    Forwarded,
    /// The field `X-Forwarded-For`.
    XForwardedFor,
}

impl Syntax {
    /// The field's name.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Forwarded => "forwarded",
            Self::XForwardedFor => "x-forwarded-for",
        }
    }
}

/// Whom a proxy had before it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Node<'a> {
    /// An address. Its port, which may be there, is left out.
    Address(IpAddr),
    /// It is not known.
    Unknown,
    /// A name that stands for it, from `_` on (RFC 7239 §6.3).
    Obfuscated(&'a [u8]),
}

impl<'a> Node<'a> {
    /// A node by RFC 7239 §6, without the quotes that may be around it: IPv6 is in brackets. A
    /// backslash is refused: no node needs one.
    ///
    /// # Errors
    /// [`InvalidKind::Node`].
    pub fn parse(text: &'a [u8]) -> Result<Self, Invalid> {
        Self::read(text).ok_or(Invalid::new(InvalidKind::Node, 0))
    }

    fn read(text: &'a [u8]) -> Option<Self> {
        let (name, port) = match text.strip_prefix(b"[") {
            Some(inside) => {
                let end = inside.iter().position(|&byte| byte == b']')?;
                let (name, rest) = inside.split_at_checked(end)?;
                (name, rest.get(1..)?)
            }
            None => {
                let end = text.iter().position(|&byte| byte == b':').unwrap_or(text.len());
                text.split_at_checked(end)?
            }
        };
        if !(port.is_empty() || is_port(port.strip_prefix(b":")?)) {
            return None;
        }
        let is_bracketed = text.first() == Some(&b'[');
        match name {
            _ if is_bracketed => ip::parse(name).filter(IpAddr::is_ipv6).map(Self::Address),
            _ if name.eq_ignore_ascii_case(b"unknown") => Some(Self::Unknown),
            [b'_', rest @ ..] if is_obfuscated(rest) => Some(Self::Obfuscated(name)),
            name => ip::parse(name).filter(IpAddr::is_ipv4).map(Self::Address),
        }
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => write!(f, "Address({})", ip::Text(*address)),
            Self::Unknown => f.write_str("Unknown"),
            Self::Obfuscated(name) => write!(f, "Obfuscated({})", name.escape_ascii()),
        }
    }
}

fn is_port(text: &[u8]) -> bool {
    match text {
        [b'_', rest @ ..] => is_obfuscated(rest),
        digits => (1..=5).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit),
    }
}

fn is_obfuscated(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|&b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

/// The address that an element of the field names, if it is one.
fn address(syntax: Syntax, element: &[u8]) -> Option<IpAddr> {
    let text = match syntax {
        Syntax::Forwarded => Parameters::pairs(element).once("for").ok()??.raw(),
        Syntax::XForwardedFor => element,
    };
    // Bare IPv6 is X-Forwarded-For's alone; a port behind one would be part of it.
    let bare = ip::parse(text).filter(|_| syntax == Syntax::XForwardedFor);
    match bare.map_or_else(|| Node::read(text), |address| Some(Node::Address(address)))? {
        Node::Address(address) => Some(address.to_canonical()),
        Node::Unknown | Node::Obfuscated(_) => None,
    }
}

/// The address that a request came from, as far as that can be believed: `peer`, unless that is a
/// trusted proxy; then whom the proxy says it came from; and so on. An IPv4 address within IPv6
/// (`::ffff:192.0.2.1`, RFC 4291 §2.5.5.2) is that IPv4 address, for `is_trusted` and in the
/// answer.
///
/// `fields` are the values of all field lines called [`syntax.field()`](Syntax::field), in order.
/// They are read from the end, for at most [`MOST`] trusted proxies, in linear time.
pub fn client<'a>(
    syntax: Syntax,
    fields: impl DoubleEndedIterator<Item = &'a [u8]>,
    peer: IpAddr,
    is_trusted: impl Fn(IpAddr) -> bool,
) -> IpAddr {
    let mut last = peer.to_canonical();
    let has_quotes = syntax == Syntax::Forwarded;
    let elements = fields.rev().flat_map(|field| FromEnd::new(field, has_quotes));
    for element in elements.take(MOST) {
        match address(syntax, element).filter(|_| is_trusted(last)) {
            Some(address) => last = address,
            None => break,
        }
    }
    last
}

/// How many proxies a request is followed back through.
pub const MOST: usize = 16;

/// A relay's own entry for Forwarded (RFC 7239), by [`Display`](fmt::Display): who asked it, and
/// for which host. A field line of its own, behind those that came.
#[derive(Clone, Copy)]
pub struct Forwarded<'a> {
    peer: IpAddr,
    host: Option<Authority<'a>>,
    scheme: &'a str,
}

impl<'a> Forwarded<'a> {
    /// An entry for a request that `peer` sent for `host`, over `http` or `https`.
    #[must_use]
    pub const fn new(peer: IpAddr, host: Option<Authority<'a>>, scheme: &'a str) -> Self {
        Self { peer, host, scheme }
    }
}

impl fmt::Display for Forwarded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.peer {
            IpAddr::V4(_) => write!(f, "for={}", ip::Text(self.peer))?,
            IpAddr::V6(_) => write!(f, "for=\"[{}]\"", ip::Text(self.peer))?,
        }
        if let Some(host) = self.host {
            // An authority is ASCII, and holds neither double quotes nor backslashes.
            let text = core::str::from_utf8(host.as_bytes()).map_err(|_| fmt::Error)?;
            write!(f, ";host=\"{text}\"")?;
        }
        write!(f, ";proto={}", self.scheme)
    }
}

impl fmt::Debug for Forwarded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Forwarded({self})")
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;
    use std::vec::Vec;

    #[test]
    fn a_node_is_an_address_or_a_name_for_one() {
        let address = |text: &str| Ok(Node::Address(text.parse().unwrap()));
        let refused = Err(InvalidKind::Node);
        for (text, expected) in [
            ("192.0.2.43", address("192.0.2.43")),
            ("192.0.2.43:47011", address("192.0.2.43")),
            ("[2001:db8::17]", address("2001:db8::17")),
            ("[2001:db8::17]:4711", address("2001:db8::17")),
            ("[::1]:_port", address("::1")),
            ("unknown", Ok(Node::Unknown)),
            ("Unknown:80", Ok(Node::Unknown)),
            ("_gazonk", Ok(Node::Obfuscated(b"_gazonk"))),
            ("_SEVKISEK:_1", Ok(Node::Obfuscated(b"_SEVKISEK"))),
            ("", refused),
            ("_", refused),
            ("_a/b", refused),
            ("name.example", refused),
            ("[192.0.2.43]", refused),
            ("[::1", refused),
            ("[::1]80", refused),
            ("1.2.3.4:", refused),
            ("1.2.3.4:123456", refused),
            ("1.2.3.4:8o", refused),
            ("1.2.3.256", refused),
            ("01.2.3.4", refused),
            ("2001:db8::17", refused),
            ("::1", refused),
            (r"1.2.3.\4", refused),
            (r"_a\b", refused),
            (r"unknow\n", refused),
            (r"1.2.3.4:8\0", refused),
            (r"[\::1]", refused),
            ("\u{e9}", refused),
        ] {
            let parsed = Node::parse(text.as_bytes()).map_err(|invalid| invalid.kind);
            assert_eq!(parsed, expected, "{text}");
        }
    }

    /// 10.0.0.0/8 is trusted.
    fn found(syntax: Syntax, fields: &[&str], peer: &str) -> std::string::String {
        let is_trusted = |address: IpAddr| address.to_string().starts_with("10.");
        let fields: Vec<&[u8]> = fields.iter().map(|field| field.as_bytes()).collect();
        client(syntax, fields.into_iter(), peer.parse().unwrap(), is_trusted).to_string()
    }

    #[test]
    fn only_what_trusted_proxies_have_written_counts() {
        use Syntax::{Forwarded, XForwardedFor};
        for (syntax, fields, peer, expected) in [
            (XForwardedFor, &["1.1.1.1"][..], "9.9.9.9", "9.9.9.9"),
            (XForwardedFor, &[], "10.0.0.1", "10.0.0.1"),
            (XForwardedFor, &["1.1.1.1, 2.2.2.2"], "10.0.0.1", "2.2.2.2"),
            (XForwardedFor, &["1.1.1.1, 2.2.2.2, 10.0.0.2"], "10.0.0.1", "2.2.2.2"),
            (XForwardedFor, &["1.1.1.1", "2.2.2.2,,", "10.0.0.2"], "10.0.0.1", "2.2.2.2"),
            (XForwardedFor, &["1.1.1.1, nobody"], "10.0.0.1", "10.0.0.1"),
            (XForwardedFor, &["10.0.0.3"], "10.0.0.1", "10.0.0.3"),
            (XForwardedFor, &["2001:db8::1"], "10.0.0.1", "2001:db8::1"),
            (XForwardedFor, &["for=1.1.1.1"], "10.0.0.1", "10.0.0.1"),
            (Forwarded, &["for=1.1.1.1, FOR=2.2.2.2;by=_x"], "10.0.0.1", "2.2.2.2"),
            (Forwarded, &["by=_x;for=\"[2001:db8::1]:80\";proto=http"], "10.0.0.1", "2001:db8::1"),
            (Forwarded, &["for=1.1.1.1, proto=https"], "10.0.0.1", "10.0.0.1"),
            (Forwarded, &["for=1.1.1.1, for=unknown"], "10.0.0.1", "10.0.0.1"),
            (Forwarded, &["for=1.1.1.1;for=2.2.2.2"], "10.0.0.1", "10.0.0.1"),
            (Forwarded, &["for=1.1.1.1;x=y,;for=2.2.2.2;;"], "10.0.0.1", "2.2.2.2"),
            (Forwarded, &["for=2.2.2.2,;"], "10.0.0.1", "10.0.0.1"),
            (Forwarded, &["for=\"2001:db8::1\""], "10.0.0.1", "10.0.0.1"),
            (Forwarded, &[r#"for="2.2.2.\2""#], "10.0.0.1", "10.0.0.1"),
            (Forwarded, &["1.1.1.1"], "10.0.0.1", "10.0.0.1"),
        ] {
            assert_eq!(found(syntax, fields, peer), expected, "{fields:?}");
        }
    }

    #[test]
    fn a_quote_that_a_client_leaves_open_hides_no_proxy() {
        use Syntax::{Forwarded, XForwardedFor};
        for (syntax, field, expected) in [
            (XForwardedFor, "\", 2.2.2.2", "2.2.2.2"),
            (XForwardedFor, "1.1.1.1\\\", 2.2.2.2, 10.0.0.2", "2.2.2.2"),
            (XForwardedFor, "\", 10.0.0.2", "10.0.0.2"),
            (XForwardedFor, "\"2.2.2.2\"", "10.0.0.1"),
            (Forwarded, "\", for=2.2.2.2", "2.2.2.2"),
            (Forwarded, "for=1.1.1.1, x=\", for=\"[2001:db8::1]\"", "2001:db8::1"),
            (Forwarded, "for=\"1.1.1.1, for=2.2.2.2", "2.2.2.2"),
            (Forwarded, "for=1.1.1.1, x=\", for=10.0.0.2", "10.0.0.2"),
            (Forwarded, "x=\"\\, for=2.2.2.2;x=\"\\\"\\\\\"", "2.2.2.2"),
            (Forwarded, "for=1.1.1.1, for=2.2.2.2;x=\", by=\\\",\"", "2.2.2.2"),
            // Nothing well-formed is behind it.
            (Forwarded, "for=1.1.1.1, for=2.2.2.2;x=\"", "10.0.0.1"),
            (Forwarded, "for=1.1.1.1;x=\"\\\\\"\"", "10.0.0.1"),
        ] {
            assert_eq!(found(syntax, &[field], "10.0.0.1"), expected, "{field}");
        }
    }

    #[test]
    fn ipv4_within_ipv6_is_ipv4() {
        let field = ["for=1.1.1.1, for=\"[::ffff:10.0.0.2]\""];
        assert_eq!(found(Syntax::Forwarded, &field, "::ffff:10.0.0.1"), "1.1.1.1");
        assert_eq!(found(Syntax::Forwarded, &field, "::ffff:9.9.9.9"), "9.9.9.9");
        let field = ["::ffff:1.1.1.1, ::ffff:10.0.0.2"];
        assert_eq!(found(Syntax::XForwardedFor, &field, "::ffff:10.0.0.1"), "1.1.1.1");
    }

    #[test]
    fn quad_a_list_of_proxies_without_end_is_followed_for_a_few_steps() {
        let long = "1.1.1.1".to_string() + &", 10.0.0.7".repeat(100_000);
        assert_eq!(found(Syntax::XForwardedFor, &[&long], "10.0.0.1"), "10.0.0.7");
        let short = "1.1.1.1".to_string() + &", 10.0.0.7".repeat(MOST - 1);
        assert_eq!(found(Syntax::XForwardedFor, &[&short], "10.0.0.1"), "1.1.1.1");
    }

    #[test]
    fn forwarded_quotes_what_is_no_token() {
        let entry = |peer: &str, host: &str| {
            let host = Authority::parse(host.as_bytes()).ok();
            Forwarded::new(peer.parse().unwrap(), host, "http").to_string()
        };
        assert_eq!(entry("192.0.2.1", "a:80"), "for=192.0.2.1;host=\"a:80\";proto=http");
        assert_eq!(entry("192.0.2.1", "it's"), "for=192.0.2.1;host=\"it's\";proto=http");
        assert_eq!(entry("::1", "a/b"), "for=\"[::1]\";proto=http");
    }
}
