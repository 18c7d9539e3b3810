//! Dates as they are received: three forms (RFC 9110 §5.6.7).
//!
//! Decides which second a text means, before 1970 too: one that comes in a condition is earlier
//! than all. Refuses a date that does not exist (`31 Feb`), a leap second's 61, another zone than
//! GMT, and whatever is not exactly one of the three forms.

use crate::syntax::number::decimal;

/// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
pub(crate) fn unix_seconds(text: &[u8]) -> Option<i64> {
    let comma = text.iter().position(|&b| b == b',');
    match comma {
        Some(3) => imf_fixdate(text),
        Some(comma) => rfc850(text, comma),
        None => asctime(text),
    }
}

fn imf_fixdate(text: &[u8]) -> Option<i64> {
    let [a, b, c, b',', b' ', rest @ ..] = text else { return None };
    let (&[d1, d2, b' ', m1, m2, m3, b' ', y1, y2, y3, y4, b' '], rest) =
        rest.split_first_chunk()?
    else {
        return None;
    };
    day_name(&[*a, *b, *c])?;
    let year = decimal(&[y1, y2, y3, y4])?;
    seconds(year, month(&[m1, m2, m3])?, decimal(&[d1, d2])?, rest.strip_suffix(b" GMT")?)
}

fn rfc850(text: &[u8], comma: usize) -> Option<i64> {
    let (name, rest) = text.split_at_checked(comma)?;
    // Only a long name stands here.
    let (short, long) = name.split_first_chunk::<3>()?;
    if long.is_empty() || !LONG_DAYS.iter().any(|day| day.as_bytes() == name) {
        return None;
    }
    day_name(short)?;
    let rest = rest.strip_prefix(b", ")?;
    let (&[d1, d2, b'-', m1, m2, m3, b'-', y1, y2, b' '], rest) = rest.split_first_chunk()? else {
        return None;
    };
    let year = match decimal(&[y1, y2])? {
        year @ 70.. => year.wrapping_add(1900),
        year => year.wrapping_add(2000),
    };
    seconds(year, month(&[m1, m2, m3])?, decimal(&[d1, d2])?, rest.strip_suffix(b" GMT")?)
}

fn asctime(text: &[u8]) -> Option<i64> {
    let (&[a, b, c, b' ', m1, m2, m3, b' ', d1, d2, b' '], rest) = text.split_first_chunk()? else {
        return None;
    };
    day_name(&[a, b, c])?;
    let day = if d1 == b' ' { decimal(&[d2])? } else { decimal(&[d1, d2])? };
    let (clock, year) = rest.split_first_chunk::<8>()?;
    let [b' ', y1, y2, y3, y4] = year else { return None };
    seconds(decimal(&[*y1, *y2, *y3, *y4])?, month(&[m1, m2, m3])?, day, clock)
}

const LONG_DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Case counts (RFC 9110 §5.6.7).
fn day_name(name: &[u8; 3]) -> Option<()> {
    LONG_DAYS.iter().any(|day| day.as_bytes().starts_with(name)).then_some(())
}

/// 1 to 12.
fn month(name: &[u8; 3]) -> Option<u64> {
    const NAMES: [&[u8; 3]; 12] = [
        b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov",
        b"Dec",
    ];
    let index = NAMES.iter().position(|month| *month == name)?;
    Some((index as u64).wrapping_add(1))
}

/// The second of a date and `hh:mm:ss`.
fn seconds(year: u64, month: u64, day: u64, clock: &[u8]) -> Option<i64> {
    let [h1, h2, b':', m1, m2, b':', s1, s2] = clock else { return None };
    let (hour, minute, second) =
        (decimal(&[*h1, *h2])?, decimal(&[*m1, *m2])?, decimal(&[*s1, *s2])?);
    let is_date = day >= 1 && day <= days_of(year, month);
    // RFC 9110 §5.6.7: second = 2DIGIT; 60 is a leap second, and reads as the next.
    if !is_date || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let of_day = hour.wrapping_mul(3600).wrapping_add(minute.wrapping_mul(60)).wrapping_add(second);
    let seconds = days_before(year, month, day).wrapping_mul(86_400).wrapping_add(of_day);
    i64::try_from(seconds).ok()?.checked_sub_unsigned(EPOCH.wrapping_mul(86_400))
}

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_of(year: u64, month: u64) -> u64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Where [`days_before`] has 1970-01-01.
const EPOCH: u64 = 719_469 + 146_097;

