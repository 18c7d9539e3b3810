//! What is on the disk under a name, and in which form a client gets it: work that blocks.
//!
//! Decides which of a file and its encoded siblings is sent, and whether a resource goes to memory.
//! Refuses a sibling that is older than its file: it is of another state.

use super::coding::{CODINGS, Coding, Wanted};
use super::hot::{Bounds, Variant, Variants};
use super::name::Name;
use super::root::{Entry, Folder, Root};
use super::stamp::Stamp;
use bytes::Bytes;
use cap_std::fs::File;
use std::io::{self, Read};
use std::time::SystemTime;

/// How many names of a folder are shown.
const LISTED: usize = 10_000;

/// How often a small file is read again that changes while it is read.
const TRIES: usize = 3;

/// What is looked for, and how.
pub(super) struct Search {
    pub(super) name: Name,
    /// The file that stands for a folder.
    pub(super) index: Option<&'static str>,
    pub(super) lists_folders: bool,
    /// Whether siblings are looked for.
    pub(super) is_encoded: bool,
    /// The codings that the client wants.
    pub(super) wanted: Wanted,
    pub(super) bounds: Bounds,
    /// How many bytes of content may stay in memory under this name.
    pub(super) room: u64,
    /// What is in memory.
    pub(super) known: Option<Variants>,
}

/// What was found.
pub(super) enum Found {
    Nothing,
    /// A folder, asked for without its slash.
    Folder,
    /// What is in a folder without index: names, folders with a slash at the end.
    Listing(Vec<String>),
    /// Small enough to be in memory.
    Small(Variants),
    Large(Large),
}

/// A file that is read while it is sent.
pub(super) struct Large {
    pub(super) file: File,
    pub(super) stamp: Stamp,
    pub(super) coding: Option<Coding>,
}

/// Looks for a resource.
pub(super) fn look(root: &Root, search: &Search) -> io::Result<Found> {
    let found = if search.name.is_folder {
        let Some(folder) = root.folder(search.name.as_str())? else { return Ok(Found::Nothing) };
        let index = search.index.map(|index| resource(&folder, index, search)).transpose()?;
        match index {
            Some(Some(found)) => return Ok(found),
            _ if search.lists_folders => return list(&folder).map(Found::Listing),
            _ => None,
        }
    } else {
        let Some((folder, name)) = root.parent(search.name.as_str())? else {
            return Ok(Found::Nothing);
        };
        match folder.entry(name)? {
            Some((Entry::File, _)) => resource(&folder, name, search)?,
            Some((Entry::Folder, _)) if search.index.is_some() || search.lists_folders => {
                Some(Found::Folder)
            }
            _ => None,
        }
    };
    Ok(found.unwrap_or(Found::Nothing))
}

/// The file `name` in a folder, in memory or open.
fn resource(folder: &Folder, name: &str, search: &Search) -> io::Result<Option<Found>> {
    for _ in 0..TRIES {
        let Some((Entry::File, stamp)) = folder.entry(name)? else { return Ok(None) };
        if stamp.len > search.bounds.file_size || search.bounds.files == 0 {
            break;
        }
        if let Some(found) = small(folder, name, stamp, search)? {
            return Ok(Some(found));
        }
    }
    large(folder, name, search)
}

/// Reads a small file and its siblings; `None` if they change meanwhile. What is in memory is
/// taken if it is the same, and was read when a later change would show. What is too much to stay
/// there together is not read, but opened.
fn small(folder: &Folder, name: &str, stamp: Stamp, search: &Search) -> io::Result<Option<Found>> {
    let mut states = vec![(None, stamp)];
    for coding in CODINGS.into_iter().filter(|_| search.is_encoded) {
        if let Some(sibling) = sibling(folder, name, coding, &stamp)? {
            if sibling.len <= search.bounds.file_size {
                states.push((Some(coding), sibling));
            }
        }
    }
    if let Some(known) = &search.known {
        let own = known.iter().map(|variant| (variant.coding, variant.stamp));
        if own.eq(states.iter().copied()) && known.iter().all(|variant| variant.is_settled) {
            return Ok(Some(Found::Small(known.clone())));
        }
    }
    // MEMW: read for each request, it would be held once for each.
    if states.iter().map(|(_, stamp)| stamp.len).fold(0, u64::saturating_add) > search.room {
        return large(folder, name, search);
    }
    let mut variants = Vec::with_capacity(states.len());
    for (coding, stamp) in states {
        let suffix = coding.map_or("", Coding::suffix);
        let is_settled = stamp.is_settled(SystemTime::now());
        let Some(content) = read_whole(folder, &format!("{name}{suffix}"), &stamp)? else {
            return Ok(None);
        };
        variants.push(Variant { coding, stamp, content, is_settled });
    }
    Ok(Some(Found::Small(variants.into())))
}

