//! The content of a request, piece by piece.
//!
//! Decides how it is framed: by its length where that is known, else chunked. Holds 32 KiB
//! of it.

use crate::failure::Failure;
use blazeio::{Client, Content};
use blazeio_driver::Writer;
use std::io;
use std::path::PathBuf;
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt};

/// Content that is read, and handed over, at once.
const PIECE: usize = 32 * 1024;

/// What `--data` names.
#[derive(Clone)]
pub enum Data {
    /// Itself.
    Text(Vec<u8>),
    /// A file.
    File(PathBuf),
}

/// Content on its way, or none.
pub struct Upload {
    source: Box<dyn AsyncRead + Send + Unpin>,
    framing: Content,
}

impl Upload {
    /// A request without content.
    pub fn none() -> Self {
        Self::new(Box::new(tokio::io::empty()), Content::Empty)
    }

    /// A request with `data`.
    pub async fn open(data: &Data, chunked: bool) -> io::Result<Self> {
        let (source, length): (Box<dyn AsyncRead + Send + Unpin>, _) = match data {
            Data::Text(text) => (Box::new(io::Cursor::new(text.clone())), Some(text.len() as u64)),
            Data::File(path) => {
                let file = File::open(path).await?;
                let about = file.metadata().await?;
                let length = about.is_file().then_some(about.len());
                // A file that grows meanwhile is sent as long as it was.
                (Box::new(file.take(length.unwrap_or(u64::MAX))), length)
            }
        };
        let framing = match length {
            Some(length) if !chunked => Content::Sized(length),
            _ => Content::Streamed,
        };
        Ok(Self::new(source, framing))
    }

    fn new(source: Box<dyn AsyncRead + Send + Unpin>, framing: Content) -> Self {
        Self { source, framing }
    }

    /// How it is framed.
    pub fn framing(&self) -> Content {
        self.framing
    }

    /// Sends all of it, and its end.
    pub async fn send(&mut self, writer: &mut Writer<Client>) -> Result<(), Failure> {
        let mut piece = vec![0; PIECE];
        loop {
            let n = self.source.read(&mut piece).await.map_err(Failure::Data)?;
            if n == 0 {
                writer.finish().await?;
                return Ok(writer.flush().await?);
            }
            writer.write(&piece[..n]).await?;
        }
    }
}
