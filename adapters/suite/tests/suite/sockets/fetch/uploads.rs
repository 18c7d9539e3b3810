//! What `fetch` does about content that it sends.

use super::{assert_failed, assert_ok, url};
use crate::suite::sockets::program::{Echo, fetch, fetch_json};
use crate::suite::sockets::wire::{read_head, server};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A file of 8 MiB to upload, removed when dropped.
struct Upload(PathBuf);

impl Upload {
    fn new() -> Self {
        let file = std::env::temp_dir().join(format!("blazeio-early-{}", std::process::id()));
        std::fs::write(&file, vec![b'x'; 8 << 20]).unwrap();
        Self(file)
    }

    /// What `fetch --json` says of it, sent to a server that answers as `answer` has it.
    fn told(&self, answer: fn(&mut TcpStream)) -> Value {
        let (address, thread) = server(1, move |_, stream| {
            read_head(stream);
            answer(stream);
        });
        let data = format!("@{}", self.0.display());
        let line = fetch_json(&["--timeout", "5", "--data", &data, &url(address)]).remove(0);
        thread.join().unwrap();
        line
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn early_a_final_response_ends_the_upload() {
    let upload = Upload::new();
    for round in 0..20 {
        // Closes with most of the upload unread, which resets.
        let line = upload.told(|stream| {
            let close = b"HTTP/1.1 413 No\r\nConnection: close\r\nContent-Length: 5\r\n\r\nlarge";
            stream.write_all(close).unwrap();
        });
        assert_eq!((&line["ok"], &line["status"]), (&true.into(), &413.into()), "{round}: {line}");
    }
    // Keeps the connection, refuses, and never reads: no reason to wait.
    let line = upload.told(|stream| {
        stream.write_all(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n").unwrap();
        std::thread::sleep(Duration::from_secs(1));
    });
    assert_ok(&line, 403, b"");
    // Without a complete response it is none.
    assert_failed(&upload.told(|_| {}), 0, "");
    // Until close, with the upload unread: a reset may have cut it off.
    let line = upload.told(|stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nhel").unwrap();
        std::thread::sleep(Duration::from_millis(200));
    });
    assert_failed(&line, 200, "");
}

/// What `fetch --expect --json` says of a server that answers as `answer` has it, and how long it
/// took.
fn expecting(answer: fn(&mut TcpStream)) -> (Value, Duration) {
    let (address, thread) = server(1, move |_, stream| {
        assert!(read_head(stream).contains("\r\nExpect: 100-continue\r\n"));
        answer(stream);
    });
    let began = Instant::now();
    let line = fetch_json(&["--expect", "--data", "Bob", &url(address)]).remove(0);
    let took = began.elapsed();
    thread.join().unwrap();
    (line, took)
}

/// Reads the content, and answers.
fn finish(stream: &mut TcpStream) {
    let mut content = [0; 3];
    stream.read_exact(&mut content).unwrap();
    assert_eq!(&content, b"Bob");
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
}

#[test]
fn expect_waits_for_100_a_final_response_or_a_second() {
    // Whoever waits for the second never takes less. On a busy machine others may take it, too, but
    // not always.
    let is_prompt = (0..20).any(|_| {
        let (line, took) = expecting(|stream| {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
            finish(stream);
        });
        assert_ok(&line, 200, b"");
        took < Duration::from_millis(900)
    });
    assert!(is_prompt, "it always takes as long as without an answer");
    let (line, took) = expecting(finish);
    assert_ok(&line, 200, b"");
    assert!(took >= Duration::from_millis(900), "{took:?}");
    let (line, _) = expecting(|stream| {
        let close = b"HTTP/1.1 417 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        stream.write_all(close).unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, b"");
    });
    assert_ok(&line, 417, b"");
}

#[test]
fn an_upload_is_echoed_while_it_is_sent() {
    let echo = Echo::start(&[]);
    let content: Vec<u8> = (0..40u32 << 18).flat_map(u32::to_le_bytes).collect();
    let file = std::env::temp_dir().join(format!("blazeio-upload-{}", std::process::id()));
    std::fs::write(&file, &content).unwrap();
    let data = format!("@{}", file.display());
    for flags in [&[][..], &["--chunked"], &["--expect"]] {
        let output = fetch(&[flags, &["--data", &data, &echo.url("/echo")]].concat());
        assert!(output.status.success() && output.stdout == content, "{:?}", output.stderr);
    }
    std::fs::remove_file(file).unwrap();
    // A head only, and every URL over one connection.
    let urls = [&*echo.url("/echo"), &echo.url("/204"), &echo.url("/304"), &echo.url("/")];
    let lines = fetch_json(&[&["--head"], &urls[..]].concat());
    for (line, status) in lines.iter().zip([200, 204, 304, 200]) {
        assert_ok(line, status, b"");
    }
    assert_eq!(echo.stop(), "");
}
