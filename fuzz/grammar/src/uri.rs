//! Request targets, authorities, hosts and ports.
//!
//! RFC 9112 §3.2 has four forms; which of them a method may use is part of the grammar here.

use crate::Refusal;
use crate::character::{is_alpha, is_digit, is_hexdig, is_sub_delim, is_unreserved};

/// The authority that a target names: `None` in the origin and the asterisk form.
///
/// # Errors
///
/// The form is none of this method's, or its authority is malformed or has userinfo.
pub fn target(method: &[u8], target: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
    // authority-form = uri-host ":" port ; only for CONNECT (RFC 9112 §3.2.3)
    if method == b"CONNECT" {
        return authority_form(target).map(Some);
    }
    // origin-form = absolute-path [ "?" query ]
    if target.first() == Some(&b'/') {
        return Ok(None);
    }
    // asterisk-form = "*" ; only for a server-wide OPTIONS (RFC 9112 §3.2.4)
    if target == b"*" {
        let refusal = Refusal::of_meaning("RFC 9112 §3.2.4", 400);
        return if method == b"OPTIONS" { Ok(None) } else { Err(refusal) };
    }
    absolute_form(target).map(Some)
}

/// RFC 9110 §9.3.6: host and port of the tunnel's end, both to be named.
fn authority_form(target: &[u8]) -> Result<Vec<u8>, Refusal> {
    let rule = "RFC 9110 §9.3.6";
    let refusal = Refusal::of_meaning(rule, 400);
    let (host, port) = host_and_port(target).ok_or(refusal.clone())?;
    match port.map(port_number) {
        // A server MUST reject a CONNECT request with an empty or invalid port number.
        Some(Some(1..=65535)) if !host.is_empty() => Ok(target.to_vec()),
        _ => Err(refusal),
    }
}

// absolute-form = absolute-URI
// absolute-URI = scheme ":" hier-part [ "?" query ] ; RFC 3986 §4.3
// hier-part = "//" authority path-abempty / … ; the others name no server
fn absolute_form(target: &[u8]) -> Result<Vec<u8>, Refusal> {
    let rule = "RFC 9112 §3.2.2";
    let refusal = Refusal::of_meaning(rule, 400);
    let colon = target.iter().position(|&byte| byte == b':').ok_or(refusal.clone())?;
    if !is_scheme(&target[..colon]) || !target[colon + 1..].starts_with(b"//") {
        return Err(refusal);
    }
    let rest = &target[colon + 3..];
    // RFC 3986 §3.2: the authority ends at the next slash, question mark, or the end.
    let end = rest.iter().position(|&byte| byte == b'/' || byte == b'?').unwrap_or(rest.len());
    let authority = &rest[..end];
    // RFC 9110 §4.2.1: an empty host is invalid. §4.2.4: userinfo is an error: `@` is in no host.
    if !is_authority(authority) {
        return Err(refusal);
    }
    Ok(authority.to_vec())
}

// scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ) ; RFC 3986 §3.1
fn is_scheme(text: &[u8]) -> bool {
    let is_rest = |&byte: &u8| is_alpha(byte) || is_digit(byte) || b"+-.".contains(&byte);
    text.first().is_some_and(|&byte| is_alpha(byte)) && text.iter().all(is_rest)
}

// Host = uri-host [ ":" port ]
// authority = [ userinfo "@" ] host [ ":" port ] ; RFC 3986 §3.2
/// Whether it is one, without userinfo and with a host that is not empty.
pub(crate) fn is_authority(text: &[u8]) -> bool {
    match host_and_port(text) {
        None => false,
        Some((host, None)) => !host.is_empty(),
        Some((host, Some(port))) => {
            !host.is_empty() && (port.is_empty() || port_number(port).is_some())
        }
    }
}

// uri-host [ ":" port ], host = IP-literal / IPv4address / reg-name
/// Host and port, if the first is a host and the second has digits only.
fn host_and_port(text: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    // A host in brackets ends at the bracket, any other at the first colon, which no name has.
    let end = if text.first() == Some(&b'[') {
        text.iter().position(|&byte| byte == b']')? + 1
    } else {
        text.iter().position(|&byte| byte == b':').unwrap_or(text.len())
    };
    let (host, rest) = text.split_at(end);
    if !is_host(host) {
        return None;
    }
    match rest {
        [] => Some((host, None)),
        [b':', port @ ..] if port.iter().all(|&byte| is_digit(byte)) => Some((host, Some(port))),
        _ => None,
    }
}

