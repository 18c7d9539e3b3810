//! The PROXY protocol's headers, whole, byte by byte and cut at every point.

#[path = "../support/mod.rs"]
mod support;
mod vectors;

use blazeio_driver::proxy_protocol::{LONGEST, TIMEOUT, accept};
use std::io;
use std::time::Duration;
use support::clock::Clock;
use support::feeding::{every_way, feed};
use support::pipe::{Manners, Pipe, pipe};
use support::tasks::Tasks;
use support::verbs::Shared;
use vectors::{ACCEPTED, BEHIND, REFUSED};

/// Whom a header names, and all that can be read behind it.
type Heard = (Option<(String, String)>, Vec<u8>);

/// What became of a header.
type Outcome = io::Result<Heard>;

async fn accepted(end: Pipe, clock: Clock, outcome: &mut Option<Outcome>) {
    *outcome = Some(match accept(end, &clock.runtime(), TIMEOUT).await {
        Ok((transport, proxied)) => {
            let named = proxied.map(|of| (of.source.to_string(), of.destination.to_string()));
            let behind = Shared::new(transport).read_length(1 << 20).await;
            behind.map(|behind| (named, behind))
        }
        Err(error) => Err(error),
    });
}

/// What comes of `pieces`, each only once the one before was taken, and the end.
fn heard(pieces: &[&[u8]], manners: Manners) -> Outcome {
    let (near, far, _) = pipe(manners);
    let far = Shared::new(far);
    let mut outcome = None;
    {
        let mut tasks = Tasks::default();
        tasks.begin(accepted(near, Clock::default(), &mut outcome));
        feed(&mut tasks, &far, pieces);
    }
    outcome.unwrap()
}

#[test]
fn proxy_headers_name_whom_the_proxy_speaks_for() {
    for (header, source, destination) in ACCEPTED {
        let bytes = [*header, BEHIND].concat();
        let (named, behind) = every_way(&bytes, heard).unwrap();
        let expected = (!source.is_empty()).then(|| (source.to_string(), destination.to_string()));
        assert_eq!(named, expected, "{}", header.escape_ascii());
        assert_eq!(behind, BEHIND, "{}", header.escape_ascii());
        let (again, behind) = every_way(header, heard).unwrap();
        assert_eq!((again, behind.len()), (expected, 0), "{}", header.escape_ascii());
    }
}

#[test]
fn proxy_what_is_no_header_is_refused_and_says_why() {
    for (bytes, why) in REFUSED {
        let error = every_way(&[*bytes, BEHIND].concat(), heard).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{}", bytes.escape_ascii());
        assert!(error.to_string().contains(why), "{}: {error}", bytes.escape_ascii());
    }
}

#[test]
fn proxy_a_header_that_ends_early_is_refused_at_every_point() {
    for (header, ..) in ACCEPTED {
        for at in 0..header.len() {
            let error = heard(&[&header[..at]], Manners::GOOD).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{at}: {error}");
            assert_eq!(error.to_string().contains(&format!("{at} bytes")), at > 0, "{error}");
        }
    }
}

#[test]
fn proxy_fields_are_passed_over_up_to_a_limit() {
    for (length, is_accepted) in [(12, true), (LONGEST - 16, true), (LONGEST - 15, false)] {
        let [high, low] = u16::try_from(length).unwrap().to_be_bytes();
        let mut bytes = b"\r\n\r\n\0\r\nQUIT\n\x21\x11".to_vec();
        bytes.extend([high, low, 192, 0, 2, 7, 198, 51, 100, 1, 0xc8, 0x22, 1, 0xbb]);
        bytes.resize(16 + length, 4);
        bytes.extend(BEHIND);
        let bytewise: Vec<&[u8]> = bytes.chunks(1).collect();
        for outcome in [heard(&[&bytes], Manners::GOOD), heard(&bytewise, Manners::GOOD)] {
            match outcome {
                Ok((named, behind)) => {
                    assert!(is_accepted);
                    assert_eq!(named.unwrap().0, "192.0.2.7:51234");
                    assert_eq!(behind, BEHIND);
                }
                Err(error) => {
                    assert!(!is_accepted, "{error}");
                    assert!(error.to_string().contains("4097 bytes, more than 4096"), "{error}");
                }
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn proxy_unix_sockets_are_named_by_their_paths() {
    let mut bytes = b"\r\n\r\n\0\r\nQUIT\n\x21\x31\x00\xd8".to_vec();
    for path in [&b"/run/client.sock"[..], b"\0abstract"] {
        let mut padded = path.to_vec();
        padded.resize(108, 0);
        bytes.extend(padded);
    }
    bytes.extend(BEHIND);
    let (named, behind) = every_way(&bytes, heard).unwrap();
    assert_eq!(named.unwrap(), ("unix:/run/client.sock".to_owned(), "unix:".to_owned()));
    assert_eq!(behind, BEHIND);
}

#[test]
fn slow_a_header_has_to_come_within_its_deadline() {
    for begun in [&b""[..], b"PROXY TCP4 192.0.2.7 19", b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c"] {
        let (near, far, _) = pipe(Manners::GOOD);
        let (far, clock, mut outcome) = (Shared::new(far), Clock::default(), None);
        {
            let mut tasks = Tasks::default();
            tasks.begin(async { far.write_all(begun).await.unwrap() });
            tasks.begin(accepted(near, clock.clone(), &mut outcome));
            assert_eq!(tasks.settle(), 1);
            clock.advance(TIMEOUT - Duration::from_micros(1));
            assert_eq!(tasks.settle(), 1, "too early");
            clock.advance(Duration::from_micros(1));
            assert_eq!(tasks.settle(), 0, "too late");
        }
        let error = outcome.unwrap().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(error.to_string().contains("within 5s"), "{error}");
    }
}
