//! A peer that reads all cases from a pipe and answers on another, a line a case.
//!
//! A line is `STOP MESSAGE…`. STOP is `waiting`, `closed`, `switched` or `refused:CODE:HEX-OF-WORDS`;
//! a message is `START:HEX-OF-TARGET:HEX-OF-CONTENT:END`. The first line is the peer's version.

use crate::case::{Case, Sent};
use crate::reading::{Message, Reading, Stop};
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

/// Runs `command` on all cases; its version, and one reading for each case.
pub(crate) fn read_all(mut command: Command, cases: &[Case]) -> (String, Vec<Reading>) {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a peer");
    let mut stdin = child.stdin.take().expect("a pipe");
    let lines: String = cases.iter().map(line).collect();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let mut text = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut text).expect("an answer");
    writer.join().expect("a writer").expect("a peer that reads");
    assert!(child.wait().expect("an end").success(), "the peer failed");
    let mut lines = text.lines();
    let version = lines.next().expect("a version").into();
    let readings: Vec<_> = lines.map(parse).collect();
    assert_eq!(readings.len(), cases.len(), "one answer for each case");
    (version, readings)
}

fn line(case: &Case) -> String {
    let sent: Vec<_> = case.sent.iter().map(sent).collect();
    let sent = if sent.is_empty() { "-".into() } else { sent.join(",") };
    format!("{sent} {}\n", hex(&case.bytes))
}

fn sent(sent: &Sent) -> String {
    match &sent.upgrade {
        Some(protocols) => {
            format!("{}={}", sent.method, protocols.replace(", ", "+").replace(',', "+"))
        }
        None => sent.method.clone(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, b| {
        write!(text, "{b:02x}").expect("a string");
        text
    })
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |c: u8| (c as char).to_digit(16).expect("a hexadecimal digit") as u8;
    text.as_bytes().chunks(2).map(|pair| digit(pair[0]) * 16 + digit(pair[1])).collect()
}

fn parse(line: &str) -> Reading {
    let mut words = line.split(' ');
    let stop = words.next().expect("a stop");
    let stop = match stop.split(':').collect::<Vec<_>>()[..] {
        ["waiting"] => Stop::Waiting,
        ["closed"] => Stop::Closed,
        ["switched"] => Stop::Switched,
        ["refused", code, words] => {
            // What was refused stands behind a colon.
            let words = String::from_utf8_lossy(&unhex(words)).into_owned();
            Stop::Refused(format!("{code} {}", words.split(':').next().unwrap_or("")))
        }
        _ => panic!("a stop: {stop}"),
    };
    Reading { messages: words.map(message).collect(), stop }
}

fn message(word: &str) -> Message {
    let parts: Vec<_> = word.split(':').collect();
    let [start, target, content, end] = parts[..] else { panic!("a message: {word}") };
    Message {
        start: start.into(),
        target: unhex(target),
        content: unhex(content),
        end: Some(end.parse().expect("an offset")),
    }
}
