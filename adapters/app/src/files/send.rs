//! Sending the bytes of a file.
//!
//! Decides what becomes of a file that changes while it is sent. Its length was announced, and with
//! a strong entity tag its content too: either all of that is sent or the connection is given up,
//! so that no client takes a mixture for the whole, or waits for what does not come. A file that
//! is replaced or removed goes on as it was; one that is cut off, or written to, ends the
//! connection. Where the tag was weak, writing does not end it: such a file was being written to
//! when it was asked for (a log, say), and nothing was promised but its length, which is what is
//! sent of it.
//!
//! In memory is one slice at a time.

use super::parts::{Piece, total};
use super::stamp::Stamp;
use crate::blocking;
use crate::exchange::Exchange;
use crate::reply::Reply;
use blazeio::web::range::ByteRange;
use blazeio::{CloseReason, Field, Method};
use blazeio_driver::Error;
use bytes::Bytes;
use cap_std::fs::File;
use smallvec::SmallVec;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

/// Where the bytes are.
pub(super) enum Source {
    Memory(Bytes),
    Disk {
        file: File,
        /// The state that the content has to stay in.
        stamp: Option<Stamp>,
    },
}

impl Source {
    /// The same, where the content may change.
    pub(super) fn unguarded(self) -> Self {
        match self {
            Self::Disk { file, .. } => Self::Disk { file, stamp: None },
            memory => memory,
        }
    }
}

/// Sends a response: the head of `reply`, then `pieces`.
pub(super) async fn send(
    exchange: &mut Exchange,
    reply: Reply,
    source: Source,
    pieces: &[Piece],
    slice: usize,
) -> Result<(), Error> {
    let fields: SmallVec<[Field<'_>; 12]> = reply
        .fields
        .iter()
        .map(|line| Field::from_bytes(line.name.as_bytes(), &line.value))
        .collect();
    exchange.prepare(reply.status(), &fields, Some(total(pieces))).await?;
    if exchange.method() != Method::Head {
        // What fails here leaves the response unfinished, and the driver cuts it off.
        match source {
            Source::Memory(content) => from_memory(exchange, &content, pieces).await?,
            Source::Disk { file, stamp } => {
                let reading = Reading { file, stamp, slice, buffer: Vec::new() };
                reading.send(exchange, pieces).await?;
            }
        }
    }
    exchange.finish(&[]).await
}

async fn from_memory(
    exchange: &mut Exchange,
    content: &Bytes,
    pieces: &[Piece],
) -> Result<(), Error> {
    for piece in pieces {
        match piece {
            Piece::Text(text) => exchange.write(text).await?,
            Piece::File(range) => {
                let bounds =
                    usize::try_from(range.first).ok().zip(usize::try_from(range.last).ok());
                let bytes = bounds.and_then(|(first, last)| content.get(first..=last));
                exchange.write(bytes.unwrap_or_default()).await?;
            }
        }
    }
    Ok(())
}

/// A file that is read slice by slice; goes where work may block, and comes back.
struct Reading {
    file: File,
    stamp: Option<Stamp>,
    slice: usize,
    buffer: Vec<u8>,
}

impl Reading {
    async fn send(mut self, exchange: &mut Exchange, pieces: &[Piece]) -> Result<(), Error> {
        for piece in pieces {
            let range = match piece {
                Piece::Text(text) => {
                    exchange.write(text).await?;
                    continue;
                }
                Piece::File(range) => *range,
            };
            let (mut at, end) = (range.first, range.last.saturating_add(1));
            while at < end {
                self = self.read(exchange, ByteRange { first: at, last: range.last }).await?;
                exchange.write(&self.buffer).await?;
                at += self.buffer.len() as u64;
            }
        }
        Ok(())
    }

    /// Fills the buffer with the front of `range`.
    async fn read(mut self, exchange: &Exchange, range: ByteRange) -> Result<Self, Error> {
        let (reading, result) = blocking::run(exchange.runtime(), move || {
            let result = self.fill(range);
            (self, result)
        })
        .await?;
        match result {
            Ok(()) => Ok(reading),
            Err(error) => {
                tracing::warn!(%error, "a file could not be sent to its end");
                exchange.cut_off();
                Err(Error::Closed(CloseReason::Aborted))
            }
        }
    }

    fn fill(&mut self, range: ByteRange) -> io::Result<()> {
        let wanted = range.len().min(self.slice as u64);
        self.file.seek(SeekFrom::Start(range.first))?;
        self.buffer.clear();
        // No more than that: left to itself it would double.
        self.buffer.reserve_exact(usize::try_from(wanted).unwrap_or(self.slice));
        self.file.by_ref().take(wanted).read_to_end(&mut self.buffer)?;
        if self.buffer.len() as u64 != wanted {
            return Err(io::Error::new(ErrorKind::UnexpectedEof, "it has become shorter"));
        }
        let is_same = match &self.stamp {
            None => true,
            Some(stamp) => Stamp::of(&self.file.metadata()?)?.has_content_of(stamp),
        };
        if is_same { Ok(()) } else { Err(io::Error::other("it has changed")) }
    }
}
