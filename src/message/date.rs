//! Dates as IMF-fixdate (RFC 9110 §5.6.7).
//!
//! Decides how a count of seconds reads as `Sun, 06 Nov 1994 08:49:37 GMT`. The core has
//! no clock: the caller makes one `Date` a second and lends it to every head. Refuses
//! seconds beyond the year 9999, which the format cannot hold.

use core::fmt;

/// A date and time in UTC, ready to be sent. 29 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Date([u8; Date::LEN]);

impl Date {
    /// Length of the text.
    pub const LEN: usize = 29;

    /// The date `seconds` after 1970-01-01T00:00:00Z (leap seconds not counted, as in
    /// Unix time). `None` beyond 9999-12-31T23:59:59Z.
    ///
    /// ```
    /// let date = blazeio::Date::from_unix(784_111_777).unwrap();
    /// assert_eq!(date.as_str(), "Sun, 06 Nov 1994 08:49:37 GMT");
    /// ```
    #[must_use]
    pub const fn from_unix(seconds: u64) -> Option<Self> {
        if seconds > 253_402_300_799 {
            return None;
        }
        let days = seconds / 86_400;
        let second_of_day = seconds % 86_400;
        let (year, month, day) = civil(days);
        let mut text = *b"Thu, 01 Jan 1970 00:00:00 GMT";
        let [a, b, c] = *day_name(days);
        [text[0], text[1], text[2]] = [a, b, c];
        [text[5], text[6]] = two_digits(day);
        let [a, b, c] = *month_name(month);
        [text[8], text[9], text[10]] = [a, b, c];
        [text[12], text[13]] = two_digits(year / 100);
        [text[14], text[15]] = two_digits(year % 100);
        [text[17], text[18]] = two_digits(second_of_day / 3600);
        [text[20], text[21]] = two_digits(second_of_day / 60 % 60);
        [text[23], text[24]] = two_digits(second_of_day % 60);
        Some(Self(text))
    }

    /// Reads a date in any of the three forms that a recipient must know (RFC 9110 §5.6.7). Two
    /// digits of a year (RFC 850) are 1970 to 2069. The day's name is not looked at, but for its
    /// form; a date that does not exist is `None`, and so is one before 1970.
    ///
    /// ```
    /// use blazeio::Date;
    ///
    /// let date = Date::parse(b"Sunday, 06-Nov-94 08:49:37 GMT").unwrap();
    /// assert_eq!(date.as_str(), "Sun, 06 Nov 1994 08:49:37 GMT");
    /// assert_eq!(Date::parse(b"Sun Nov  6 08:49:37 1994"), Some(date));
    /// assert_eq!(date.unix(), 784_111_777);
    /// ```
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        Self::from_unix(u64::try_from(super::date_parse::unix_seconds(text)?).ok()?)
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix(&self) -> u64 {
        // Made of a number that is not negative, so it is one.
        super::date_parse::unix_seconds(&self.0).map_or(0, i64::unsigned_abs)
    }

    /// The text.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII was ever written.
        core::str::from_utf8(&self.0).unwrap_or("")
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

const fn two_digits(n: u64) -> [u8; 2] {
    [b'0'.wrapping_add((n / 10 % 10) as u8), b'0'.wrapping_add((n % 10) as u8)]
}

const fn day_name(days: u64) -> &'static [u8; 3] {
    // 1970-01-01 was a Thursday.
    match days % 7 {
        0 => b"Thu",
        1 => b"Fri",
        2 => b"Sat",
        3 => b"Sun",
        4 => b"Mon",
        5 => b"Tue",
        _ => b"Wed",
    }
}

const fn month_name(month: u64) -> &'static [u8; 3] {
    match month {
        1 => b"Jan",
        2 => b"Feb",
        3 => b"Mar",
        4 => b"Apr",
        5 => b"May",
        6 => b"Jun",
        7 => b"Jul",
        8 => b"Aug",
        9 => b"Sep",
        10 => b"Oct",
        11 => b"Nov",
        _ => b"Dec",
    }
}

/// Year, month (1 to 12) and day (1 to 31) of a day counted from 1970-01-01.
///
/// Counts years from 1 March, so that the leap day is a year's last, in eras of 400 years.
const fn civil(days: u64) -> (u64, u64, u64) {
    // From 0000-03-01, the first day of an era.
    let z = days.wrapping_add(719_468);
    let era = z / 146_097;
    let day_of_era = z % 146_097;
    let leaps = (day_of_era / 1460).wrapping_add(day_of_era / 146_096);
    let year_of_era = day_of_era.wrapping_sub(leaps).wrapping_add(day_of_era / 36_524) / 365;
    let before = year_of_era.wrapping_mul(365).wrapping_add(year_of_era / 4);
    let day_of_year = day_of_era.wrapping_add(year_of_era / 100).wrapping_sub(before);
    let month_from_march = day_of_year.wrapping_mul(5).wrapping_add(2) / 153;
    let months_before = month_from_march.wrapping_mul(153).wrapping_add(2) / 5;
    let day = day_of_year.wrapping_sub(months_before).wrapping_add(1);
    let (month, next) = match month_from_march {
        m @ 0..10 => (m.wrapping_add(3), 0),
        m => (m.wrapping_sub(9), 1),
    };
    (era.wrapping_mul(400).wrapping_add(year_of_era).wrapping_add(next), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(seconds: u64) -> Option<Date> {
        Date::from_unix(seconds)
    }

    #[test]
    fn known_dates() {
        for (seconds, expected) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
            (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] {
            assert_eq!(text(seconds).unwrap().as_str(), expected);
        }
        assert_eq!(text(253_402_300_800), None);
        assert_eq!(text(u64::MAX), None);
    }

    #[test]
    fn every_day_of_eight_centuries_follows_the_one_before() {
        let (mut y, mut m, mut d) = (1970, 1, 1);
        for days in 0..800 * 365 {
            assert_eq!(civil(days), (y, m, d));
            let leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
            let last = match m {
                2 => 28 + u64::from(leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            (y, m, d) = match (m, d) {
                (12, 31) => (y + 1, 1, 1),
                (_, d) if d == last => (y, m + 1, 1),
                _ => (y, m, d + 1),
            };
        }
    }
}
