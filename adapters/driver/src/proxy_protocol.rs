//! The PROXY protocol, versions 1 and 2: who is behind the proxy that connected.
//!
//! Decides that every connection begins with a header. One that does not is refused, and so is
//! one whose header takes longer than [`TIMEOUT`]: with a header that may be left out, a
//! client that reaches the port could write one and be whom it likes. For the same reason,
//! **enable this only where every client is such a proxy**, by firewall or by network; the
//! addresses are as true as the proxy is.
//!
//! Refuses what the protocol leaves undefined, datagrams, and headers of more than
//! [`LONGEST`] bytes. Additional fields (TLVs) are passed over unread, their checksum too.
//! What comes behind the header is left to be read.
//!
//! ```text
//! PROXY TCP4 192.0.2.7 198.51.100.1 51234 443\r\n      version 1: 107 bytes at most
//! \r\n\r\n\0\r\nQUIT\n 21 11 00 0c …                      version 2: 16 bytes, and the rest
//! ```
//!
//! ```no_run
//! use blazeio_driver::{Address, Runtime, Transport, proxy_protocol};
//! use std::{io, sync::Arc};
//!
//! async fn who(
//!     accepted: Box<dyn Transport>,
//!     peer: Address,
//!     runtime: &Arc<dyn Runtime>,
//! ) -> io::Result<(impl Transport, Address)> {
//!     let (transport, proxied) =
//!         proxy_protocol::accept(accepted, runtime, proxy_protocol::TIMEOUT).await?;
//!     Ok((transport, proxied.map_or(peer, |addresses| addresses.source)))
//! }
//! ```

use crate::address::Address;
use crate::deadline::Deadline;
use crate::prefixed::Prefixed;
use crate::runtime::Runtime;
use crate::transport::Transport;
use ppp::{v1, v2};
use std::fmt::Display;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// What a header may take to come, as a rule.
pub const TIMEOUT: Duration = Duration::from_secs(5);

/// The longest header that is read, in bytes, version 2 and all of its fields. They could be
/// 64 KiB, which nobody sends and anybody could make a server wait for; certificates' names
/// and the like fit.
pub const LONGEST: usize = 4096;

/// The longest header of version 1, in bytes.
const LONGEST_V1: usize = 107;

/// A header of version 2 without addresses and fields, in bytes.
const FIXED: usize = 16;

/// Read at once, in bytes: most headers, and the request behind them.
const PIECE: usize = 512;

/// Reads of the transport in one poll at most.
const BUDGET: usize = 16;

/// Whom a proxy speaks for.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct ProxiedAddresses {
    /// The client.
    pub source: Address,
    /// Where the client connected to.
    pub destination: Address,
}

/// Reads the header off a transport that was just accepted, within `allowed`. The future
/// borrows nothing.
///
/// The addresses are `None` where the proxy speaks for itself (a health check, `LOCAL`) or
/// does not know (`UNKNOWN`): then the socket's own address counts.
///
/// # Errors
/// `TimedOut`; `UnexpectedEof` if the connection ended before the header did; `InvalidData` if
/// there was no header, or none that is understood; whatever the transport failed with.
pub fn accept<T: Transport>(
    mut transport: T,
    runtime: &Arc<dyn Runtime>,
    allowed: Duration,
) -> impl Future<Output = io::Result<(Prefixed<T>, Option<ProxiedAddresses>)>> + Send + use<T> {
    let runtime = Arc::clone(runtime);
    async move {
        let mut deadline = Deadline::new(runtime, allowed);
        let mut received = Vec::new();
        match deadline.bound(|cx| poll_header(cx, &mut transport, &mut received)).await {
            Some(header) => {
                let Header { length, addresses } = header?;
                let leftover = received.split_off(length.min(received.len()));
                Ok((Prefixed::new(transport, leftover), addresses))
            }
            None => {
                let why = format!("no PROXY protocol header within {allowed:?}");
                Err(io::Error::new(io::ErrorKind::TimedOut, why))
            }
        }
    }
}

/// A header that was read.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Header {
    length: usize,
    addresses: Option<ProxiedAddresses>,
}

/// Reads until `received` begins with a whole header.
fn poll_header<T: Transport>(
    cx: &mut Context<'_>,
    transport: &mut T,
    received: &mut Vec<u8>,
) -> Poll<io::Result<Header>> {
    for _ in 0..BUDGET {
        let mut piece = [0; PIECE];
        match ready!(transport.poll_read(cx, &mut piece)) {
            Ok(0) => return Poll::Ready(Err(ended(received))),
            Ok(read) => received.extend(piece.iter().take(read)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
            Err(error) => return Poll::Ready(Err(error)),
        }
        if let Some(header) = parse(received)? {
            return Poll::Ready(Ok(header));
        }
    }
    cx.waker().wake_by_ref();
    Poll::Pending
}

fn ended(received: &[u8]) -> io::Error {
    let why = match received.len() {
        0 => "the connection ended before its PROXY protocol header".to_owned(),
        length => format!("the connection ended {length} bytes into its PROXY protocol header"),
    };
    io::Error::new(io::ErrorKind::UnexpectedEof, why)
}

fn refused(why: impl Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("PROXY protocol: {why}"))
}

