//! By which way an origin is asked: straight, or through a proxy.
//!
//! Decides it by scheme and host: http is forwarded, https goes through a tunnel, and hosts that
//! are named are asked without the proxy. The environment is not read. What a connection may be
//! used again for follows from the way: one to the proxy for every origin that it forwards to,
//! all others for their origin alone.

use crate::fetch::origin::Origin;
use blazeio_driver::proxy::{Proxy, absolute_form};
use std::borrow::Cow;
use url::Host;

/// A proxy, and for whom it is.
pub struct Proxies {
    /// The proxy.
    pub proxy: Proxy,
    /// A tunnel is opened for http, too.
    pub tunnels_all: bool,
    /// Hosts that are asked without it.
    pub except: Vec<String>,
}

impl Proxies {
    /// How `origin` is asked.
    pub fn way(&self, origin: &Origin) -> Way<'_> {
        let name = origin.name();
        if self.except.iter().any(|host| host.eq_ignore_ascii_case(&name)) {
            return Way::Straight;
        }
        match origin.is_secure || self.tunnels_all {
            true => Way::Tunnel(&self.proxy),
            false => Way::Forwarded(&self.proxy),
        }
    }
}

/// How an origin is asked.
#[derive(Clone, Copy)]
pub enum Way<'a> {
    /// Without a proxy.
    Straight,
    /// By a request that the proxy reads.
    Forwarded(&'a Proxy),
    /// In a tunnel that the proxy opens.
    Tunnel(&'a Proxy),
}

impl<'a> Way<'a> {
    /// The target of a request for `origin`.
    pub fn target(self, origin: &Origin) -> Cow<'_, str> {
        match self {
            Self::Forwarded(_) => absolute_form(&origin.authority, &origin.target).into(),
            Self::Straight | Self::Tunnel(_) => Cow::Borrowed(&origin.target),
        }
    }

    /// What the request tells the proxy of its user. Nobody else reads it: in a tunnel it is
    /// CONNECT that says so.
    pub fn authorization(self) -> Option<&'a str> {
        match self {
            Self::Forwarded(proxy) => proxy.authorization(),
            Self::Straight | Self::Tunnel(_) => None,
        }
    }

    /// What a connection made this way may be used again for.
    pub fn end(self, origin: &Origin) -> End {
        match self {
            Self::Forwarded(proxy) => End::Proxy(proxy.clone()),
            Self::Straight | Self::Tunnel(_) => {
                End::Origin(origin.is_secure, origin.host.clone(), origin.port)
            }
        }
    }
}

/// The far end of a connection, for whoever has requests for it.
#[derive(PartialEq, Eq)]
pub enum End {
    /// The proxy, and all that it forwards to.
    Proxy(Proxy),
    /// One origin: whether it is https, its host and its port.
    Origin(bool, Host<String>, u16),
}
