//! What was sent, so that what is received can be held against it.
//!
//! Each message has a key, and its content is the pattern of that key: a byte that is lost,
//! doubled or moved is another byte.

use blazeio_driver::Runtime;
use blazeio_driver::sim::sleep;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// The key of the response to the request `key`, and the other way round.
pub fn partner(key: u64) -> u64 {
    key ^ 0xaaaa_0000_0000_0000
}

/// The byte at `at` of the content `key`.
fn byte(key: u64, at: u64) -> u8 {
    let word = (at >> 3).wrapping_add(key).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (word ^ (word >> 29)).to_le_bytes()[(at & 7) as usize]
}

/// `length` bytes of the content `key`, from `at` on.
pub fn content(key: u64, at: u64, length: usize) -> Vec<u8> {
    (at..at + length as u64).map(|at| byte(key, at)).collect()
}

/// What one side meant to send as one message.
#[derive(Clone, Copy, Default, Debug)]
pub struct Sent {
    /// Bytes whose sending was begun.
    pub begun: u64,
    /// The message's end was begun, behind so many bytes.
    pub ended: Option<u64>,
    /// With so many trailer fields.
    pub trailers: usize,
    /// Bytes that were received.
    pub received: u64,
    /// A future that sent it was dropped while it waited, and may have left it beyond repair.
    pub is_cancelled: bool,
}

/// All messages of one world.
#[derive(Clone, Default)]
pub struct Ledger(Arc<Mutex<HashMap<u64, Sent>>>, Arc<Mutex<Vec<String>>>, Arc<AtomicU64>);

impl Ledger {
    /// Sending up to `to` bytes of the message `key` begins.
    pub fn begins(&self, key: u64, to: u64) {
        let mut all = self.0.lock().unwrap();
        let sent = all.entry(key).or_default();
        sent.begun = sent.begun.max(to);
    }

    /// The end of the message `key` begins, behind `length` bytes.
    pub fn ends(&self, key: u64, length: u64, trailers: usize) {
        let mut all = self.0.lock().unwrap();
        let sent = all.entry(key).or_default();
        sent.ended = Some(length);
        sent.trailers = trailers;
    }

    /// A future that sends the message `key` was dropped.
    pub fn cancelled(&self, key: u64) {
        self.0.lock().unwrap().entry(key).or_default().is_cancelled = true;
    }

    /// Waits until the first `at` bytes of the message `key`, which were written to a peer that
    /// reads, arrived; nobody calls for it meanwhile.
    /// Whether they did.
    pub async fn arrives(&self, runtime: &dyn Runtime, key: u64, at: u64) -> bool {
        // Soon, as a rule: whoever waits for each byte is not to be slow by that.
        let mut pause = 1_000;
        for _ in 0..250 {
            if self.sent(key).received >= at {
                return true;
            }
            sleep(runtime, pause).await;
            pause = (2 * pause).min(250_000);
        }
        false
    }

    /// The first `at` bytes of the message `key` stay where they are.
    pub fn stays(&self, key: u64, at: u64) {
        let sent = self.sent(key);
        if self.sent(partner(key)).is_cancelled {
            // The connection was given up by the other side.
            return;
        }
        self.1.lock().unwrap().push(format!("{at} bytes of message {key} stay: {sent:?}"));
    }

    /// A handler panics on purpose.
    pub fn panics_now(&self) {
        self.2.fetch_add(1, Ordering::Relaxed);
    }

    /// How many did.
    pub fn panics(&self) -> u64 {
        self.2.load(Ordering::Relaxed)
    }

    /// Messages that did not arrive.
    pub fn stuck(&self) -> Vec<String> {
        self.1.lock().unwrap().clone()
    }

    /// What was sent as `key`.
    pub fn sent(&self, key: u64) -> Sent {
        self.0.lock().unwrap().get(&key).copied().unwrap_or_default()
    }
}

/// A message being received.
pub struct Received {
    ledger: Ledger,
    key: u64,
    at: u64,
}

impl Received {
    /// Nothing of the message `key` came yet.
    pub fn new(ledger: &Ledger, key: u64) -> Self {
        Self { ledger: ledger.clone(), key, at: 0 }
    }

    /// A piece came: it must be the next.
    pub fn piece(&mut self, piece: &[u8]) {
        assert!(!piece.is_empty(), "an empty piece");
        for (offset, got) in piece.iter().enumerate() {
            let at = self.at + offset as u64;
            assert_eq!(*got, byte(self.key, at), "byte {at} of message {}", self.key);
        }
        self.at += piece.len() as u64;
        self.ledger.0.lock().unwrap().entry(self.key).or_default().received = self.at;
        let begun = self.ledger.sent(self.key).begun;
        assert!(self.at <= begun, "{} bytes of message {}, {begun} sent", self.at, self.key);
    }

    /// Its end came: it must be complete.
    pub fn end(&self, trailers: usize) {
        let sent = self.ledger.sent(self.key);
        assert_eq!(sent.ended, Some(self.at), "message {} at its end: {sent:?}", self.key);
        assert_eq!(sent.trailers, trailers, "message {}: {sent:?}", self.key);
    }
}
