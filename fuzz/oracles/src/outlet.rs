//! One side's output: heads, content and ends as they go to the wire.
//!
//! Decides that room is asked for exactly, that a refusal counts nothing as written, and that
//! content is the same whichever way it was framed.

use crate::choices::Choices;
use blazeio::{Connection, Field, Limits, Role, UsageError, Written};

/// The connection and what it wrote.
pub(crate) struct Outlet<'l, R: Role> {
    pub(crate) connection: Connection<R, &'l Limits>,
    pub(crate) wire: Vec<u8>,
}

impl<'l, R: Role + Copy> Outlet<'l, R> {
    pub(crate) fn new(connection: Connection<R, &'l Limits>) -> Self {
        Self { connection, wire: Vec::new() }
    }

    /// Calls with no room, and then with exactly what was asked for.
    pub(crate) fn put(
        &mut self,
        call: impl Fn(&mut Connection<R, &'l Limits>, &mut [u8]) -> Result<Written, UsageError>,
    ) -> Result<(), UsageError> {
        let before = self.connection.bytes_unsent();
        let mut out = Vec::new();
        let result = match call(&mut self.connection, &mut out) {
            Err(UsageError::OutputTooSmall { needed }) => {
                assert_eq!(self.connection.bytes_unsent(), before, "a refusal was counted");
                out.resize(needed, 0);
                call(&mut self.connection, &mut out)
            }
            result => result,
        };
        let written = result.map_or(0, |done| done.written);
        assert!(written == out.len() || result.is_err(), "{written} of {}", out.len());
        assert_eq!(self.connection.bytes_unsent(), before + written as u64);
        self.wire.extend_from_slice(&out[..written]);
        assert!(!matches!(result, Err(UsageError::OutputTooSmall { .. })), "asked for too little");
        result.map(|_| ())
    }

    /// Sends some of `content`; returns how much.
    pub(crate) fn put_content(&mut self, content: &[u8], choices: &mut Choices<'_>) -> usize {
        let most = content.len().min(choices.amount(64));
        let framed = choices.rarely(3);
        if framed { self.frame(&content[..most]) } else { self.copy(&content[..most], choices) }
    }

    fn frame(&mut self, content: &[u8]) -> usize {
        let before = self.connection.bytes_unsent();
        let mut copied = Self::new(self.connection);
        let framing = self.connection.frame_content(content.len() as u64).expect("refused");
        let shown = &content[..framing.content as usize];
        let wire = [&framing.prefix, shown, framing.suffix].concat();
        assert_eq!(self.connection.bytes_unsent(), before + wire.len() as u64);
        // One chunk, or one piece, is the same either way.
        let mut out = vec![0; content.len() + 32];
        let done = copied.connection.send_content(content, &mut out).expect("refused");
        assert_eq!(done.consumed, content.len());
        assert_eq!(out[..done.written], wire, "framed in two ways");
        self.wire.extend_from_slice(&wire);
        content.len()
    }

    fn copy(&mut self, content: &[u8], choices: &mut Choices<'_>) -> usize {
        let room = choices.one(&[8192, 6, 7, 20, 21, 22, 100, 1]);
        let mut out = vec![0; room];
        match self.connection.send_content(content, &mut out) {
            Ok(done) => {
                assert!(done.consumed > 0 || content.is_empty(), "no progress");
                self.wire.extend_from_slice(&out[..done.written]);
                done.consumed
            }
            Err(error) => {
                assert_eq!(error, UsageError::OutputTooSmall { needed: 6 });
                assert!(room < 6);
                0
            }
        }
    }

    pub(crate) fn put_end(&mut self, trailers: &[Field<'_>]) -> Result<(), UsageError> {
        self.put(|c, out| c.send_end(trailers, out))
    }
}
