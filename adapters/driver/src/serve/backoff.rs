//! How long accepting pauses after an error, and what is told of it (ACPT).
//!
//! Decides which errors concern one connection only, after which accepting goes on at
//! once, and which want a pause: 5 ms, doubled up to 1 s, until an accept succeeds. Trouble
//! is told of once, until it stayed away for ten seconds.

use std::io;

const FIRST: u64 = 5_000;
const LONGEST: u64 = 1_000_000;
const FORGOTTEN: u64 = 10_000_000;

/// What accepting went through lately. Times are in microseconds.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    last_pause: Option<u64>,
    last_trouble: Option<u64>,
}

/// What to do after an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Advice {
    /// How long to pause.
    pub(crate) pause: u64,
    /// Whether to tell of it.
    pub(crate) is_news: bool,
}

impl Backoff {
    /// Accepting works again.
    pub(crate) fn clear(&mut self) {
        self.last_pause = None;
    }

    /// What to do after `error`, at `now`.
    pub(crate) fn after(&mut self, error: &io::Error, now: u64) -> Advice {
        if concerns_one_connection(error) {
            return Advice { pause: 0, is_news: false };
        }
        let pause = self.last_pause.map_or(FIRST, |last| (last * 2).min(LONGEST));
        self.last_pause = Some(pause);
        let last = self.last_trouble.replace(now);
        Advice { pause, is_news: last.is_none_or(|at| now.saturating_sub(at) >= FORGOTTEN) }
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
    fn acpt_pauses_double_to_a_second_and_trouble_is_told_of_once() {
        let mut backoff = Backoff::default();
        let emfile = io::Error::from_raw_os_error(24);
        let mut now = 77;
        for (count, millis) in [5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000].iter().enumerate() {
            let pause = millis * 1000;
            assert_eq!(backoff.after(&emfile, now), Advice { pause, is_news: count == 0 });
            now += pause;
        }
        let aborted = backoff.after(&io::ErrorKind::ConnectionAborted.into(), now);
        assert_eq!(aborted, Advice { pause: 0, is_news: false });
        backoff.clear();
        assert_eq!(backoff.after(&emfile, now), Advice { pause: FIRST, is_news: false });
        assert!(backoff.after(&emfile, now + FORGOTTEN).is_news);
    }
}
