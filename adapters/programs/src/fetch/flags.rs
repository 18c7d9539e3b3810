//! The command line.

use crate::fetch::session::Ask;
use crate::fetch::upload::Data;
use crate::fetch::way::Proxies;
use blazeio_driver::proxy::Proxy;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Fetches URLs, one after another, and writes their content to standard output.
#[derive(clap::Parser)]
#[command(name = "fetch")]
pub struct Flags {
    /// What to fetch, by http or https. Redirects are not followed.
    #[arg(required = true, value_name = "URL")]
    pub urls: Vec<String>,

    /// Shows status lines and fields, interim ones too, on standard error.
    #[arg(short, long)]
    pub verbose: bool,

    /// The method. GET, or POST if there is data.
    #[arg(short, long, conflicts_with = "head")]
    method: Option<String>,

    /// Asks for the head only.
    #[arg(long)]
    head: bool,

    /// A field line. May be given many times.
    #[arg(long = "field", value_name = "NAME: VALUE", value_parser = field)]
    fields: Vec<(String, String)>,

    /// The request's content.
    #[arg(long, value_name = "TEXT|@FILE", value_parser = data)]
    data: Option<Data>,

    /// Sends the data chunked.
    #[arg(long, requires = "data")]
    chunked: bool,

    /// Waits for 100 (Continue), or a second, before the data.
    #[arg(long, requires = "data")]
    expect: bool,

    /// Trusts the servers that are certified by this PEM file, and no others. Those that the
    /// system trusts, unless given.
    #[arg(long, value_name = "FILE")]
    pub cacert: Option<PathBuf>,

    /// Asks through this HTTP proxy: http by requests that it forwards, https in a tunnel that it
    /// opens (CONNECT).
    ///
    /// User and password, percent-encoded, are told to the proxy alone. The proxy looks up the
    /// names in URLs. Nothing is read from the environment: neither http_proxy nor no_proxy.
    #[arg(long, value_name = "http://[USER:PASSWORD@]HOST[:PORT]")]
    proxy: Option<String>,

    /// Asks for a tunnel for http, too.
    #[arg(long, requires = "proxy")]
    tunnel: bool,

    /// Asks this host without the proxy. May be given many times.
    #[arg(long, value_name = "HOST", requires = "proxy")]
    no_proxy: Vec<String>,

    /// How long a whole exchange may take.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,

    /// How long to wait before the next URL.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "0")]
    pub pause: Duration,

    /// Prints one line of JSON for each URL instead of its content, and succeeds always.
    #[arg(long)]
    pub json: bool,
}

impl Flags {
    /// The proxy, if there is to be one.
    ///
    /// # Errors
    /// What was given is no proxy; the error does not hold it, since a password may be there.
    pub fn proxies(&self) -> io::Result<Option<Proxies>> {
        let Some(text) = &self.proxy else { return Ok(None) };
        let (tunnels_all, except) = (self.tunnel, self.no_proxy.clone());
        Ok(Some(Proxies { proxy: Proxy::parse(text)?, tunnels_all, except }))
    }

    /// What is asked of every URL.
    pub fn ask(&self) -> Ask {
        let method = match &self.method {
            Some(method) => method,
            None if self.head => "HEAD",
            None if self.data.is_some() => "POST",
            None => "GET",
        };
        Ask {
            method: method.to_owned(),
            fields: self.fields.clone(),
            data: self.data.clone(),
            chunked: self.chunked,
            expect: self.expect,
        }
    }
}

fn field(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("no colon in the field line")?;
    Ok((name.to_owned(), value.trim_matches([' ', '\t']).to_owned()))
}

fn data(text: &str) -> Result<Data, std::convert::Infallible> {
    Ok(match text.strip_prefix('@') {
        Some(path) => Data::File(path.into()),
        None => Data::Text(text.as_bytes().to_vec()),
    })
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds")?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}
