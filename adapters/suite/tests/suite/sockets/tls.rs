//! The same over TLS: `fetch`, curl and ureq against `echo`.

use crate::suite::sockets::program::{Echo, fetch, fetch_json};
use crate::suite::sockets::wire::{connect, ends_without_a_byte};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// A certificate for loopback and its key, as files that are removed when dropped.
pub struct Identity {
    pub chain: PathBuf,
    pub key: PathBuf,
}

impl Identity {
    /// `name` is in the names of the files.
    pub fn new(name: &str) -> Self {
        let names = ["127.0.0.1", "localhost"].map(str::to_owned);
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let file = |end: &str| {
            std::env::temp_dir().join(format!("blazeio-{name}-{}.{end}", std::process::id()))
        };
        let identity = Self { chain: file("pem"), key: file("key") };
        std::fs::write(&identity.chain, made.cert.pem()).unwrap();
        std::fs::write(&identity.key, made.signing_key.serialize_pem()).unwrap();
        identity
    }

    /// Where the certificate is.
    pub fn chain(&self) -> &str {
        self.chain.to_str().unwrap()
    }

    /// A server with it.
    pub fn echo(&self, flags: &[&str]) -> Echo {
        let tls = ["--tls-cert", self.chain(), "--tls-key", self.key.to_str().unwrap()];
        Echo::start(&[&tls, flags].concat())
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.chain);
        let _ = std::fs::remove_file(&self.key);
    }
}

fn url(echo: &Echo, path: &str) -> String {
    format!("https://{}{path}", echo.address)
}

#[test]
fn tls_fetch_asks_echo() {
    let identity = Identity::new("fetch");
    for flags in [&[][..], &["--per-core", "--threads", "2"]] {
        let echo = identity.echo(flags);
        let (page, echoed) = (url(&echo, "/"), url(&echo, "/echo"));
        let output = fetch(&["--cacert", identity.chain(), &page, &page, &page]);
        assert_eq!(output.stdout, b"This is echo.\n".repeat(3), "{output:?}");
        let content: Vec<u8> = (0..3u32 << 18).flat_map(u32::to_le_bytes).collect();
        let file = identity.chain.with_extension("data");
        std::fs::write(&file, &content).unwrap();
        let data = format!("@{}", file.display());
        for flags in [&[][..], &["--chunked"], &["--expect"]] {
            let ask = ["--cacert", identity.chain(), "--data", &data, &echoed];
            let output = fetch(&[flags, &ask].concat());
            assert!(output.status.success() && output.stdout == content, "{:?}", output.stderr);
        }
        std::fs::remove_file(file).unwrap();
        assert_eq!(echo.stop(), "");
    }
}

#[test]
fn tls_nobody_else_is_trusted_and_nothing_is_sent_in_the_clear() {
    let (identity, other) = (Identity::new("trusted"), Identity::new("other"));
    let echo = identity.echo(&[]);
    let secured = url(&echo, "/");
    let elsewhere = format!("https://[::ffff:127.0.0.1]:{}/", echo.address.port());
    for (flags, url) in [
        (&["--cacert", other.chain()][..], &*secured),
        // What the system trusts is not this.
        (&[], &secured),
        (&["--cacert", "/nowhere"], &secured),
        (&["--cacert", identity.key.to_str().unwrap()], &secured),
        // Its certificate is for another name.
        (&["--cacert", identity.chain()], &elsewhere),
    ] {
        let line = fetch_json(&[flags, &[url]].concat()).remove(0);
        assert_eq!((&line["ok"], &line["status"]), (&false.into(), &0.into()), "{line}");
        assert!(line["error"].as_str().unwrap().starts_with("connecting: "), "{line}");
    }
    let line = fetch_json(&[&echo.url("/")]).remove(0);
    assert_eq!((&line["ok"], &line["status"]), (&false.into(), &0.into()), "{line}");
    let mut silent = connect(echo.address);
    silent.shutdown(std::net::Shutdown::Write).unwrap();
    assert!(ends_without_a_byte(&mut silent));
    let mut plain = connect(echo.address);
    plain.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    assert!(fetch(&["--cacert", identity.chain(), &secured]).status.success());
}

