//! How long accepting pauses after an error, and what is told of it (ACPT).
//!
//! Decides which errors concern one connection only, after which accepting goes on at
//! once, and which want a pause: 5 ms, doubled up to 1 s, until an accept succeeds. Trouble
//! is told of once, until it stayed away for ten seconds.

use std::io;
use std::time::Duration;
use tokio::time::Instant;

const FIRST: Duration = Duration::from_millis(5);
const LONGEST: Duration = Duration::from_secs(1);
const FORGOTTEN: Duration = Duration::from_secs(10);

/// What accepting went through lately.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    last_pause: Option<Duration>,
    last_trouble: Option<Instant>,
}

/// What to do after an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Advice {
    /// How long to pause.
    pub(crate) pause: Duration,
    /// Whether to tell of it.
    pub(crate) is_news: bool,
}

impl Backoff {
    /// Accepting works again.
    pub(crate) fn clear(&mut self) {
        self.last_pause = None;
    }

    /// What to do after `error`.
    pub(crate) fn after(&mut self, error: &io::Error) -> Advice {
        if concerns_one_connection(error) {
            return Advice { pause: Duration::ZERO, is_news: false };
        }
        let pause = self.last_pause.map_or(FIRST, |last| (last * 2).min(LONGEST));
        self.last_pause = Some(pause);
        let last = self.last_trouble.replace(Instant::now());
        Advice { pause, is_news: last.is_none_or(|at| at.elapsed() >= FORGOTTEN) }
    }
}

fn concerns_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn acpt_pauses_double_to_a_second_and_trouble_is_told_of_once() {
        let mut backoff = Backoff::default();
        let emfile = io::Error::from_raw_os_error(24);
        for (count, millis) in [5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000].iter().enumerate() {
            let pause = Duration::from_millis(*millis);
            assert_eq!(backoff.after(&emfile), Advice { pause, is_news: count == 0 });
            tokio::time::advance(pause).await;
        }
        let aborted = backoff.after(&io::ErrorKind::ConnectionAborted.into());
        assert_eq!(aborted, Advice { pause: Duration::ZERO, is_news: false });
        backoff.clear();
        assert_eq!(backoff.after(&emfile), Advice { pause: FIRST, is_news: false });
        tokio::time::advance(FORGOTTEN).await;
        assert!(backoff.after(&emfile).is_news);
    }
}