/// All of a file; `None` if it is not in the state of `stamp`, in which it was before, to the end.
fn read_whole(folder: &Folder, name: &str, stamp: &Stamp) -> io::Result<Option<Bytes>> {
    let Some((mut file, _)) = folder.file(name)? else { return Ok(None) };
    let len = usize::try_from(stamp.len).map_err(io::Error::other)?;
    // One byte more, to see the end.
    let mut content = Vec::with_capacity(len.saturating_add(1));
    file.by_ref().take(stamp.len.saturating_add(1)).read_to_end(&mut content)?;
    let is_whole = content.len() == len && Stamp::of(&file.metadata()?)? == *stamp;
    Ok(is_whole.then(|| content.into()))
}

/// Opens a file, or the sibling that the client wants most.
fn large(folder: &Folder, name: &str, search: &Search) -> io::Result<Option<Found>> {
    let Some((file, stamp)) = folder.file(name)? else { return Ok(None) };
    for coding in search.wanted.iter().copied().filter(|_| search.is_encoded) {
        if sibling(folder, name, coding, &stamp)?.is_none() {
            continue;
        }
        if let Some((file, stamp)) = folder.file(&format!("{name}{}", coding.suffix()))? {
            return Ok(Some(Found::Large(Large { file, stamp, coding: Some(coding) })));
        }
    }
    Ok(Some(Found::Large(Large { file, stamp, coding: None })))
}

/// The state of the sibling in a coding, if it is of this state of its file.
fn sibling(folder: &Folder, name: &str, coding: Coding, of: &Stamp) -> io::Result<Option<Stamp>> {
    let sibling = folder.entry(&format!("{name}{}", coding.suffix()))?;
    Ok(match sibling {
        Some((Entry::File, stamp)) if !of.is_later_than(&stamp) => Some(stamp),
        _ => None,
    })
}

/// What of a folder could be asked for, in order.
fn list(folder: &Folder) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for name in folder.names()? {
        let encoded = super::listing::reference(&name);
        // What would be refused is not shown.
        if Name::parse(encoded.as_bytes()).is_none_or(|read| read.as_str() != name) {
            continue;
        }
        match folder.entry(&name)? {
            Some((Entry::Folder, _)) => names.push(name + "/"),
            Some((Entry::File, _)) => names.push(name),
            None => {}
        }
        if names.len() == LISTED {
            break;
        }
    }
    names.sort_unstable();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cond_content_of_another_state_is_not_taken() {
        let place = tempfile::tempdir().unwrap();
        let write = |text: &str| std::fs::write(place.path().join("f"), text).unwrap();
        write("one");
        let folder = Root::open(place.path()).unwrap().folder("").unwrap().unwrap();
        let (_, stamp) = folder.entry("f").unwrap().unwrap();
        assert_eq!(read_whole(&folder, "f", &stamp).unwrap().unwrap(), "one");
        write("three");
        assert!(read_whole(&folder, "f", &stamp).unwrap().is_none());
        std::fs::remove_file(place.path().join("f")).unwrap();
        assert!(read_whole(&folder, "f", &stamp).unwrap().is_none());
    }

    #[test]
    fn cond_what_was_read_too_early_to_show_a_change_is_read_again() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("f");
        let root = Root::open(place.path()).unwrap();
        let hour = std::time::Duration::from_secs(3600);
        let now = SystemTime::now();
        for (modified, is_kept) in [(now - hour, true), (now + hour, false)] {
            let file = std::fs::File::create(&path).unwrap();
            file.set_modified(modified).unwrap();
            let mut search = Search {
                name: Name::in_root("f"),
                index: None,
                lists_folders: false,
                is_encoded: true,
                wanted: Wanted::new(),
                bounds: Bounds { bytes: 1 << 20, files: 10, file_size: 1 << 10 },
                room: 1 << 20,
                known: None,
            };
            let Found::Small(first) = look(&root, &search).unwrap() else { panic!() };
            search.known = Some(first.clone());
            let Found::Small(second) = look(&root, &search).unwrap() else { panic!() };
            assert_eq!(std::sync::Arc::ptr_eq(&first, &second), is_kept, "{modified:?}");
        }
    }
}
