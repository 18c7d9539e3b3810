//! A client's way through an HTTP proxy: whom to ask, and tunnels by CONNECT.
//!
//! Decides how a proxy is written down, what it is told of its user, and what of its answer
//! to CONNECT opens a tunnel. Speaks to the proxy over plain TCP. Refuses a proxy without a
//! scheme, and every scheme but `http`, by saying so: a guess would send credentials somewhere.
//!
//! Nothing here reads the environment. `HTTP_PROXY` is a variable that a CGI server fills from
//! a request's field `Proxy` (httpoxy, CVE-2016-5385), and a library cannot know where it
//! runs; who wants `http_proxy` and `no_proxy` reads them in the program, and says so there.
//!
//! # Two ways
//!
//! ```text
//! http    client ── GET http://example.com/ ──► proxy ── GET / ──► example.com
//!
//! https   client ── CONNECT example.com:443 ──► proxy
//!                ◄──────── 2xx ────────────────
//!                ══════════ TLS, then HTTP ═════════════════════► example.com
//! ```
//!
//! **Forwarded**, for http: the connection is one to the proxy, by
//! [`Connector::connect_to`](crate::Connector::connect_to). Each request has its target in
//! [`absolute_form`], the origin's authority in Host, and [`Proxy::authorization`] as
//! Proxy-Authorization. The proxy's answers, 407 and 502 among them, are responses like others.
//!
//! **Through a tunnel**, for https, and for http where the caller wants no proxy to read along:
//! [`Connector::connect_through`](crate::Connector::connect_through) asks for it (RFC 9110
//! §9.3.6), then takes the connector's handshakes in it. Any 2xx opens it, whatever
//! Content-Length and Transfer-Encoding say there, and what lies behind its head is the
//! origin's already. Any other answer is an error that holds it: [`Refusal`]. Not a byte for
//! the origin is sent before. Requests are as they are without a proxy: the credentials for the
//! proxy are in CONNECT alone, and go nowhere else.
//!
//! # What the caller decides
//!
//! - Which origins are asked through a proxy: by a function of the caller's own, from scheme,
//!   host and port to an `Option<&Proxy>`. A host that is looked up in the own network, or on
//!   this machine, is no proxy's business; there is no list of such hosts here.
//! - Which connection is used again. One to a forwarding proxy serves every http origin, so its
//!   key is the [`Proxy`], credentials and all, which is `Hash` for that. A tunnel's key is the
//!   proxy and the origin's scheme, host and port: a tunnel is that origin's alone.
//!
//! # Whom the rule about addresses is asked about
//!
//! In both ways the proxy looks up the origin's name, so
//! [`Connector::allow`](crate::Connector::allow) is asked about the proxy's addresses, and about
//! no others (SSRF): a rule that keeps requests out of the own network is one for the proxy to
//! have, where there is a proxy.
//!
//! # What is bounded
//!
//! Connecting to one address by [`Connector::connect_timeout`](crate::Connector::connect_timeout);
//! then the answer to CONNECT, interim responses and all, by [`Proxy::answer_timeout`]; then each
//! handshake by its own. The answer's head is one of [`Limits::DEFAULT`](blazeio::Limits), as are
//! the number and size of interim responses. A refusal's content is not read.
//!
//! ```no_run
//! use blazeio::{Field, Method, Request};
//! use blazeio_driver::Connector;
//! use blazeio_driver::proxy::{Proxy, absolute_form};
//!
//! async fn both(connector: &Connector) -> Result<(), Box<dyn std::error::Error>> {
//!     let proxy = Proxy::parse("http://someone:secret@proxy.example:3128")?;
//!
//!     let mut connection = connector.connect_to(proxy.host(), proxy.port()).await?;
//!     let credentials = proxy.authorization().map(|value| Field::new("Proxy-Authorization", value));
//!     let target = absolute_form("example.com", "/");
//!     let request = Request::new(Method::Get, &target, "example.com");
//!     let exchange = connection.send(&request.fields(credentials.as_slice())).await?;
//!
//!     // For https, of a connector with `.handshake(tls.to("example.com"))`.
//!     let mut connection = connector.connect_through(&proxy, "example.com", 443).await?;
//!     let exchange = connection.send(&Request::new(Method::Get, "/", "example.com")).await?;
//!     Ok(())
//! }
//! ```

