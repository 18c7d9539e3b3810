//! The content of a request, piece by piece.
//!
//! Decides how it is framed: by its length where that is known, else chunked. Holds 32 KiB
//! of it. Files are read where reading may block.

use crate::fetch::failure::Failure;
use blazeio::{Client, Content};
use blazeio_driver::{Runtime, Writer};
use futures::channel::oneshot;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

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
    source: Source,
    framing: Content,
}

/// Where content comes from.
enum Source {
    Text(Vec<u8>),
    File(Reading),
}

impl Upload {
    /// A request without content.
    pub fn none() -> Self {
        Self { source: Source::Text(Vec::new()), framing: Content::Empty }
    }

    /// A request with `data`; a file is read by `runtime`.
    pub async fn open(data: &Data, chunked: bool, runtime: &Arc<dyn Runtime>) -> io::Result<Self> {
        let (source, length) = match data {
            Data::Text(text) => (Source::Text(text.clone()), Some(text.len() as u64)),
            Data::File(path) => {
                let path = path.clone();
                let (file, length) = unblock(runtime, || open(path)).await??;
                // A file that grows meanwhile is sent as long as it was.
                let file = file.take(length.unwrap_or(u64::MAX));
                (Source::File(Reading { file: Some(file), runtime: Arc::clone(runtime) }), length)
            }
        };
        let framing = match length {
            Some(length) if !chunked => Content::Sized(length),
            _ => Content::Streamed,
        };
        Ok(Self { source, framing })
    }

    /// How it is framed.
    pub fn framing(&self) -> Content {
        self.framing
    }

    /// Sends all of it, and its end.
    pub async fn send(&mut self, writer: &mut Writer<Client>) -> Result<(), Failure> {
        match &mut self.source {
            Source::Text(text) => {
                for piece in text.chunks(PIECE) {
                    writer.write(piece).await?;
                }
            }
            Source::File(reading) => {
                let mut piece = Vec::new();
                loop {
                    piece = reading.next(piece).await.map_err(Failure::Data)?;
                    if piece.is_empty() {
                        break;
                    }
                    writer.write(&piece).await?;
                }
            }
        }
        writer.finish().await?;
        Ok(writer.flush().await?)
    }
}

/// A file that is open, and its length if it has one.
fn open(path: PathBuf) -> io::Result<(File, Option<u64>)> {
    let file = File::open(path)?;
    let about = file.metadata()?;
    Ok((file, about.is_file().then_some(about.len())))
}

/// A file, which is elsewhere while it is read.
struct Reading {
    file: Option<io::Take<File>>,
    runtime: Arc<dyn Runtime>,
}

impl Reading {
    /// The next piece, in `room`; nothing at the end.
    async fn next(&mut self, mut room: Vec<u8>) -> io::Result<Vec<u8>> {
        let Some(mut file) = self.file.take() else { return Err(io::ErrorKind::BrokenPipe.into()) };
        let read = unblock(&self.runtime, move || {
            room.resize(PIECE, 0);
            let read = file.read(&mut room);
            (file, read.map(|n| room.truncate(n)), room)
        });
        let (file, read, room) = read.await?;
        self.file = Some(file);
        read.map(|()| room)
    }
}

/// What `work` gives, done where it may block.
async fn unblock<T: Send + 'static>(
    runtime: &Arc<dyn Runtime>,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<T> {
    let (tell, told) = oneshot::channel();
    runtime.spawn_blocking(Box::new(|| drop(tell.send(work()))));
    told.await.map_err(io::Error::other)
}
