//! Small files in memory, within bounds.
//!
//! Decides what is kept: files up to a size, as many as there is room for by number and by bytes;
//! the one that was asked for longest ago goes first. Decides when one is looked at again: once
//! it was not for as long as was said. Refuses to hold more than the bounds, at any moment; what is
//! being sent when it goes stays until it is sent.
//!
//! A resource is in memory as a whole, as it is and in each coding it is stored in, or not at all.

use super::coding::Coding;
use super::stamp::Stamp;
use bytes::Bytes;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What counts for a resource beside its content: about what the tables take.
const OVERHEAD: usize = 256;

/// One representation of a resource.
#[derive(Clone, Debug)]
pub(super) struct Variant {
    pub(super) coding: Option<Coding>,
    pub(super) stamp: Stamp,
    pub(super) content: Bytes,
    /// Whether a change since it was read would show in its stamp.
    pub(super) is_settled: bool,
}

/// A resource: first as it is, then in each coding that it is stored in.
pub(super) type Variants = Arc<[Variant]>;

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Of all, their overhead included.
    pub(super) bytes: usize,
    pub(super) files: usize,
    /// Of one representation.
    pub(super) file_size: u64,
}

/// What is kept of one resource.
struct Kept {
    variants: Variants,
    /// When it was last compared with the disk, in the runtime's microseconds.
    checked: u64,
    /// Its place in the order of use.
    turn: u64,
}

#[derive(Default)]
struct Table {
    kept: HashMap<Arc<str>, Kept>,
    /// The names, the one that was not used longest first.
    order: BTreeMap<u64, Arc<str>>,
    bytes: usize,
    turn: u64,
}

/// Resources in memory.
#[derive(Default)]
pub(super) struct Hot(Mutex<Table>);

fn size(name: &str, variants: &Variants) -> usize {
    let content: usize = variants.iter().map(|variant| variant.content.len()).sum();
    content + name.len() + OVERHEAD
}

/// How many bytes of content may be kept under `name`.
pub(super) fn room(bounds: &Bounds, name: &str) -> u64 {
    bounds.bytes.saturating_sub(name.len() + OVERHEAD) as u64
}

/// Whether what was compared with the disk then need not be again. Runtimes count from when each was
/// made: what another one kept may be of a time to come, and tells nothing.
pub(super) fn is_fresh(checked: u64, now: u64, recheck: u64) -> bool {
    now.checked_sub(checked).is_some_and(|age| age < recheck)
}

impl Table {
    fn remove(&mut self, name: &str) {
        if let Some((name, kept)) = self.kept.remove_entry(name) {
            self.order.remove(&kept.turn);
            self.bytes -= size(&name, &kept.variants);
        }
    }

    fn remove_oldest(&mut self) {
        if let Some((_, name)) = self.order.first_key_value() {
            let name = Arc::clone(name);
            self.remove(&name);
        }
    }

    /// The next place in the order of use.
    fn next_turn(&mut self) -> u64 {
        self.turn += 1;
        self.turn
    }
}

impl Hot {
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is kept under `name`, and when that was compared with the disk.
    pub(super) fn get(&self, name: &str) -> Option<(Variants, u64)> {
        let mut table = self.lock();
        let turn = table.next_turn();
        let table = &mut *table;
        let kept = table.kept.get_mut(name)?;
        if let Some(name) = table.order.remove(&kept.turn) {
            table.order.insert(turn, name);
        }
        kept.turn = turn;
        Some((Arc::clone(&kept.variants), kept.checked))
    }

    /// Keeps what was compared with the disk at `now`, if it fits at all, in place of what was
    /// kept under `name`.
    pub(super) fn put(&self, bounds: &Bounds, name: &str, variants: Variants, now: u64) {
        let mut table = self.lock();
        table.remove(name);
        let size = size(name, &variants);
        if size > bounds.bytes || bounds.files == 0 {
            return;
        }
        while table.kept.len() >= bounds.files || table.bytes + size > bounds.bytes {
            table.remove_oldest();
        }
        let (name, turn): (Arc<str>, _) = (name.into(), table.next_turn());
        table.order.insert(turn, Arc::clone(&name));
        table.bytes += size;
        table.kept.insert(name, Kept { variants, checked: now, turn });
    }

    /// Forgets what is kept under `name`.
    pub(super) fn remove(&self, name: &str) {
        self.lock().remove(name);
    }

    /// How many resources are kept, and their bytes.
    #[cfg(test)]
    fn held(&self) -> (usize, usize) {
        let table = self.lock();
        assert_eq!(table.kept.len(), table.order.len());
        (table.kept.len(), table.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { bytes: 10_000, files: 4, file_size: 5_000 };

    fn stamp() -> Stamp {
        let file = cap_std::fs::File::from_std(std::fs::File::open("Cargo.toml").unwrap());
        Stamp::of(&file.metadata().unwrap()).unwrap()
    }

    fn of(len: usize) -> Variants {
        let content = vec![b'x'; len].into();
        Arc::new([Variant { coding: None, stamp: stamp(), content, is_settled: true }])
    }

    #[test]
    fn the_one_used_longest_ago_goes_first() {
        let hot = Hot::default();
        for name in ["a", "b", "c", "d"] {
            hot.put(&BOUNDS, name, of(10), 0);
        }
        assert!(hot.get("a").is_some());
        hot.put(&BOUNDS, "e", of(10), 0);
        assert!(hot.get("b").is_none() && hot.get("a").is_some() && hot.get("e").is_some());
        assert_eq!(hot.held().0, 4);
    }

    #[test]
    fn memw_bounds_of_number_and_bytes_hold_whatever_comes() {
        let hot = Hot::default();
        for round in 0..1000usize {
            hot.put(&BOUNDS, &format!("{}", round * 7 % 13), of(round * 31 % 4000), 0);
            if round % 5 == 0 {
                hot.remove(&format!("{}", round % 13));
            }
            let (files, bytes) = hot.held();
            assert!(files <= BOUNDS.files && bytes <= BOUNDS.bytes, "{files} {bytes}");
        }
        hot.put(&BOUNDS, "huge", of(10_000), 0);
        assert!(hot.get("huge").is_none());
        (0..13).for_each(|name| hot.remove(&name.to_string()));
        assert_eq!(hot.held(), (0, 0));
    }

    #[test]
    fn what_is_of_a_time_to_come_is_old_and_gives_way() {
        assert!(is_fresh(10, 10, 5) && is_fresh(10, 14, 5));
        assert!(!is_fresh(10, 15, 5) && !is_fresh(10, 9, 5) && !is_fresh(10, 10, 0));
        let hot = Hot::default();
        hot.put(&BOUNDS, "a", of(2), 20);
        // By a runtime that is younger.
        hot.put(&BOUNDS, "a", of(1), 10);
        let (variants, checked) = hot.get("a").unwrap();
        assert_eq!((variants[0].content.len(), checked), (1, 10));
    }

    #[test]
    fn memw_there_is_room_for_what_is_kept_and_for_no_more() {
        let room = room(&BOUNDS, "a") as usize;
        for (len, is_kept) in [(room, true), (room + 1, false)] {
            let hot = Hot::default();
            hot.put(&BOUNDS, "a", of(len), 0);
            assert_eq!(hot.get("a").is_some(), is_kept);
        }
    }
}
