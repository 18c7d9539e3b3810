//! Whom a request came from, when proxies stand between.
//!
//! Decides nothing: whom to believe is said at [`blazeio::web::forwarded`]. A peer on a Unix socket
//! is a proxy that is trusted: who may connect there is the file system's. An address that the
//! PROXY protocol brought is [`Exchange::peer`] already.

use crate::app::App;
use crate::exchange::Exchange;
use blazeio::web::forwarded::{Syntax, client};
use std::net::{IpAddr, Ipv4Addr};

/// What the middleware found.
struct Client(Option<IpAddr>);

impl App {
    /// Makes [`Exchange::client`] the address that trusted proxies have told of, in the one field
    /// that they write: see [`blazeio::web::forwarded`].
    ///
    /// ```
    /// use blazeio::web::forwarded::Syntax;
    /// use blazeio_app::{App, Exchange};
    ///
    /// let app = App::new()
    ///     .trust_proxies(Syntax::XForwardedFor, |address| address.is_loopback())
    ///     .get("/ip", async |exchange: &mut Exchange| exchange.client().map(|ip| ip.to_string()));
    /// # drop(app);
    /// ```
    #[must_use]
    pub fn trust_proxies(
        self,
        syntax: Syntax,
        is_trusted: impl Fn(IpAddr) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.check(move |exchange| {
            let found = find(syntax, exchange, &is_trusted);
            exchange.data_mut().insert(Client(found));
        })
    }
}

fn find(
    syntax: Syntax,
    exchange: &Exchange,
    is_trusted: &impl Fn(IpAddr) -> bool,
) -> Option<IpAddr> {
    const NEAR: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let of_peer = exchange.peer().as_tcp().map(|address| address.ip());
    let request = exchange.request();
    let fields: Vec<&[u8]> = request
        .fields()
        .filter(|field| field.is(syntax.field()))
        .map(|field| field.value)
        .collect();
    let is_trusted = |address| is_trusted(address) || (of_peer.is_none() && address == NEAR);
    let found = client(syntax, fields.into_iter(), of_peer.unwrap_or(NEAR), is_trusted);
    Some(found).filter(|found| !found.is_unspecified())
}

impl Exchange {
    /// The address that the request came from: that of the [peer](Self::peer), or what trusted
    /// proxies have told of, if the application [trusts](App::trust_proxies) any. `None` if it
    /// is not known, as on a Unix socket.
    #[must_use]
    pub fn client(&self) -> Option<IpAddr> {
        match self.data().get::<Client>() {
            Some(Client(found)) => *found,
            None => self.peer().as_tcp().map(|address| address.ip()),
        }
    }
}
