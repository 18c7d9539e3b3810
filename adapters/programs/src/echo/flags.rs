//! The command line.

use blazeio::{Limits, Timeout, Timeouts};
use blazeio_driver::{Keepalive, ListenOptions, Memory};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

/// Sends back what it is sent.
///
/// `/echo` answers any method with the content of its request, as it arrives; `/`, `/204`
/// and `/304` have fixed answers; `/upgrade` becomes the protocol `echo`, raw bytes sent
/// back until the client ends. SIGINT or SIGTERM stops it in order, within the grace; a
/// second one at once.
#[derive(clap::Parser)]
#[command(name = "echo")]
pub struct Flags {
    /// Where to listen: an address or name with a port, or unix:/path. May be given many
    /// times.
    ///
    /// Port 0 takes a free one; the first lines printed show where it is.
    #[arg(value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub addresses: Vec<String>,

    /// How long a request's head may take. Times are in seconds, 0 is no limit.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub head_timeout: Timeout,

    /// How long a connection may be idle between two exchanges.
    #[arg(long, value_name = "SECONDS", default_value = "75", value_parser = seconds)]
    pub idle_timeout: Timeout,

    /// How far a request's content may fall behind 240 bytes a second. 5, unless given.
    ///
    /// Silence that earlier, faster bytes paid for is allowed on top: a minute, or as much
    /// as the larger of this and `--write-timeout` if one is given.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub content_timeout: Option<Timeout>,

    /// How far a client may fall behind 240 bytes a second in reading. 5, unless given.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub write_timeout: Option<Timeout>,

    /// The most content that one request may have; more is answered 413. No limit, unless
    /// given.
    #[arg(long, value_name = "BYTES")]
    pub max_content: Option<u64>,

    /// The most connections at once; others wait to be accepted. No limit, unless given.
    #[arg(long, value_name = "N")]
    pub max_connections: Option<NonZeroUsize>,

    /// Cap of the buffers of all connections together; reading waits while it is reached.
    #[arg(long, value_name = "MIB", default_value_t = Memory::DEFAULT_CAP >> 20)]
    pub memory: usize,

    /// TCP keepalive: a silent client is asked after so many seconds, then as often, and is
    /// gone after three questions without an answer. 0 is off.
    #[arg(long, value_name = "SECONDS")]
    pub keepalive: Option<u64>,

    /// How long busy connections have to finish once a stop was asked for.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = grace)]
    pub grace: Duration,

    /// Every connection begins with the header of a proxy (PROXY protocol, version 1 or 2),
    /// which says who the client is. Only where nobody but such a proxy can connect.
    #[arg(long)]
    pub proxy_protocol: bool,

    /// Speaks TLS, by the certificate chain in this PEM file.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,

    /// The certificate's private key, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,

    /// Worker threads. As many as there are processors, unless given.
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,

    /// A runtime, listeners and connections of its own for each thread (SO_REUSEPORT).
    #[arg(long)]
    pub per_core: bool,
}

impl Flags {
    /// The limits of every connection.
    pub fn limits(&self) -> Limits {
        let timeouts = Timeouts {
            head: self.head_timeout,
            idle: self.idle_timeout,
            content: self.content_timeout.unwrap_or(Timeouts::DEFAULT.content),
            write: self.write_timeout.unwrap_or(Timeouts::DEFAULT.write),
            ..Timeouts::DEFAULT
        };
        let given = [self.content_timeout, self.write_timeout];
        let longest = given.into_iter().flatten().filter(|t| *t != Timeout::OFF).max();
        let rate_credit = longest.unwrap_or(Limits::DEFAULT.rate_credit);
        let content = self.max_content.unwrap_or(Limits::DEFAULT.content);
        Limits { content, rate_credit, timeouts, ..Limits::DEFAULT }
    }

    /// How to listen.
    pub fn listen_options(&self) -> ListenOptions {
        let keepalive = match self.keepalive {
            None => ListenOptions::DEFAULT.keepalive,
            Some(0) => None,
            Some(seconds) => {
                let length = Duration::from_secs(seconds);
                Some(Keepalive { idle: length, interval: length, retries: 3 })
            }
        };
        ListenOptions { keepalive, ..ListenOptions::DEFAULT }
    }

    /// The memory that connections share.
    pub fn memory(&self) -> Memory {
        Memory::new(self.memory.saturating_mul(1 << 20))
    }

    /// How many threads there are to be.
    pub fn threads(&self) -> NonZeroUsize {
        let all = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        self.threads.unwrap_or_else(all)
    }
}

fn grace(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds")?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

fn seconds(text: &str) -> Result<Timeout, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds")?;
    if !seconds.is_finite() || seconds < 0.0 {
        return Err("not a length of time".into());
    }
    if seconds == 0.0 {
        return Ok(Timeout::OFF);
    }
    // The cast saturates: 49 days, the longest there is.
    Ok(Timeout::millis((seconds * 1000.0).ceil() as u32))
}