#[test]
fn tls_curl_asks_echo() {
    if Command::new("curl").arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("skipped: there is no curl");
        return;
    }
    let identity = Identity::new("curl");
    let echo = identity.echo(&[]);
    let content = vec![b'x'; 3 << 20];
    let file = identity.chain.with_extension("data");
    std::fs::write(&file, &content).unwrap();
    let data = format!("@{}", file.display());
    let curl = |flags: &[&str]| {
        let mut command = Command::new("curl");
        command.args(["-sS", "--max-time", "20", "--cacert", identity.chain()]);
        command.args(flags).output().unwrap()
    };
    let echoed = url(&echo, "/echo");
    for version in ["--tlsv1.3", "--tls-max=1.2"] {
        // Some take the value in a word of its own only.
        let version: Vec<&str> = version.split('=').collect();
        let ask = ["--fail", "--data-binary", &data, &echoed];
        let output = curl(&[&version[..], &ask].concat());
        assert!(output.status.success() && output.stdout == content, "{:?}", output.stderr);
    }
    let told = "%{http_version} %{num_connects} ";
    let page = url(&echo, "/");
    let output = curl(&["-w", told, "-o", "/dev/null", &page, "-o", "/dev/null", &page]);
    assert_eq!(output.stdout, b"1.1 1 1.1 0 ", "{output:?}");
    std::fs::remove_file(file).unwrap();
    assert_eq!(echo.stop(), "");
}

#[test]
fn tls_ureq_asks_echo() {
    let identity = Identity::new("ureq");
    let echo = identity.echo(&[]);
    let pem = std::fs::read(&identity.chain).unwrap();
    let root = Certificate::from_pem(&pem).unwrap().to_owned();
    let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[root])).build();
    let agent: ureq::Agent = ureq::Agent::config_builder().tls_config(tls).build().into();
    for _ in 0..3 {
        let mut response = agent.get(url(&echo, "/")).call().unwrap();
        assert_eq!(response.body_mut().read_to_string().unwrap(), "This is echo.\n");
        let content = vec![b'x'; 100_000];
        let mut response = agent.post(url(&echo, "/echo")).send(&content[..]).unwrap();
        assert!(response.body_mut().read_to_vec().unwrap() == content);
    }
    assert_eq!(echo.stop(), "");
}

#[test]
fn shut_a_client_that_does_not_shake_hands_holds_up_nothing() {
    let identity = Identity::new("silent");
    let mut echo = identity.echo(&[]);
    let mut silent = connect(echo.address);
    assert!(fetch(&["--cacert", identity.chain(), &url(&echo, "/")]).status.success());
    let began = Instant::now();
    echo.signal("TERM");
    let (status, log) = echo.wait(Duration::from_secs(5));
    assert_eq!((status.code(), log.as_str()), (Some(0), ""));
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert!(ends_without_a_byte(&mut silent));
}

#[test]
fn shut_fetch_ends_its_session_in_order() {
    use blazeio_driver::tls::TlsAcceptor;
    use blazeio_driver::{Runtime, Transport};
    use std::future::poll_fn;
    use std::sync::Arc;

    let identity = Identity::new("orderly");
    let acceptor = TlsAcceptor::from_pem_files(&identity.chain, &identity.key).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let chain = identity.chain().to_owned();
    let client = std::thread::spawn(move || fetch(&["--cacert", &chain, &url, &url]));
    // One connection for both, and how its input ended.
    let ended = runtime.block_on(async {
        let tokio: Arc<dyn Runtime> = Arc::new(blazeio_tokio::Tokio::current());
        let stream = blazeio_tokio::TcpTransport::new(listener.accept().await?.0);
        let mut session = acceptor.accept(stream, &tokio).await?;
        let mut room = [0; 512];
        loop {
            let n = poll_fn(|cx| session.poll_read(cx, &mut room)).await?;
            if n == 0 {
                return std::io::Result::Ok(());
            }
            if room[..n].ends_with(b"\r\n\r\n") {
                let response = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
                let slice = [std::io::IoSlice::new(response)];
                poll_fn(|cx| session.poll_write(cx, &slice)).await?;
                poll_fn(|cx| session.poll_flush(cx)).await?;
            }
        }
    });
    let output = client.join().unwrap();
    assert_eq!(output.stdout, b"okok", "{output:?}");
    assert!(ended.is_ok(), "{ended:?}");
}
