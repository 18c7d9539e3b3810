//! The command line.

use blazeio::{Limits, Timeout, Timeouts};
use std::num::NonZeroUsize;

/// Sends back what it is sent.
///
/// `/echo` answers any method with the content of its request, as it arrives; `/`, `/204`
/// and `/304` have fixed answers. SIGINT or SIGTERM stops it in order, within 30 seconds; a
/// second one at once.
#[derive(clap::Parser)]
#[command(name = "echo")]
pub struct Flags {
    /// Where to listen. Port 0 takes a free one; the first line printed shows it.
    #[arg(default_value = "127.0.0.1:8080")]
    pub address: String,

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

    /// Worker threads. As many as there are processors, unless given.
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
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
        Limits { rate_credit, timeouts, ..Limits::DEFAULT }
    }
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
