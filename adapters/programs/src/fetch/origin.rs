//! Where a URL points (RFC 9110 §4.2).
//!
//! Decides what is asked of whom. Refuses other schemes than http and https, and user
//! information, which is neither sent nor shown (SSRF).

use url::{Host, Url};

/// A URL, taken apart.
pub struct Origin {
    /// Whether it is https.
    pub is_secure: bool,
    /// What to connect to.
    pub host: Host<String>,
    /// The port, the scheme's own unless one is named.
    pub port: u16,
    /// The value of Host.
    pub authority: String,
    /// The target in origin form.
    pub target: String,
}

impl Origin {
    /// Reads a URL.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("not a URL: {error}"))?;
        let is_secure = match url.scheme() {
            "http" => false,
            "https" => true,
            other => return Err(format!("only http and https are spoken here, not {other}")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err("user information in a URL is not sent".into());
        }
        let host = url.host().ok_or("no host in the URL")?.to_owned();
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        };
        let target = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let port = url.port().unwrap_or(if is_secure { 443 } else { 80 });
        Ok(Self { is_secure, host, port, authority, target })
    }

    /// The host, as it is looked up and as a certificate has it.
    pub fn name(&self) -> String {
        match &self.host {
            Host::Domain(name) => name.clone(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        }
    }
}
