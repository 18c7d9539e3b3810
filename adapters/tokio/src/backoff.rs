//! How long accepting pauses after an error (ACPT).
//!
//! Decides which errors concern one connection only, after which accepting goes on at
//! once, and which want a pause: 5 ms, doubled up to 1 s, until an accept succeeds.

use std::io;
use std::time::Duration;

const FIRST: Duration = Duration::from_millis(5);
const LONGEST: Duration = Duration::from_secs(1);

/// The pause after the next error, and whether the trouble was told of.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    last: Option<Duration>,
}

impl Backoff {
    /// Accepting works again.
    pub(crate) fn clear(&mut self) {
        self.last = None;
    }

    /// How long to pause after `error`.
    pub(crate) fn pause(&mut self, error: &io::Error) -> Duration {
        if concerns_one_connection(error) {
            return Duration::ZERO;
        }
        let pause = self.last.map_or(FIRST, |last| (last * 2).min(LONGEST));
        self.last = Some(pause);
        pause
    }

    /// Whether the next pause would be the first of its trouble.
    pub(crate) fn is_clear(&self) -> bool {
        self.last.is_none()
    }
}

fn concerns_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acpt_pauses_double_to_a_second_and_one_lost_connection_is_no_pause() {
        let mut backoff = Backoff::default();
        let emfile = io::Error::from_raw_os_error(24);
        let millis: Vec<_> = (0..10).map(|_| backoff.pause(&emfile).as_millis()).collect();
        assert_eq!(millis, [5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
        let aborted = io::ErrorKind::ConnectionAborted.into();
        assert_eq!(backoff.pause(&aborted), Duration::ZERO);
        assert!(!backoff.is_clear());
        backoff.clear();
        assert_eq!(backoff.pause(&emfile), FIRST);
    }
}
