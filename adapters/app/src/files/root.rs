//! The folder below which everything is, opened once.
//!
//! Decides what of a disk can be opened at all (PATH). Each segment of a name is opened beneath the
//! folder before it, with a call that cannot leave it and follows no symbolic link, so that
//! nothing outside is opened even while somebody moves folders and links about. What is not a
//! file is not opened: no pipe, no socket, no device; should one be put there in between, opening
//! does not wait, and it is closed unread.
//!
//! By cap-std, which the Bytecode Alliance keeps for Wasmtime: `openat2` beneath a directory where
//! the system has it (Linux), and the same result by other calls elsewhere.

use super::stamp::Stamp;
use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt, OpenOptionsSyncExt};
use cap_std::fs::{Dir, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;

/// The folder below which everything is.
pub(super) struct Root(Dir);

/// What is under a name.
pub(super) enum Entry {
    Folder,
    File,
}

impl Root {
    /// Opens the folder at `path`; that may be a symbolic link.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Dir::open_ambient_dir(path, cap_std::ambient_authority()).map(Self)
    }

    /// Opens a folder by its segments with `/` between them; `None` if there is none.
    pub(super) fn folder(&self, path: &str) -> io::Result<Option<Folder>> {
        let mut folder = Folder(self.0.try_clone()?);
        for segment in path.split('/').filter(|segment| !segment.is_empty()) {
            match folder.0.open_dir_nofollow(segment) {
                Ok(dir) => folder = Folder(dir),
                Err(error) => return absence(error),
            }
        }
        Ok(Some(folder))
    }

    /// Opens the folder that `path` is in, and its last segment.
    pub(super) fn parent<'n>(&self, path: &'n str) -> io::Result<Option<(Folder, &'n str)>> {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        Ok(self.folder(parent)?.map(|folder| (folder, name)))
    }
}

/// A folder that is open.
pub(super) struct Folder(Dir);

impl Folder {
    /// What is under the name of one segment; `None` if there is nothing, or what is none of ours.
    pub(super) fn entry(&self, name: &str) -> io::Result<Option<(Entry, Stamp)>> {
        let metadata = match self.0.symlink_metadata(name) {
            Ok(metadata) => metadata,
            Err(error) => return absence(error),
        };
        let entry = match metadata.file_type() {
            kind if kind.is_file() => Entry::File,
            kind if kind.is_dir() => Entry::Folder,
            _ => return Ok(None),
        };
        Ok(Some((entry, Stamp::of(&metadata)?)))
    }

    /// Opens a file; `None` if there is none.
    pub(super) fn file(&self, name: &str) -> io::Result<Option<(File, Stamp)>> {
        let Some((Entry::File, _)) = self.entry(name)? else { return Ok(None) };
        let mut options = OpenOptions::new();
        options.read(true).follow(FollowSymlinks::No).nonblock(true);
        let file = match self.0.open_with(name, &options) {
            Ok(file) => file,
            Err(error) => return absence(error),
        };
        let metadata = file.metadata()?;
        match metadata.is_file() {
            true => Ok(Some((file, Stamp::of(&metadata)?))),
            false => Ok(None),
        }
    }

    /// The names that are UTF-8 of what is in it.
    pub(super) fn names(&self) -> io::Result<impl Iterator<Item = String>> {
        let entries = self.0.entries()?;
        Ok(entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()))
    }
}

/// `None` if `error` means that there is nothing for a client.
fn absence<T>(error: io::Error) -> io::Result<Option<T>> {
    let is_absent = matches!(
        error.kind(),
        ErrorKind::NotFound
            | ErrorKind::NotADirectory
            | ErrorKind::IsADirectory
            | ErrorKind::PermissionDenied
            | ErrorKind::InvalidInput
            | ErrorKind::InvalidFilename
    );
    if is_absent || is_special(&error) { Ok(None) } else { Err(error) }
}

/// Whether it is about a symbolic link, or a socket.
#[cfg(unix)]
fn is_special(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ELOOP | libc::ENXIO))
}

#[cfg(not(unix))]
const fn is_special(_: &io::Error) -> bool {
    false
}