/// The header at the front of `bytes`; `None` while it is not whole.
fn parse(bytes: &[u8]) -> io::Result<Option<Header>> {
    let begins = |prefix: &[u8]| bytes.iter().zip(prefix).all(|(byte, of)| byte == of);
    if begins(v2::PROTOCOL_PREFIX) {
        parse_v2(bytes)
    } else if begins(b"PROXY ") {
        parse_v1(bytes)
    } else {
        Err(refused("the connection does not begin with a header"))
    }
}

/// A line. The parser below sees it once it is whole: what it calls incomplete is missing then.
fn parse_v1(bytes: &[u8]) -> io::Result<Option<Header>> {
    let longest = bytes.get(..LONGEST_V1).unwrap_or(bytes);
    let Some(end) = longest.iter().position(|byte| matches!(byte, b'\r' | b'\n')) else {
        return if bytes.len() < LONGEST_V1 {
            Ok(None)
        } else {
            Err(refused("a header of version 1 of more than 107 bytes"))
        };
    };
    let length = end + 2;
    match bytes.get(end..length) {
        Some(b"\r\n") if length <= LONGEST_V1 => {}
        None if bytes.get(end..) == Some(b"\r") && length <= LONGEST_V1 => return Ok(None),
        Some(_) | None => return Err(refused("a header of version 1 that no CR LF ends")),
    }
    let line = bytes.get(..length).unwrap_or_default();
    // What an UNKNOWN says behind that has to be ignored.
    if line.starts_with(b"PROXY UNKNOWN ") {
        return Ok(Some(Header { length, addresses: None }));
    }
    // The parser takes `+80` for a port, which no writer of headers means.
    if line.contains(&b'+') {
        return Err(refused("a port that is no number"));
    }
    let header = v1::Header::try_from(line).map_err(refused)?;
    let addresses = match header.addresses {
        v1::Addresses::Unknown => None,
        v1::Addresses::Tcp4(ip) => Some(tcp(
            (ip.source_address, ip.source_port).into(),
            (ip.destination_address, ip.destination_port).into(),
        )),
        v1::Addresses::Tcp6(ip) => Some(tcp(
            (ip.source_address, ip.source_port).into(),
            (ip.destination_address, ip.destination_port).into(),
        )),
    };
    Ok(Some(Header { length, addresses }))
}

/// A block. Its length is in its fixed part, so that what is too long is refused at once.
fn parse_v2(bytes: &[u8]) -> io::Result<Option<Header>> {
    let Some([.., version, family, high, low]) = bytes.get(..FIXED) else { return Ok(None) };
    let length = FIXED + usize::from(u16::from_be_bytes([*high, *low]));
    if length > LONGEST {
        return Err(refused(format_args!("a header of {length} bytes, more than {LONGEST}")));
    }
    if !matches!(version, 0x20 | 0x21) {
        return Err(refused(format_args!("version and command {version:#04x}")));
    }
    let is_local = *version == 0x20;
    if !is_local && !matches!(family, 0x00 | 0x11 | 0x21 | 0x31) {
        return Err(refused(format_args!("family and protocol {family:#04x} of a stream")));
    }
    let Some(block) = bytes.get(..length) else { return Ok(None) };
    // A LOCAL's addresses are to be skipped, whatever they look like.
    if is_local {
        return Ok(Some(Header { length, addresses: None }));
    }
    let addresses = match v2::Header::try_from(block).map_err(refused)?.addresses {
        v2::Addresses::Unspecified => None,
        v2::Addresses::IPv4(ip) => Some(tcp(
            (ip.source_address, ip.source_port).into(),
            (ip.destination_address, ip.destination_port).into(),
        )),
        v2::Addresses::IPv6(ip) => Some(tcp(
            (ip.source_address, ip.source_port).into(),
            (ip.destination_address, ip.destination_port).into(),
        )),
        v2::Addresses::Unix(unix) => Some(ProxiedAddresses {
            source: socket_path(&unix.source),
            destination: socket_path(&unix.destination),
        }),
    };
    Ok(Some(Header { length, addresses }))
}

fn tcp(source: SocketAddr, destination: SocketAddr) -> ProxiedAddresses {
    ProxiedAddresses { source: source.into(), destination: destination.into() }
}

/// A path that zeros fill up; an abstract one begins with a zero, and has no path.
#[cfg(unix)]
fn socket_path(padded: &[u8]) -> Address {
    use std::os::unix::ffi::OsStrExt;
    let path = padded.split(|byte| *byte == 0).next().unwrap_or_default();
    let path = std::path::Path::new(std::ffi::OsStr::from_bytes(path));
    Address::Unix((!path.as_os_str().is_empty()).then(|| path.into()))
}

#[cfg(not(unix))]
fn socket_path(_: &[u8]) -> Address {
    Address::Unix(None)
}
