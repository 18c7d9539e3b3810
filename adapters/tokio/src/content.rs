//! Content on its way out.
//!
//! Decides what is copied: little content, which goes out with what follows it, and what the
//! transport does not take at once. All else goes from the caller's slice to the transport,
//! between its framing, in one write.

use crate::error::Error;
use crate::link::{Link, PIECE};
use crate::transport::Transport;
use blazeio::Role;
use std::io::IoSlice;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Content up to this size is copied: that costs less than a system call.
const COPIED: usize = 2 * 1024;

impl<R: Role, T: Transport> Link<R, T> {
    /// Takes a piece off `content`. There is room for it.
    pub(crate) fn take_content(
        &mut self,
        cx: &mut Context<'_>,
        content: &mut &[u8],
    ) -> Result<(), Error> {
        if content.len() > COPIED {
            return self.write_through(cx, content);
        }
        while !content.is_empty() {
            let room = self.output.room(content.len() + 32);
            let done = self.core.send_content(content, room)?;
            self.output.fill(done.written);
            *content = &content[done.consumed..];
        }
        Ok(())
    }

    /// One vectored write of the queue and a framed piece of `content`; what is left of the
    /// piece is queued.
    fn write_through(&mut self, cx: &mut Context<'_>, content: &mut &[u8]) -> Result<(), Error> {
        let (piece, rest) = content.split_at(content.len().min(PIECE));
        let framing = self.core.frame_content(piece.len() as u64)?;
        *content = rest;
        // All of the piece, or nothing of it in a response without content.
        let framed = if framing.content == 0 { &[] } else { piece };
        let parts = [&framing.prefix[..], framed, framing.suffix];
        let slices = [self.output.queued(), parts[0], parts[1], parts[2]].map(IoSlice::new);
        let write = Pin::new(&mut self.transport).poll_write_vectored(cx, &slices);
        let written = match write {
            Poll::Pending => 0,
            Poll::Ready(Ok(n)) => n,
            Poll::Ready(Err(error)) => return self.write_failed(error),
        };
        let queued = written.min(self.output.len());
        if written > 0 {
            self.sent(queued, written);
        }
        self.queue_from(written - queued, &parts);
        Ok(())
    }

    /// Queues `parts` without their first `skip` bytes.
    fn queue_from(&mut self, mut skip: usize, parts: &[&[u8]]) {
        for part in parts {
            let skipped = skip.min(part.len());
            skip -= skipped;
            self.output.push(&part[skipped..]);
        }
    }
}
