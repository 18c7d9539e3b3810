//! How many records one key of TLS 1.2 may encrypt.
//!
//! Decides to refuse writing a little before the limit. TLS 1.3 changes its keys in time; in
//! TLS 1.2 rustls sends close_notify there and drops what is written from then on, which would
//! make a cut message look complete. For AES-GCM that is after 2^24 records.

use rustls::{Connection, SupportedCipherSuite};

/// Set aside for the records that are not counted here: Finished, alerts.
const RESERVE: u64 = 64;

/// The records that were written, and the limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quota {
    left: u64,
    /// Content of a record at most, in bytes.
    fragment: usize,
}

impl Quota {
    /// Of a session whose handshake is over, with records of `fragment` bytes at most.
    pub(super) fn new(session: &Connection, fragment: usize) -> Self {
        let left = match session.negotiated_cipher_suite() {
            Some(SupportedCipherSuite::Tls12(suite)) => {
                suite.common.confidentiality_limit.saturating_sub(RESERVE)
            }
            Some(SupportedCipherSuite::Tls13(_)) | None => u64::MAX,
        };
        Self { left, fragment: fragment.max(1) }
    }

    /// Whether `bytes` may be written; counts them if so.
    pub(super) fn take(&mut self, bytes: usize) -> bool {
        let records = u64::try_from(bytes.div_ceil(self.fragment)).unwrap_or(u64::MAX);
        match self.left {
            u64::MAX => true,
            left => match left.checked_sub(records) {
                Some(rest) => {
                    self.left = rest;
                    true
                }
                None => false,
            },
        }
    }
}
