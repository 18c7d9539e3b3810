//! `fetch --proxy`.

use super::{CREDENTIALS, Line, both};
use crate::subject::FETCH;
use crate::suite::sockets::program::{Echo, fetch, fetch_json};
use crate::suite::sockets::tls::Identity;
use crate::suite::sockets::wire::{read_head, server};
use std::io::Write;
use std::process::Command;
use std::sync::mpsc::channel;

/// As many lines of credentials as there were requests.
fn known(lines: &[String]) -> Vec<Line> {
    lines.iter().map(|line| (line.clone(), Some(CREDENTIALS.to_owned()))).collect()
}

#[test]
fn proxy_http_is_forwarded_over_one_connection_to_whatever_origin() {
    let (first, second) = (Echo::start(&[]), Echo::start(&[]));
    for proxy in both(Some(CREDENTIALS)) {
        let uri = proxy.uri("user:secret@");
        let urls = [first.url("/?a"), second.url("/"), first.url("/")];
        let output = fetch(&["--proxy", &uri, &urls[0], &urls[1], &urls[2]]);
        assert_eq!(output.stdout, b"This is echo.\n".repeat(3), "{output:?}");
        let lines = urls.each_ref().map(|url| format!("GET {url}"));
        assert_eq!(proxy.asked.all(), known(&lines));
        assert_eq!((proxy.connections)(), 1);
        let output = fetch(&["--proxy", &uri, "--head", "-v", &urls[1]]);
        let shown = String::from_utf8(output.stderr).unwrap();
        assert!(shown.starts_with("< HTTP/1.1 200 OK\n"), "{shown}");
    }
    assert_eq!(first.stop() + &second.stop(), "");
}

#[test]
fn proxy_content_is_whole_in_every_framing() {
    let echo = Echo::start(&[]);
    let identity = Identity::new("through");
    let secure = identity.echo(&[]);
    let content: Vec<u8> = (0..3u32 << 18).flat_map(u32::to_le_bytes).collect();
    let file = identity.chain.with_extension("data");
    std::fs::write(&file, &content).unwrap();
    let data = format!("@{}", file.display());
    for proxy in both(None) {
        for url in [echo.url("/echo"), format!("https://{}/echo", secure.address)] {
            for flags in [&[][..], &["--chunked"], &["--expect"], &["--tunnel"]] {
                let uri = proxy.uri("");
                let ask = ["--proxy", &uri, "--cacert", identity.chain(), "--data", &data, &url];
                let output = fetch(&[flags, &ask].concat());
                assert!(output.status.success(), "{flags:?}: {:?}", output.stderr);
                assert!(output.stdout == content, "{flags:?}: {} bytes", output.stdout.len());
            }
        }
    }
    std::fs::remove_file(file).unwrap();
    assert_eq!(echo.stop() + &secure.stop(), "");
}

#[test]
fn proxy_https_goes_in_a_tunnel_that_is_one_origins() {
    let identity = Identity::new("tunnels");
    let (first, second) = (identity.echo(&[]), identity.echo(&[]));
    for proxy in both(Some(CREDENTIALS)) {
        let urls = [&first, &first, &second].map(|echo| format!("https://{}/", echo.address));
        let ask = ["--proxy", &proxy.uri("user:secret@"), "--cacert", identity.chain()];
        let output = fetch(&[&ask[..], &[&urls[0], &urls[1], &urls[2]]].concat());
        assert_eq!(output.stdout, b"This is echo.\n".repeat(3), "{output:?}");
        let lines = [&first, &second].map(|echo| format!("CONNECT {}", echo.address));
        assert_eq!(proxy.asked.all(), known(&lines));
        assert_eq!((proxy.connections)(), 2);
    }
    assert_eq!(first.stop() + &second.stop(), "");
}

