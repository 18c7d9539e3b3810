//! Tunnels through a proxy: what is asked, and every answer whole, byte by byte and cut at
//! every point.

#[path = "../support/mod.rs"]
mod support;
mod vectors;

use blazeio_driver::proxy::{Proxy, Refusal, TIMEOUT, TunnelTo};
use std::io;
use std::time::Duration;
use support::clock::Clock;
use support::feeding::{every_way, feed};
use support::pipe::{Manners, Pipe, pipe};
use support::tasks::Tasks;
use support::verbs::Shared;
use vectors::{BEHIND, BROKEN, OPENED, REFUSED};

const REQUEST: &str = "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\
                       Proxy-Authorization: Basic dTpw\r\n\r\n";

/// What became of a tunnel: all that was read in it.
type Outcome = io::Result<Vec<u8>>;

fn tunnel() -> TunnelTo {
    Proxy::parse("http://u:p@proxy.example:3128").unwrap().tunnel_to("example.com", 443)
}

async fn open(tunnel: TunnelTo, end: Pipe, clock: Clock, outcome: &mut Option<Outcome>) {
    *outcome = Some(match tunnel.open(end, &clock.runtime()).await {
        Ok(transport) => Shared::new(transport).read_length(1 << 20).await,
        Err(error) => Err(error),
    });
}

/// Answers by `pieces`, each only once the one before was taken, then by the end. What was
/// asked, and what came of it.
fn answer(pieces: &[&[u8]], manners: Manners) -> (String, Outcome) {
    let (near, far, log) = pipe(manners);
    let far = Shared::new(far);
    let mut outcome = None;
    {
        let mut tasks = Tasks::default();
        tasks.begin(open(tunnel(), near, Clock::default(), &mut outcome));
        tasks.begin(async {
            let asked = far.read_length(REQUEST.len()).await.unwrap();
            assert_eq!(String::from_utf8(asked).unwrap(), REQUEST);
        });
        tasks.settle();
        feed(&mut tasks, &far, pieces);
    }
    (String::from_utf8(log.first().0).unwrap(), outcome.unwrap())
}

/// One outcome, however the bytes are cut; and not a byte is sent that is not CONNECT's.
fn answer_every_way(bytes: &[u8]) -> Outcome {
    every_way(bytes, |pieces, manners| {
        let (asked, outcome) = answer(pieces, manners);
        assert_eq!(asked, REQUEST, "{manners:?}");
        outcome
    })
}

#[test]
fn proxy_any_2xx_opens_a_tunnel_and_what_is_behind_it_is_the_origins() {
    for head in OPENED {
        let read = answer_every_way(&[*head, BEHIND].concat()).unwrap();
        assert_eq!(read, BEHIND, "{}", head.escape_ascii());
        assert_eq!(answer_every_way(head).unwrap(), b"", "{}", head.escape_ascii());
    }
}

#[test]
fn proxy_any_other_answer_is_an_error_that_holds_it() {
    for (head, status, text) in REFUSED {
        let error = answer_every_way(&[*head, b"Sorry."].concat()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused, "{}", head.escape_ascii());
        assert_eq!(error.to_string(), format!("the proxy opens no tunnel: {text}"));
        let refusal = Refusal::of(&error).unwrap();
        assert_eq!(refusal.status(), *status);
        assert_eq!(refusal.head().status(), *status);
    }
    let (_, outcome) = answer(&[REFUSED[0].0], Manners::GOOD);
    let error = outcome.unwrap_err();
    let head = Refusal::of(&error).unwrap().head();
    assert_eq!(head.field("proxy-authenticate"), Some(&b"Basic realm=\"a\""[..]));
}

#[test]
fn proxy_what_is_no_answer_is_an_error_and_says_why() {
    for (bytes, why) in BROKEN {
        let error = answer_every_way(bytes).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{}", bytes.escape_ascii());
        let told = error.to_string();
        assert_eq!(told, format!("the proxy's answer to CONNECT: {why}"));
    }
}

#[test]
fn proxy_an_answer_that_ends_early_is_an_error_at_every_point() {
    let heads = OPENED.iter().copied().chain(REFUSED.iter().map(|(head, ..)| *head));
    for head in heads {
        let last = head.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
        for at in 0..last {
            let (_, outcome) = answer(&[&head[..at]], Manners::GOOD);
            let error = outcome.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{at}: {error}");
        }
    }
}

#[test]
fn limit_interim_responses_without_end_are_an_error() {
    let (_, outcome) = answer(&[&b"HTTP/1.1 103 \r\n\r\n".repeat(100_000)], Manners::GOOD);
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert!(error.to_string().contains("interim"), "{error}");
}

#[test]
fn limit_a_head_without_end_is_an_error_and_not_read_to_its_end() {
    for line in
        [&b"X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"[..], b"a: b\r\n", b"a"]
    {
        let manners = Manners { room: 4096, ..Manners::GOOD };
        let (near, far, log) = pipe(manners);
        let far = Shared::new(far);
        let mut outcome = None;
        {
            let mut tasks = Tasks::default();
            tasks.begin(open(tunnel(), near, Clock::default(), &mut outcome));
            tasks.begin(async {
                far.write_all(b"HTTP/1.1 200 OK\r\n").await.unwrap();
                while far.write_all(&line.repeat(100)).await.is_ok() {}
            });
            tasks.finish();
        }
        let error = outcome.unwrap().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{error}");
        // Its limit, and what was under way.
        assert!(log.second().0.len() < (32 << 10) + 16 * 1024, "{}", log.second().0.len());
    }
}