mod asking;
mod connecting;
mod refusal;
mod tunnel_to;

pub use refusal::Refusal;
pub use tunnel_to::{TIMEOUT, TunnelTo};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use blazeio::Authority;
use percent_encoding::percent_decode_str;
use std::fmt;
use std::io;
use std::time::Duration;

/// An HTTP proxy: where it is, and what it is told of its user.
///
/// Equal are those that are at the same place and are told the same: only between these may a
/// connection be shared.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Proxy {
    host: String,
    port: u16,
    authorization: Option<String>,
    answer_timeout: Duration,
}

impl Proxy {
    /// Reads `http://HOST:PORT`, with `USER:PASSWORD@` before the host if the proxy wants to know
    /// (RFC 9110 §11.7.2, by Basic, RFC 7617), percent-encoded as in any URI. Without a port it
    /// is 80, the scheme's own.
    ///
    /// # Errors
    /// `InvalidInput`, with a reason that does not hold the text: it may hold a password.
    pub fn parse(uri: &str) -> io::Result<Self> {
        let Some((scheme, rest)) = uri.split_once("://") else {
            return Err(invalid("no scheme: a proxy is http://HOST:PORT"));
        };
        if scheme.eq_ignore_ascii_case("https") {
            return Err(invalid("over TLS, which is not spoken to proxies: http://HOST:PORT"));
        }
        if !scheme.eq_ignore_ascii_case("http") {
            let why = format!("a scheme {} that is not http", scheme.escape_debug());
            return Err(invalid(&why));
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (userinfo, authority) = match rest.rsplit_once('@') {
            Some((userinfo, authority)) => (Some(userinfo), authority),
            None => (None, rest),
        };
        let authority = Authority::parse(authority.as_bytes())
            .map_err(|_| invalid("neither a host nor HOST:PORT behind the scheme"))?;
        let host = String::from_utf8_lossy(authority.host());
        let proxy = Self::new(&host, authority.port().unwrap_or(80));
        let Some(userinfo) = userinfo else { return Ok(proxy) };
        let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
        let decoded = |text| percent_decode_str(text).collect::<Vec<u8>>();
        proxy.basic(decoded(user), decoded(password))
    }

    /// A proxy that asks for no credentials. `host` is a name or an IP address, with brackets
    /// or without.
    #[must_use]
    pub fn new(host: &str, port: u16) -> Self {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let host = bare.unwrap_or(host).to_owned();
        Self { host, port, authorization: None, answer_timeout: TIMEOUT }
    }

    /// Tells the proxy a user's name and password (RFC 7617), in clear text as all of this
    /// connection.
    ///
    /// # Errors
    /// `InvalidInput` for a colon in the name, and for control characters (RFC 7617 §2).
    pub fn basic(mut self, user: impl AsRef<[u8]>, password: impl AsRef<[u8]>) -> io::Result<Self> {
        let (user, password) = (user.as_ref(), password.as_ref());
        if user.contains(&b':') {
            return Err(invalid("a colon in the user's name"));
        }
        if user.iter().chain(password).any(u8::is_ascii_control) {
            return Err(invalid("a control character in the credentials"));
        }
        let credentials = STANDARD.encode([user, b":", password].concat());
        self.authorization = Some(format!("Basic {credentials}"));
        Ok(self)
    }

    /// Tells the proxy other credentials: the value of Proxy-Authorization, scheme first.
    ///
    /// # Errors
    /// `InvalidInput` for control characters: a line break would be a field of its own (SPLIT).
    pub fn authorized_by(self, value: impl Into<String>) -> io::Result<Self> {
        let value = value.into();
        if value.bytes().any(|byte| byte.is_ascii_control()) {
            return Err(invalid("a control character in the credentials"));
        }
        Ok(Self { authorization: Some(value), ..self })
    }

    /// Lets the answer to CONNECT take `allowed` instead of [`TIMEOUT`].
    #[must_use]
    pub fn answer_timeout(self, allowed: Duration) -> Self {
        Self { answer_timeout: allowed, ..self }
    }

    /// The name or address to connect to, without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port to connect to.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The value of Proxy-Authorization, for requests that the proxy itself reads.
    #[must_use]
    pub fn authorization(&self) -> Option<&str> {
        self.authorization.as_deref()
    }

    /// The request that has this proxy open a tunnel to `host`, a name or an IP address.
    #[must_use]
    pub fn tunnel_to(&self, host: &str, port: u16) -> TunnelTo {
        TunnelTo::new(host, port, self.authorization(), self.answer_timeout)
    }
}

/// The target of a request for an http origin that a proxy forwards (RFC 9112 §3.2.2): its
/// absolute-form. `authority` is the origin's, as in Host, and `target` what the origin itself
/// would be asked for, `*` included (§3.2.4). What is neither is refused where it is sent: the
/// target's authority has to be Host's.
///
/// ```
/// use blazeio_driver::proxy::absolute_form;
///
/// assert_eq!(absolute_form("example.com:8080", "/a?b"), "http://example.com:8080/a?b");
/// assert_eq!(absolute_form("example.com", "*"), "http://example.com");
/// ```
#[must_use]
pub fn absolute_form(authority: &str, target: &str) -> String {
    let path = if target == "*" { "" } else { target };
    format!("http://{authority}{path}")
}

/// Without credentials (LOG).
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("is_authorized", &self.authorization.is_some())
            .finish()
    }
}

fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("the proxy: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxy_is_a_uri_of_http_and_nothing_else() {
        for (uri, host, port, authorization) in [
            ("http://proxy.example:3128", "proxy.example", 3128, None),
            ("HTTP://proxy.example/", "proxy.example", 80, None),
            ("http://127.0.0.1:8080/", "127.0.0.1", 8080, None),
            ("http://[::1]:3128", "::1", 3128, None),
            // The example of RFC 7617 §2.
            (
                "http://Aladdin:open%20sesame@a:1",
                "a",
                1,
                Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ),
            ("http://user@a:1", "a", 1, Some("Basic dXNlcjo=")),
            ("http://u:p:@a:1", "a", 1, Some("Basic dTpwOg==")),
            ("http://u:a%40b@a:1", "a", 1, Some("Basic dTphQGI=")),
            ("http://u:a@b@a:1", "a", 1, Some("Basic dTphQGI=")),
            ("http://u:%C2%A3@a:1", "a", 1, Some("Basic dTrCow==")),
        ] {
            let proxy = Proxy::parse(uri).unwrap();
            assert_eq!((proxy.host(), proxy.port()), (host, port), "{uri}");
            assert_eq!(proxy.authorization(), authorization, "{uri}");
        }
    }

    #[test]
    fn proxy_what_is_none_is_refused_and_says_why_without_a_password() {
        for (uri, why) in [
            ("", "no scheme"),
            ("secret:3128", "no scheme"),
            ("u:secret@127.0.0.1:3128", "no scheme"),
            ("https://secret:3128", "over TLS"),
            ("socks5://secret:3128", "a scheme socks5 that is not http"),
            ("\u{1b}[://secret", "a scheme \\u{1b}[ that is not http"),
            ("http://", "neither a host"),
            ("http://secret:port", "neither a host"),
            ("http://secret:65536", "neither a host"),
            ("http://secret:3128/path", "neither a host"),
            ("http://secret?a", "neither a host"),
            ("http://a b:1", "neither a host"),
            ("http://::1:3128", "neither a host"),
            ("http://u%3Av:secret@a:1", "a colon"),
            ("http://u:secret%0D%0AX:1@a:1", "a control character"),
            ("http://u%00:secret@a:1", "a control character"),
        ] {
            let error = Proxy::parse(uri).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{uri}");
            let told = error.to_string();
            assert!(told.starts_with("the proxy: ") && told.contains(why), "{uri}: {told}");
            assert!(!told.contains("secret") && !told.contains('\u{1b}'), "{uri}: {told}");
        }
    }

    #[test]
    fn log_debug_has_no_credentials() {
        let proxy = Proxy::parse("http://someone:secret@proxy.example:3128").unwrap();
        let tunnel = proxy.tunnel_to("example.com", 443);
        for told in [format!("{proxy:?}"), format!("{tunnel:?}")] {
            assert!(told.contains("example"), "{told}");
            assert!(!told.contains("c29tZW9uZTp") && !told.contains("secret"), "{told}");
        }
    }
}