// port = *DIGIT
/// Its number. A departure: none is above 65535.
fn port_number(port: &[u8]) -> Option<u32> {
    if port.is_empty() {
        return None;
    }
    port.iter().try_fold(0, |number: u32, &digit| {
        let next = number * 10 + u32::from(digit - b'0');
        (next <= 65535).then_some(next)
    })
}

// host = IP-literal / IPv4address / reg-name ; an IPv4address is a reg-name as well
fn is_host(text: &[u8]) -> bool {
    if text.first() == Some(&b'[') { is_ip_literal(text) } else { is_reg_name(text) }
}

// reg-name = *( unreserved / pct-encoded / sub-delims )
// pct-encoded = "%" HEXDIG HEXDIG
fn is_reg_name(mut text: &[u8]) -> bool {
    loop {
        text = match text {
            [] => return true,
            [b'%', high, low, rest @ ..] if is_hexdig(*high) && is_hexdig(*low) => rest,
            [byte, rest @ ..] if is_unreserved(*byte) || is_sub_delim(*byte) => rest,
            _ => return false,
        }
    }
}

// IP-literal = "[" ( IPv6address / IPvFuture ) "]"
fn is_ip_literal(text: &[u8]) -> bool {
    match text {
        [b'[', inner @ .., b']'] => is_ipv6_address(inner) || is_ip_future(inner),
        _ => false,
    }
}

// IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )
fn is_ip_future(text: &[u8]) -> bool {
    let [b'v' | b'V', rest @ ..] = text else { return false };
    let Some(dot) = rest.iter().position(|&byte| byte == b'.') else { return false };
    let (version, address) = (&rest[..dot], &rest[dot + 1..]);
    let is_part = |&byte: &u8| is_unreserved(byte) || is_sub_delim(byte) || byte == b':';
    !version.is_empty()
        && version.iter().all(|&byte| is_hexdig(byte))
        && !address.is_empty()
        && address.iter().all(is_part)
}

// IPv6address = 6( h16 ":" ) ls32
//  / "::" 5( h16 ":" ) ls32
//  / [ h16 ] "::" 4( h16 ":" ) ls32
//  / [ *1( h16 ":" ) h16 ] "::" 3( h16 ":" ) ls32
//  / [ *2( h16 ":" ) h16 ] "::" 2( h16 ":" ) ls32
//  / [ *3( h16 ":" ) h16 ] "::" h16 ":" ls32
//  / [ *4( h16 ":" ) h16 ] "::" ls32
//  / [ *5( h16 ":" ) h16 ] "::" h16
//  / [ *6( h16 ":" ) h16 ] "::"
/// Which is eight times 16 bits, or at most seven around one `::`. (RFC 3986 counts what stands
/// behind the `::` exactly and what stands before it at most: up to seven in all.)
fn is_ipv6_address(text: &[u8]) -> bool {
    match text.windows(2).position(|pair| pair == b"::") {
        None => units(text, true) == Some(8),
        Some(at) => {
            let before = units_or_none(&text[..at], false);
            let behind = units_or_none(&text[at + 2..], true);
            matches!((before, behind), (Some(before), Some(behind)) if before + behind <= 7)
        }
    }
}

fn units_or_none(text: &[u8], ends: bool) -> Option<usize> {
    if text.is_empty() { Some(0) } else { units(text, ends) }
}

// ls32 = ( h16 ":" h16 ) / IPv4address
/// How many times 16 bits; if the text ends the address its last part may be an IPv4 address.
fn units(text: &[u8], ends: bool) -> Option<usize> {
    let parts: Vec<&[u8]> = text.split(|&byte| byte == b':').collect();
    let mut units = 0;
    for (index, part) in parts.iter().enumerate() {
        if is_h16(part) {
            units += 1;
        } else if ends && index == parts.len() - 1 && is_ipv4_address(part) {
            units += 2;
        } else {
            return None;
        }
    }
    Some(units)
}

// h16 = 1*4HEXDIG
fn is_h16(text: &[u8]) -> bool {
    (1..=4).contains(&text.len()) && text.iter().all(|&byte| is_hexdig(byte))
}

// IPv4address = dec-octet "." dec-octet "." dec-octet "." dec-octet
fn is_ipv4_address(text: &[u8]) -> bool {
    let parts: Vec<&[u8]> = text.split(|&byte| byte == b'.').collect();
    parts.len() == 4 && parts.iter().all(|part| is_dec_octet(part))
}