#[test]
fn slow_an_answer_has_its_time_however_many_bytes_come() {
    let all: [&[&[u8]]; 3] = [&[], &[b"HTTP/1.1 ", b"2"], &[b"HTTP/1.1 103 \r\n\r\n", b"H"]];
    for pieces in all {
        for allowed in [TIMEOUT, Duration::from_secs(2)] {
            let proxy = Proxy::new("proxy.example", 3128).answer_timeout(allowed);
            let (near, far, _) = pipe(Manners::GOOD);
            let far = Shared::new(far);
            let clock = Clock::default();
            let mut outcome = None;
            {
                let mut tasks = Tasks::default();
                let tunnel = proxy.tunnel_to("example.com", 443);
                tasks.begin(open(tunnel, near, clock.clone(), &mut outcome));
                assert_eq!(tasks.settle(), 1);
                for piece in pieces {
                    clock.advance(allowed / 4);
                    tasks.begin(async { far.write_all(piece).await.unwrap() });
                    assert_eq!(tasks.settle(), 1, "over before its time");
                }
                let rest = allowed - allowed / 4 * u32::try_from(pieces.len()).unwrap();
                clock.advance(rest - Duration::from_micros(1));
                assert_eq!(tasks.settle(), 1, "over before its time");
                clock.advance(Duration::from_micros(1));
                assert_eq!(tasks.settle(), 0, "it waits for ever");
            }
            let error = outcome.unwrap().unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::TimedOut);
            let told = format!("no answer of the proxy to CONNECT within {allowed:?}");
            assert_eq!(error.to_string(), told);
        }
    }
}

#[test]
fn slow_a_proxy_that_reads_nothing_has_its_time_too() {
    let (near, far, _) = pipe(Manners { room: 8, ..Manners::GOOD });
    let clock = Clock::default();
    let mut outcome = None;
    {
        let mut tasks = Tasks::default();
        tasks.begin(open(tunnel(), near, clock.clone(), &mut outcome));
        assert_eq!(tasks.settle(), 1);
        clock.advance(TIMEOUT);
        assert_eq!(tasks.settle(), 0, "it waits for ever");
    }
    assert_eq!(outcome.unwrap().unwrap_err().kind(), io::ErrorKind::TimedOut);
    drop(far);
}

/// What is asked of a proxy, or why nothing is.
fn asked(tunnel: TunnelTo) -> io::Result<String> {
    let (near, far, log) = pipe(Manners::GOOD);
    let mut outcome = None;
    {
        let mut tasks = Tasks::default();
        tasks.begin(open(tunnel, near, Clock::default(), &mut outcome));
        tasks.settle();
        drop(far);
        tasks.finish();
    }
    let error = outcome.unwrap().unwrap_err();
    match error.kind() {
        io::ErrorKind::InvalidInput => {
            assert_eq!(log.first().0, b"", "something was sent");
            Err(error)
        }
        _ => Ok(String::from_utf8(log.first().0).unwrap()),
    }
}

#[test]
fn proxy_a_tunnels_target_is_host_and_port_in_target_and_host() {
    let proxy = Proxy::new("proxy.example", 3128);
    for (host, port, authority) in [
        ("example.com", 443, "example.com:443"),
        ("example.com", 80, "example.com:80"),
        ("192.0.2.1", 8443, "192.0.2.1:8443"),
        ("2001:db8::1", 443, "[2001:db8::1]:443"),
        ("[2001:db8::1]", 443, "[2001:db8::1]:443"),
    ] {
        let asked = asked(proxy.tunnel_to(host, port)).unwrap();
        assert_eq!(asked, format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n"));
    }
    let with_field = proxy.tunnel_to("example.com", 443).field("User-Agent", "test");
    assert!(asked(with_field).unwrap().ends_with("\r\nUser-Agent: test\r\n\r\n"));
}

#[test]
fn split_what_would_be_another_line_or_target_is_refused_and_nothing_is_sent() {
    let proxy = Proxy::new("proxy.example", 3128);
    for host in ["a\r\nX: b", "a b", "", "a/b", "u@a", "a:1", "a\n", "\u{e4}", "a#"] {
        let error = asked(proxy.tunnel_to(host, 443)).unwrap_err();
        assert!(error.to_string().starts_with("CONNECT: "), "{host:?}: {error}");
    }
    for (name, value) in [("X", "a\r\nY: b"), ("X", "a\n"), ("X\r\nY", "a"), ("X Y", "a")] {
        assert!(asked(proxy.tunnel_to("a", 1).field(name, value)).is_err(), "{name:?} {value:?}");
    }
    for value in ["Basic a\r\nX: b", "Basic a\n", "\r", "a\0b", "\u{7f}"] {
        let error = proxy.clone().authorized_by(value).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert!(!error.to_string().contains("Basic"), "{error}");
    }
    for (user, password) in [("a\r\n", "b"), ("a", "b\r\nX: c"), ("a\0", "b"), ("a:b", "c")] {
        let error = proxy.clone().basic(user, password).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{user:?} {password:?}");
    }
}
