//! One case: bytes, in which role they are read, and what is odd about them.

/// What a client sent before the response that it reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) target: String,
    /// The Upgrade field, if there was one.
    pub(crate) upgrade: Option<String>,
}

impl Sent {
    pub(crate) fn new(method: &str) -> Self {
        let target = if method == "CONNECT" { "a:80" } else { "/" };
        Self { method: method.into(), target: target.into(), upgrade: None }
    }
}

/// Bytes to be read, with the sentinel behind them.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// A vector's id, or `request-SEED-NUMBER` and alike.
    pub(crate) id: String,
    /// What is odd about it, in words.
    pub(crate) what: String,
    /// Responses to these; requests if there are none.
    pub(crate) sent: Vec<Sent>,
    pub(crate) bytes: Vec<u8>,
}

/// The target of the request that is appended to every case of requests.
pub(crate) const SENTINEL: &str = "/sentinel-of-this-case";

const REQUEST: &[u8] = b"GET /sentinel-of-this-case HTTP/1.1\r\nHost: sentinel\r\n\r\n";
const RESPONSE: &[u8] = b"HTTP/1.1 299 Sentinel\r\nContent-Length: 0\r\n\r\n";

impl Case {
    /// Requests, with the sentinel behind them.
    pub(crate) fn requests(id: String, what: String, mut bytes: Vec<u8>) -> Self {
        bytes.extend_from_slice(REQUEST);
        Self { id, what, sent: Vec::new(), bytes }
    }

    /// Responses, with the sentinel behind them; after them the end of input.
    pub(crate) fn responses(id: String, what: String, sent: Vec<Sent>, mut bytes: Vec<u8>) -> Self {
        bytes.extend_from_slice(RESPONSE);
        Self { id, what, sent, bytes }
    }

    pub(crate) fn is_request(&self) -> bool {
        self.sent.is_empty()
    }
}
