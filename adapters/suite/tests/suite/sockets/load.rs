//! Many connections, and much content.

use crate::suite::sockets::program::Echo;
use crate::suite::sockets::wire::{connect, read_all, read_head, statuses};
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::thread;

#[test]
fn a_thousand_connections_are_served_at_once() {
    rlimit::increase_nofile_limit(4096).unwrap();
    let echo = Echo::start(&[]);
    let mut streams: Vec<_> = (0..1200).map(|_| connect(echo.address)).collect();
    for stream in &mut streams {
        stream
            .write_all(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
            .unwrap();
    }
    for stream in &mut streams {
        assert_eq!(statuses(&read_head(stream)), [200]);
    }
    assert!(echo.descriptors() > 1200);
    for stream in &mut streams {
        stream.write_all(b"defGET / HTTP/1.0\r\n\r\n").unwrap();
    }
    for stream in &mut streams {
        let rest = read_all(stream);
        assert!(rest.starts_with("abcdefHTTP/1.1 200 OK\r\n"), "{rest}");
    }
}

/// Echoes `mebibytes` in chunks of 64 KiB, and compares each byte.
fn echo_chunked(address: SocketAddr, mebibytes: usize) {
    let chunk: Vec<u8> = (0..64 * 1024u32).map(|n| (n % 251) as u8).collect();
    let stream = connect(address);
    let mut sender = stream.try_clone().unwrap();
    let sent = chunk.clone();
    let sending = thread::spawn(move || {
        let head = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        sender.write_all(head.as_bytes()).unwrap();
        let framed = [b"10000\r\n", &sent[..], b"\r\n"].concat();
        for _ in 0..mebibytes * 16 {
            sender.write_all(&framed).unwrap();
        }
        sender.write_all(b"0\r\n\r\n").unwrap();
    });
    let mut received = BufReader::with_capacity(128 * 1024, stream);
    assert_eq!(statuses(&read_head(&mut received)), [200]);
    let mut total = 0;
    let mut back = Vec::new();
    while let size @ 1.. = read_chunk(&mut received, &mut back) {
        let from = total % chunk.len();
        let first = size.min(chunk.len() - from);
        assert!(
            back[..first] == chunk[from..from + first] && back[first..] == chunk[..size - first]
        );
        total += size;
    }
    assert_eq!(total, mebibytes << 20);
    sending.join().unwrap();
}

/// Size of the next chunk, 0 for the last one.
fn read_chunk(received: &mut impl BufRead, content: &mut Vec<u8>) -> usize {
    let mut line = String::new();
    received.read_line(&mut line).unwrap();
    let size = usize::from_str_radix(line.trim_end(), 16).unwrap();
    content.resize(size, 0);
    received.read_exact(content).unwrap();
    let mut end = [0; 2];
    received.read_exact(&mut end).unwrap();
    assert_eq!(&end, b"\r\n");
    size
}

#[test]
fn memw_memory_does_not_grow_with_the_content() {
    let echo = Echo::start(&["--threads", "2"]);
    echo_chunked(echo.address, 1);
    let small = echo.peak_memory();
    echo_chunked(echo.address, 256);
    let large = echo.peak_memory();
    assert!(large.abs_diff(small) <= 1024, "{small} KiB, then {large} KiB");
}

#[test]
fn memw_a_client_that_never_reads_costs_its_bound() {
    let echo = Echo::start(&["--threads", "2"]);
    echo_chunked(echo.address, 1);
    let before = echo.peak_memory();
    let piece = vec![b'x'; 1 << 20];
    let mut streams: Vec<_> = (0..10).map(|_| connect(echo.address)).collect();
    for stream in &mut streams {
        let head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        stream.set_nonblocking(true).unwrap();
    }
    for _ in 0..50 {
        for stream in &mut streams {
            let _ = stream.write(&piece);
        }
        thread::sleep(std::time::Duration::from_millis(10));
    }
    let after = echo.peak_memory();
    // 32 KiB of input and 64 KiB of output each, and what the allocator makes of it.
    assert!(after - before <= 10 * 160, "{before} KiB, then {after} KiB");
}
