//! Reason phrases of the registered status codes (RFC 9110 §15 and the IANA registry).
//!
//! Decides the default text after a status code, which no recipient may rely on.

/// The registered reason phrase of `status`, one that is obsolete too; empty if there is none.
///
/// ```
/// assert_eq!(blazeio::reason_phrase(404), "Not Found");
/// assert_eq!(blazeio::reason_phrase(599), "");
/// ```
#[must_use]
pub const fn reason_phrase(status: u16) -> &'static str {
    phrase(status)
}

macro_rules! phrases {
    ($($status:literal $phrase:literal,)*) => {
        #[cfg(not(any(target_os = "none", blazeio_small)))]
        const fn phrase(status: u16) -> &'static str {
            match status {
                $($status => $phrase,)*
                _ => "",
            }
        }

        /// All in one text, each behind its status.
        #[cfg(any(test, target_os = "none", blazeio_small))]
        const ALL: &str = concat!($(stringify!($status), $phrase,)*);
    };
}

phrases! {
    100 "Continue",
    101 "Switching Protocols",
    102 "Processing",
    103 "Early Hints",
    200 "OK",
    201 "Created",
    202 "Accepted",
    203 "Non-Authoritative Information",
    204 "No Content",
    205 "Reset Content",
    206 "Partial Content",
    207 "Multi-Status",
    208 "Already Reported",
    226 "IM Used",
    300 "Multiple Choices",
    301 "Moved Permanently",
    302 "Found",
    303 "See Other",
    304 "Not Modified",
    305 "Use Proxy",
    307 "Temporary Redirect",
    308 "Permanent Redirect",
    400 "Bad Request",
    401 "Unauthorized",
    402 "Payment Required",
    403 "Forbidden",
    404 "Not Found",
    405 "Method Not Allowed",
    406 "Not Acceptable",
    407 "Proxy Authentication Required",
    408 "Request Timeout",
    409 "Conflict",
    410 "Gone",
    411 "Length Required",
    412 "Precondition Failed",
    413 "Content Too Large",
    414 "URI Too Long",
    415 "Unsupported Media Type",
    416 "Range Not Satisfiable",
    417 "Expectation Failed",
    421 "Misdirected Request",
    422 "Unprocessable Content",
    423 "Locked",
    424 "Failed Dependency",
    425 "Too Early",
    426 "Upgrade Required",
    428 "Precondition Required",
    429 "Too Many Requests",
    431 "Request Header Fields Too Large",
    451 "Unavailable For Legal Reasons",
    500 "Internal Server Error",
    501 "Not Implemented",
    502 "Bad Gateway",
    503 "Service Unavailable",
    504 "Gateway Timeout",
    505 "HTTP Version Not Supported",
    506 "Variant Also Negotiates",
    507 "Insufficient Storage",
    508 "Loop Detected",
    510 "Not Extended",
    511 "Network Authentication Required",
}

/// Walks the text: no phrase holds a digit.
#[cfg(any(target_os = "none", blazeio_small))]
const fn phrase(status: u16) -> &'static str {
    let mut rest = ALL;
    while let Some((code, tail)) = rest.split_at_checked(3) {
        let Some((phrase, next)) = tail.split_at_checked(letters(tail.as_bytes())) else { break };
        if number(code.as_bytes()) == status {
            return phrase;
        }
        rest = next;
    }
    ""
}

/// How many bytes come before the next digit.
#[cfg(any(target_os = "none", blazeio_small))]
const fn letters(text: &[u8]) -> usize {
    let (mut rest, mut count) = (text, 0usize);
    while let [byte, tail @ ..] = rest {
        if byte.is_ascii_digit() {
            break;
        }
        (rest, count) = (tail, count.wrapping_add(1));
    }
    count
}

#[cfg(any(target_os = "none", blazeio_small))]
const fn number(digits: &[u8]) -> u16 {
    let (mut rest, mut number) = (digits, 0u16);
    while let [digit, tail @ ..] = rest {
        number = number.wrapping_mul(10).wrapping_add((*digit & 15) as u16);
        rest = tail;
    }
    number
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    #[test]
    fn every_status_has_the_phrase_of_the_list_and_no_other() {
        let mut all = std::string::String::new();
        for status in (0..=999).filter(|status| !reason_phrase(*status).is_empty()) {
            all += &std::format!("{status}{}", reason_phrase(status));
        }
        assert_eq!(all, ALL);
    }
}