/// Days from an era of 400 years before year 0, which keeps them positive. Years count from
/// 1 March, so that the leap day is a year's last.
fn days_before(year: u64, month: u64, day: u64) -> u64 {
    let (year, month_from_march) = match month {
        1 | 2 => (year.wrapping_add(399), month.wrapping_add(9)),
        _ => (year.wrapping_add(400), month.wrapping_sub(3)),
    };
    let leaps = (year / 4).wrapping_sub(year / 100).wrapping_add(year / 400);
    let of_year = month_from_march.wrapping_mul(153).wrapping_add(2) / 5;
    year.wrapping_mul(365).wrapping_add(leaps).wrapping_add(of_year).wrapping_add(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Date;

    #[test]
    fn every_day_that_is_written_reads_back() {
        let mut seconds = 0u64;
        while seconds <= 253_402_300_799 {
            let date = Date::from_unix(seconds).unwrap();
            assert_eq!(unix_seconds(date.as_bytes()), Some(seconds as i64), "{date}");
            seconds += 86_400 - 1 + 86_400 * (seconds % 3);
        }
    }

    #[test]
    fn three_forms_are_one_date() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun Nov 06 08:49:37 1994",
            "Mon, 06 Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(unix_seconds(text.as_bytes()), Some(784_111_777), "{text}");
        }
        assert_eq!(unix_seconds(b"Friday, 01-Jan-70 00:00:00 GMT"), Some(0));
        assert_eq!(unix_seconds(b"Tuesday, 31-Dec-69 00:00:00 GMT"), Some(3_155_673_600));
        assert_eq!(unix_seconds(b"Sat, 31 Dec 2016 23:59:60 GMT"), Some(1_483_228_800));
    }

    #[test]
    fn before_1970_seconds_are_negative_and_no_date_holds_them() {
        for (text, seconds) in [
            ("Wed, 31 Dec 1969 23:59:59 GMT", -1),
            ("Wed Dec 31 23:59:59 1969", -1),
            ("Sun, 29 Feb 1604 00:00:00 GMT", -11_544_768_000),
            ("Mon, 01 Jan 0001 00:00:00 GMT", -62_135_596_800),
            ("Sat, 01 Jan 0000 00:00:00 GMT", -62_167_219_200),
        ] {
            assert_eq!(unix_seconds(text.as_bytes()), Some(seconds), "{text}");
            assert_eq!(Date::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn what_does_not_exist_is_no_date() {
        for text in [
            "",
            "0",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 08:49:37 GMT ",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "sun, 06 nov 1994 08:49:37 gmt",
            "Sux, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 08:60:37 GMT",
            "Sun, 06 Nov 1994 08:49:61 GMT",
            "Sun, 06 Nov 1994 8:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 31 Nov 1994 08:49:37 GMT",
            "Wed, 29 Feb 2023 00:00:00 GMT",
            "Thu, 29 Feb 1900 00:00:00 GMT",
            "Sun, 06-Nov-94 08:49:37 GMT",
            "Sunday, 06 Nov 1994 08:49:37 GMT",
            "Sunday,06-Nov-94 08:49:37 GMT",
            "Someday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 94",
            "Sun Nov 6 08:49:37 1994",
            "Sun, +6 Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(unix_seconds(text.as_bytes()), None, "{text}");
        }
        assert!(unix_seconds(b"Thu, 29 Feb 2024 00:00:00 GMT").is_some());
        assert!(unix_seconds(b"Tue, 29 Feb 2000 00:00:00 GMT").is_some());
    }
}
