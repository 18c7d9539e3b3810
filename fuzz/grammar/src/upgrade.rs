//! What Upgrade and TE ask for.

use crate::character::is_token;
use crate::connection::has_option;
use crate::field::values;
use crate::list::elements;
use crate::{FieldLine, Framing, ResponseHead};

// protocol = protocol-name [ "/" protocol-version ]
// protocol-name = token
// protocol-version = token
fn is_protocol(text: &[u8]) -> bool {
    let parts: Vec<&[u8]> = text.split(|&byte| byte == b'/').collect();
    parts.len() <= 2 && parts.into_iter().all(is_token)
}

// Upgrade = #protocol
/// RFC 9110 §7.8: the protocols that a request offers; none without the connection option, and in
/// HTTP/1.0. Departures: none with content, none beside CONNECT, never `h2c`.
pub(crate) fn offers(
    method: &[u8],
    minor: u8,
    fields: &[FieldLine],
    framing: Framing,
) -> Vec<Vec<u8>> {
    let has_content = !matches!(framing, Framing::None | Framing::Sized(0));
    if minor == 0 || method == b"CONNECT" || has_content || !has_option(fields, "upgrade") {
        return Vec::new();
    }
    let listed = values(fields, "Upgrade").flat_map(elements).filter(|text| is_protocol(text));
    listed.filter(|text| !text.eq_ignore_ascii_case(b"h2c")).map(<[u8]>::to_vec).collect()
}

/// RFC 9110 §7.8: whether a 101 switches to what was offered, and to nothing else. A departure: no
/// Upgrade line without a protocol.
pub fn is_switch(head: &ResponseHead, offered: &[&str]) -> bool {
    let was_offered = |text: &[u8]| offered.iter().any(|o| text.eq_ignore_ascii_case(o.as_bytes()));
    let lines: Vec<_> = values(&head.fields, "Upgrade").collect();
    head.status == 101
        && has_option(&head.fields, "upgrade")
        && !lines.is_empty()
        && lines.iter().all(|line| elements(line).next().is_some())
        && lines.iter().copied().flat_map(elements).all(was_offered)
}

// TE = #t-codings
// t-codings = "trailers" / ( transfer-coding [ weight ] )
/// RFC 9110 §10.1.4: whether the sender takes trailer fields.
pub(crate) fn accepts_trailers(fields: &[FieldLine]) -> bool {
    values(fields, "TE").flat_map(elements).any(|text| text.eq_ignore_ascii_case(b"trailers"))
}

#[cfg(test)]
mod tests {
    use crate::{RequestHead, Verdict, request_head, response_head};

    fn request(input: &str) -> RequestHead {
        match request_head(input.as_bytes()) {
            Verdict::Complete(head) => head,
            other => panic!("{input:?}: {other:?}"),
        }
    }

    #[test]
    fn offers_need_their_option_and_nothing_in_their_way() {
        let whole =
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: a/1, h2c,,b\r\n\r\n";
        assert_eq!(request(whole).offers, [b"a/1".to_vec(), b"b".to_vec()]);
        for (from, to) in [
            ("HTTP/1.1", "HTTP/1.0"),
            ("Connection: upgrade", "Connection: x"),
            ("\r\n\r\n", "\r\nContent-Length: 1\r\n\r\n"),
            ("GET /", "CONNECT a:1"),
            ("a/1, h2c,,b", "a/b/c, /, a b"),
        ] {
            assert!(request(&whole.replace(from, to)).offers.is_empty(), "{to:?}");
        }
    }

    #[test]
    fn a_101_switches_to_what_was_offered() {
        let is_switch = |fields: &str| {
            let input = format!("HTTP/1.1 101 S\r\n{fields}\r\n");
            match response_head(input.as_bytes(), b"GET") {
                Verdict::Complete(head) => super::is_switch(&head, &["a/1", "b"]),
                other => panic!("{input:?}: {other:?}"),
            }
        };
        assert!(is_switch("Connection: x, Upgrade\r\nUpgrade: B\r\nUpgrade: a/1\r\n"));
        for fields in [
            "",
            "Upgrade: a/1\r\n",
            "Connection: upgrade\r\n",
            "Connection: upgrade\r\nUpgrade: a\r\n",
            "Connection: upgrade\r\nUpgrade: b, c\r\n",
            "Connection: upgrade\r\nUpgrade: b\r\nUpgrade: ,\r\n",
        ] {
            assert!(!is_switch(fields), "{fields:?}");
        }
    }

    #[test]
    fn te_trailers_is_found_in_its_list() {
        let says = |te: &str| request(&format!("GET / HTTP/1.1\r\nHost: a\r\n{te}\r\n"));
        assert!(says("TE: gzip, Trailers\r\n").accepts_trailers);
        assert!(!says("TE: trailer\r\n").accepts_trailers && !says("").accepts_trailers);
    }
}
