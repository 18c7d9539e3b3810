//! Content that goes to the disk, in constant memory.
//!
//! Decides when a file is there: whole, or not at all. What is received goes to a temporary file of
//! the same folder, which gets its name when all of it was written, and is removed otherwise: when
//! content is refused or too long, when the client or the handler goes. Refuses a name that is taken:
//! 409, and what has it stays as it is. The disk is written to where work may block. Whether it keeps
//! what it was given through a loss of power is not waited for.
//!
//! ```
//! use blazeio_app::{Abort, Exchange};
//!
//! async fn upload(exchange: &mut Exchange) -> Result<String, Abort> {
//!     let mut form = exchange.multipart()?;
//!     let mut saved = 0;
//!     while let Some(mut part) = form.next().await? {
//!         let Some(name) = part.safe_file_name() else { continue };
//!         saved += part.save(format!("uploads/{name}"), 1 << 30).await?;
//!     }
//!     Ok(format!("{saved} bytes\n"))
//! }
//! # let _ = blazeio_app::App::new().post("/upload", upload);
//! ```

use crate::abort::Abort;
use crate::blocking;
use crate::exchange::Exchange;
use crate::multipart::Part;
use blazeio_driver::Runtime;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::NamedTempFile;

/// So much is written at once.
const PIECE: usize = 64 << 10;

impl Exchange {
    /// Puts the request's content into the new file `path`; its length. Content of more than `limit`
    /// bytes is refused, at once where the head says so: see
    /// [`set_content_limit`](Self::set_content_limit).
    ///
    /// # Errors
    /// 413 if it is longer; 409 if there is something at `path`; an error of the disk is a 500; else
    /// as [`read`](Self::read). The file is not there then.
    pub async fn save(&mut self, path: impl AsRef<Path>, limit: u64) -> Result<u64, Abort> {
        self.set_content_limit(limit)?;
        let mut saving = Saving::begin(self.runtime(), path.as_ref()).await?;
        while let Some(piece) = self.read().await? {
            saving.write(piece).await?;
        }
        saving.end().await
    }
}

impl Part<'_, '_> {
    /// Puts the part's content into the new file `path`; its length. Nothing of the path may be the
    /// client's word but [`safe_file_name`](Self::safe_file_name).
    ///
    /// # Errors
    /// 413 if it is more than `limit` bytes; 409 if there is something at `path`; an error of the
    /// disk is a 500; else as [`read`](Self::read). The file is not there then.
    pub async fn save(&mut self, path: impl AsRef<Path>, limit: u64) -> Result<u64, Abort> {
        let mut saving = Saving::begin(self.runtime(), path.as_ref()).await?;
        while let Some(piece) = self.read().await? {
            if piece.len() as u64 > limit - saving.length {
                return Err(Abort::new(413).text(format!("more than {limit} bytes in a part")));
            }
            saving.write(piece).await?;
        }
        saving.end().await
    }
}

/// A file that is being written.
struct Saving {
    runtime: Arc<dyn Runtime>,
    path: PathBuf,
    /// `None` while it is written to: what is lost then is removed there.
    file: Option<Box<NamedTempFile>>,
    /// Not yet written.
    buffer: Vec<u8>,
    length: u64,
}

impl Saving {
    async fn begin(runtime: &Arc<dyn Runtime>, path: &Path) -> Result<Self, Abort> {
        let path = path.to_owned();
        let place = path.clone();
        let file = blocking::run(runtime, move || create(&place)).await?.map_err(conflict)?;
        let (runtime, file) = (Arc::clone(runtime), Some(Box::new(file)));
        Ok(Self { runtime, path, file, buffer: Vec::new(), length: 0 })
    }

    async fn write(&mut self, mut piece: &[u8]) -> io::Result<()> {
        self.length += piece.len() as u64;
        while !piece.is_empty() {
            self.buffer.reserve_exact(PIECE - self.buffer.len());
            let (now, later) = piece.split_at(piece.len().min(PIECE - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            piece = later;
            if self.buffer.len() == PIECE {
                self.flush().await?;
            }
        }
        Ok(())
    }

    async fn flush(&mut self) -> io::Result<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let Some(mut file) = self.file.take() else { return Err(ErrorKind::NotFound.into()) };
        let (file, buffer) = blocking::run(&self.runtime, move || {
            file.write_all(&buffer)?;
            buffer.clear();
            io::Result::Ok((file, buffer))
        })
        .await??;
        (self.file, self.buffer) = (Some(file), buffer);
        Ok(())
    }

    async fn end(mut self) -> Result<u64, Abort> {
        self.flush().await?;
        let Some(file) = self.file else { return Err(Abort::new(500)) };
        let named = move || file.persist_noclobber(self.path).map(drop);
        blocking::run(&self.runtime, named).await?.map_err(|error| conflict(error.error))?;
        Ok(self.length)
    }
}

/// A temporary file beside `path`, with the rights of any new file, if nothing is there.
fn create(path: &Path) -> io::Result<NamedTempFile> {
    if path.try_exists()? {
        return Err(ErrorKind::AlreadyExists.into());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".upload-");
    #[cfg(unix)]
    let rights = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    #[cfg(unix)]
    builder.permissions(rights);
    builder.tempfile_in(folder.unwrap_or(Path::new(".")))
}

fn conflict(error: io::Error) -> Abort {
    match error.kind() {
        ErrorKind::AlreadyExists => Abort::new(409).text("there is a file of this name"),
        ErrorKind::InvalidFilename => Abort::new(400).text("no file may be called so"),
        _ => error.into(),
    }
}
