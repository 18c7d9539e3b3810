//! Whom a request came from, against a naive reader of RFC 7239.

use crate::parameters::{Backslash, naive_with};
use blazeio::web::forwarded::{MOST, Node, Syntax, client};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The first byte chooses the syntax; behind it are the values of field lines, a line each. Odd
/// addresses are trusted, and so is the peer.
pub fn run(data: &[u8]) {
    let Some((first, lines)) = data.split_first() else { return };
    let syntax = if first % 2 == 0 { Syntax::Forwarded } else { Syntax::XForwardedFor };
    let fields: Vec<&[u8]> = lines.split(|&b| b == b'\n').collect();
    let peer = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
    let ours = client(syntax, fields.iter().copied(), peer, is_trusted);
    assert_eq!(ours, naive(syntax, &fields, peer), "{}", data.escape_ascii());
    // What nobody trusted has written does not count.
    assert_eq!(client(syntax, fields.iter().copied(), peer, |_| false), peer);
    match Node::parse(lines) {
        Ok(Node::Obfuscated(name)) => assert!(lines.starts_with(name) && name.len() > 1),
        Ok(Node::Address(_) | Node::Unknown) => {}
        Err(invalid) => assert_eq!(invalid.at, 0),
    }
}

fn is_trusted(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.octets()[3] % 2 == 1,
        IpAddr::V6(v6) => v6.octets()[15] % 2 == 1,
    }
}

fn naive(syntax: Syntax, fields: &[&[u8]], peer: IpAddr) -> IpAddr {
    let mut last = peer;
    for node in nodes(syntax, fields).into_iter().take(MOST) {
        match node.and_then(|node| address(syntax, &String::from_utf8(node).ok()?)) {
            Some(address) if is_trusted(last) => last = address,
            _ => return last,
        }
    }
    last
}

/// What the elements name, the last one first, up to one that cannot be told.
fn nodes(syntax: Syntax, fields: &[&[u8]]) -> Vec<Option<Vec<u8>>> {
    let mut all = Vec::new();
    for field in fields.iter().rev() {
        if syntax == Syntax::XForwardedFor {
            all.extend(crate::relay::list(field).into_iter().rev().map(Some));
            continue;
        }
        let mut rest = Some(*field);
        while let Some(text) = rest {
            let Some((before, node)) = last_of(text) else {
                all.push(None);
                return all;
            };
            all.extend(node);
            rest = before;
        }
    }
    all
}

/// What is before the last element, and what that one names; nothing for an empty one. The last
/// element is the shortest text behind a comma, or the whole, that is one by itself.
type Last<'a> = (Option<&'a [u8]>, Option<Option<Vec<u8>>>);

fn last_of(text: &[u8]) -> Option<Last<'_>> {
    let commas = (0..text.len()).rev().filter(|at| text[*at] == b',');
    let pieces = commas.map(|at| (Some(&text[..at]), &text[at + 1..]));
    pieces.chain([(None, text)]).find_map(|(before, piece)| {
        let is_blank = piece.iter().all(|b| matches!(b, b' ' | b'\t'));
        match crate::parameters::naive(&[b";", piece].concat()) {
            _ if is_blank => Some((before, None)),
            Some(_) => Some((before, Some(named_for(piece)))),
            None => None,
        }
    })
}

/// The elements of a list, of which commas in quotes are part.
pub(crate) fn list(field: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new()];
    let (mut quoted, mut at) = (false, 0);
    while at < field.len() {
        let taken = if quoted && field[at] == b'\\' { 2 } else { 1 };
        let piece = &field[at..field.len().min(at + taken)];
        match piece {
            b"," if !quoted => all.push(Vec::new()),
            _ => all.last_mut().expect("one").extend_from_slice(piece),
        }
        quoted ^= piece == b"\"";
        at += taken;
    }
    let trimmed = all.iter().map(|e| {
        let blank = |b: &&u8| matches!(**b, b' ' | b'\t');
        let front = e.iter().take_while(blank).count();
        let back = e[front..].iter().rev().take_while(blank).count();
        e[front..e.len() - back].to_vec()
    });
    trimmed.filter(|e| !e.is_empty()).collect()
}

/// The value of `for`, which is there once, of pairs that are all well-formed.
fn named_for(element: &[u8]) -> Option<Vec<u8>> {
    let pairs = naive_with(&[b";", element].concat(), Backslash::Stays)?;
    let mut all = pairs.into_iter().filter(|(name, _)| name.eq_ignore_ascii_case(b"for"));
    let (_, value) = all.next()?;
    all.next().is_none().then_some(value)
}

/// RFC 4291 §2.5.5.2: ten bytes of zeros, two of ones.
fn unmapped(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) if v6.segments()[..6] == [0, 0, 0, 0, 0, 0xffff] => {
            let [.., a, b, c, d] = v6.octets();
            IpAddr::from([a, b, c, d])
        }
        other => other,
    }
}

/// An address, with or without a port. IPv4 within IPv6 is IPv4.
fn address(syntax: Syntax, node: &str) -> Option<IpAddr> {
    if let Ok(address) = node.parse::<IpAddr>() {
        let is_bare = address.is_ipv4() || syntax == Syntax::XForwardedFor;
        return is_bare.then_some(unmapped(address));
    }
    let (name, port) = match node.rsplit_once(']') {
        Some((name, port)) => (name, port),
        None => node.split_at(node.find(':')?),
    };
    if !port.is_empty() {
        let port = port.strip_prefix(':')?;
        let hidden = port.strip_prefix('_');
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let is_hidden = hidden.is_some_and(|h| !h.is_empty() && h.chars().all(is_word));
        let is_number = port.chars().all(|c| c.is_ascii_digit()) && (1..6).contains(&port.len());
        (is_hidden || is_number).then_some(())?;
    }
    match name.strip_prefix('[') {
        Some(name) => name.parse::<Ipv6Addr>().ok().map(IpAddr::V6).map(unmapped),
        None => name.parse::<Ipv4Addr>().ok().map(IpAddr::V4).filter(|_| !node.contains(']')),
    }
}