#[test]
fn proxy_flags_say_what_goes_which_way() {
    let echo = Echo::start(&[]);
    for proxy in both(None) {
        let (uri, url) = (proxy.uri(""), echo.url("/"));
        let straight = fetch(&["--proxy", &uri, "--no-proxy", "127.0.0.1", &url]);
        assert_eq!(straight.stdout, b"This is echo.\n", "{straight:?}");
        assert_eq!(proxy.asked.lines(), [""; 0]);
        let other = fetch(&["--proxy", &uri, "--no-proxy", "127.0.0.2", "--tunnel", &url, &url]);
        assert_eq!(other.stdout, b"This is echo.\n".repeat(2), "{other:?}");
        assert_eq!(proxy.asked.lines(), [format!("CONNECT {}", echo.address)]);
    }
    for lonely in [["--tunnel", "x"], ["--no-proxy", "x"]] {
        assert_eq!(fetch(&lonely).status.code(), Some(2));
    }
    assert_eq!(echo.stop(), "");
}

#[test]
fn proxy_nothing_of_it_is_read_from_the_environment() {
    let echo = Echo::start(&[]);
    let mut command = Command::new(FETCH);
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
    {
        command.env(name, "http://127.0.0.1:1");
    }
    let output = command.env("no_proxy", "*").arg(echo.url("/")).output().unwrap();
    assert_eq!(output.stdout, b"This is echo.\n", "{output:?}");
    let [proxy, _] = both(None);
    command.args(["--proxy", &proxy.uri("")]);
    assert_eq!(command.output().unwrap().stdout, b"This is echo.\n");
    assert_eq!(proxy.asked.lines(), [format!("GET {}", echo.url("/"))]);
    assert_eq!(echo.stop(), "");
}

#[test]
fn proxy_a_refusal_is_a_response_when_forwarded_and_an_error_of_a_tunnel() {
    let echo = Echo::start(&[]);
    for proxy in both(Some(CREDENTIALS)) {
        for userinfo in ["", "user:wrong@", "user@"] {
            let ask = ["--proxy", &proxy.uri(userinfo), &echo.url("/")];
            let line = fetch_json(&ask).remove(0);
            assert_eq!((&line["ok"], &line["status"]), (&true.into(), &407.into()), "{line}");
            let line = fetch_json(&[&["--tunnel"], &ask[..]].concat()).remove(0);
            assert_eq!((&line["ok"], &line["status"]), (&false.into(), &0.into()), "{line}");
            let why = "connecting: the proxy opens no tunnel: 407 Proxy Authentication Required";
            assert_eq!(line["error"], why);
        }
        let ask = ["--proxy", &proxy.uri("user:secret@"), "http://127.0.0.1:1/"];
        assert_eq!(fetch_json(&ask)[0]["status"], 502);
        let line = fetch_json(&[&["--tunnel"], &ask[..]].concat()).remove(0);
        assert_eq!(line["error"], "connecting: the proxy opens no tunnel: 502 Bad Gateway");
    }
    assert_eq!(echo.stop(), "");
}

#[test]
fn proxy_credentials_are_for_the_proxy_alone() {
    for proxy in both(Some(CREDENTIALS)) {
        for flags in [&[][..], &["--tunnel"]] {
            let (sender, heads) = channel();
            let (address, thread) = server(1, move |_, stream| {
                sender.send(read_head(stream)).unwrap();
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
            });
            let url = format!("http://{address}/a?b");
            let ask = ["--proxy", &proxy.uri("user:secret@"), &url];
            let output = fetch(&[flags, &ask].concat());
            assert_eq!(output.stdout, b"ok", "{output:?}");
            thread.join().unwrap();
            let head = heads.recv().unwrap().to_lowercase();
            assert!(head.starts_with("get /a?b http/1.1\r\n"), "{head}");
            assert!(head.contains(&format!("host: {address}\r\n")), "{head}");
            assert!(!head.contains("proxy") && !head.contains("dxnlc"), "{head}");
        }
    }
}

#[test]
fn log_what_is_no_proxy_is_told_of_without_its_password() {
    for uri in [
        "user:secret@127.0.0.1:1",
        "https://user:secret@127.0.0.1:1",
        "socks5://user:secret@127.0.0.1:1",
        "http://user:secret%0d%0aX@127.0.0.1:1",
        "http://user:secret@",
    ] {
        let output = fetch(&["--proxy", uri, "http://127.0.0.1:1/"]);
        assert_eq!(output.status.code(), Some(1));
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.starts_with("fetch: the proxy: ") && !told.contains("secret"), "{told}");
    }
}
