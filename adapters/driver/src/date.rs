//! Date, one for each second and thread (RFC 9110 §6.6.1).
//!
//! Decides when it is made anew: when the system's clock shows another second. There is
//! none when that clock was never set.

use blazeio::{Date, Response};
use std::cell::Cell;
use std::time::SystemTime;

thread_local! {
    static LAST: Cell<(u64, Option<Date>)> = const { Cell::new((0, None)) };
}

/// The date now.
#[must_use]
pub(crate) fn today() -> Option<Date> {
    let seconds = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |d| d.as_secs());
    let (at, date) = LAST.get();
    if at == seconds {
        return date;
    }
    let date = Date::from_unix(seconds);
    LAST.set((seconds, date));
    date
}

/// `response` with Date.
#[must_use]
pub(crate) fn now(response: Response<'_>) -> Response<'_> {
    match today() {
        Some(date) => response.date(date),
        None => response,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_the_date_is_at_most_a_second_old() {
        let seconds = || SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
        for _ in 0..1000 {
            let (before, date, after) = (seconds(), today(), seconds());
            assert!((before..=after).any(|s| Date::from_unix(s) == date));
        }
    }
}