// dec-octet = DIGIT / %x31-39 DIGIT / "1" 2DIGIT / "2" %x30-34 DIGIT / "25" %x30-35
fn is_dec_octet(text: &[u8]) -> bool {
    match text {
        [a] => is_digit(*a),
        [b'1'..=b'9', b] => is_digit(*b),
        [b'1', b, c] => is_digit(*b) && is_digit(*c),
        [b'2', b'0'..=b'4', c] => is_digit(*c),
        [b'2', b'5', b'0'..=b'5'] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv6_addresses_are_those_of_rfc_3986() {
        for good in [
            "::",
            "::1",
            "1::",
            "2001:db8::7",
            "1:2:3:4:5:6:7:8",
            "1:2:3:4:5:6:1.2.3.4",
            "::1.2.3.4",
            "1:2:3:4:5::1.2.3.4",
            "1:2:3:4:5:6::7",
            "1:2:3:4:5:6:7::",
            "::2:3:4:5:6:7:8",
            "FFFF::abcd",
            "::ffff:192.0.2.255",
        ] {
            assert!(is_ipv6_address(good.as_bytes()), "{good}");
        }
        for bad in [
            "",
            ":",
            ":::",
            "1",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            "1::2::3",
            "12345::",
            "1:2:3:4:5:6:7::8",
            "1:2:3:4:5:6::1.2.3.4",
            "1.2.3.4::",
            "::1.2.3",
            "::1.2.3.256",
            "::01.2.3.4",
            "fe80::1%25eth0",
            ":1::",
            "1::2:",
            "::g",
        ] {
            assert!(!is_ipv6_address(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn hosts_and_ports_are_those_of_rfc_3986_but_for_the_departures() {
        for good in [
            "a",
            "www.example.org",
            "a_b",
            "a%2eb",
            "a:",
            "a:80",
            "a:00080",
            "a:65535",
            "[::1]",
            "[::1]:80",
            "[v1.a:b]",
            "[VF.x]",
            "127.0.0.1",
            "!$&'()*+;=",
        ] {
            assert!(is_authority(good.as_bytes()), "{good}");
        }
        for bad in [
            "",
            ":80",
            "a,b",
            "a@b",
            "a/b",
            "a b",
            "a:65536",
            "a:+8",
            "a:8:8",
            "::1",
            "[::1",
            "[]",
            "[::1]x",
            "[::1]]",
            "[v1.]",
            "[v.a]",
            "[vg.a]",
            "[v1.a,b]",
            "a%2",
            "a%2g",
            "a[::1]",
            "a\u{e9}",
            "[127.0.0.1]",
        ] {
            assert!(!is_authority(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn targets_have_the_four_forms_of_rfc_9112_section_3_2() {
        for (method, form, authority) in [
            ("GET", "/where?q=now", None),
            ("GET", "//b/x", None),
            ("GET", "http://www.example.org/pub/WWW/TheProject.html", Some("www.example.org")),
            ("CONNECT", "www.example.com:80", Some("www.example.com:80")),
            ("CONNECT", "[2001:db8::1]:443", Some("[2001:db8::1]:443")),
            ("OPTIONS", "*", None),
            ("OPTIONS", "http://www.example.org:8001", Some("www.example.org:8001")),
            ("GET", "coap+ws-1.0://a", Some("a")),
            ("GET", "http://a?@b", Some("a")),
        ] {
            let found = target(method.as_bytes(), form.as_bytes());
            assert_eq!(found, Ok(authority.map(|text| text.as_bytes().to_vec())), "{form}");
        }
        for (method, form) in [
            ("GET", "*"),
            ("GET", "a:80"),
            ("GET", "index.html"),
            ("GET", "?q"),
            ("GET", "http:///x"),
            ("GET", "http://u@a/"),
            ("GET", "http://@a/"),
            ("GET", "1http://a/"),
            ("GET", "://a/"),
            ("GET", "http:/a"),
            ("GET", "mailto:x@a"),
            ("CONNECT", "a"),
            ("CONNECT", "a:"),
            ("CONNECT", "a:0"),
            ("CONNECT", ":443"),
            ("CONNECT", "/"),
            ("CONNECT", "*"),
            ("CONNECT", "http://a:80"),
            ("connect", "a:80"),
            ("CONNECT", "u@a:80"),
            ("CONNECT", "a:80/x"),
            ("options", "*"),
            ("OPTIONS", "*/"),
        ] {
            let found = target(method.as_bytes(), form.as_bytes());
            assert_eq!(found.map_err(|refusal| refusal.status), Err(400), "{method} {form}");
        }
    }
}
