//! What tells one state of a file from another, and the validators made of it.
//!
//! Decides when an entity tag is strong: a tag is made of size, time of change, inode and time of
//! the inode's change, and all of them can be the same after a second change within the grain of
//! the file system's clock. So a tag is weak until the file has lain unchanged for two seconds
//! (RFC 9110 §8.8.1: a validator that cannot notice a change must not be strong). A date is held
//! to the same (§8.8.2.2), and is never later than now (§8.8.2.1).

use super::coding::Coding;
use blazeio::Date;
use blazeio::web::condition::{EntityTag, Validators};
use cap_std::fs::Metadata;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::time::{Duration, SystemTime};

/// From then on a change would have shown: the coarsest clock of a file system in use (FAT's).
const GRAIN: Duration = Duration::from_secs(2);

/// One state of a file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Stamp {
    pub(super) len: u64,
    modified: SystemTime,
    /// The inode, and when it changed, in seconds and nanoseconds; 0 where there is none.
    inode: (u64, i64, i64),
}

impl Stamp {
    /// The state that `metadata` tells of.
    pub(super) fn of(metadata: &Metadata) -> io::Result<Self> {
        let modified = metadata.modified()?.into_std();
        Ok(Self { len: metadata.len(), modified, inode: inode(metadata) })
    }

    /// Whether this file was changed after `other`.
    pub(super) fn is_later_than(&self, other: &Self) -> bool {
        self.modified > other.modified
    }

    /// Whether content that was read is still that of this state. A file that was replaced, not
    /// written to, is: its inode alone has changed.
    pub(super) fn has_content_of(&self, other: &Self) -> bool {
        (self.len, self.modified) == (other.len, other.modified)
    }

    /// Whether at `now` another change would show.
    pub(super) fn is_settled(&self, now: SystemTime) -> bool {
        now.duration_since(self.modified).is_ok_and(|age| age >= GRAIN)
    }

    /// Its validators, as told at `now`.
    pub(super) fn marks(&self, coding: Option<Coding>, now: SystemTime) -> Marks {
        let mut hasher = DefaultHasher::new();
        (self, coding).hash(&mut hasher);
        let seconds = self.modified.min(now).duration_since(SystemTime::UNIX_EPOCH).ok();
        Marks {
            opaque: format!("{:016x}", hasher.finish()),
            modified: seconds.and_then(|since| Date::from_unix(since.as_secs())),
            is_settled: self.is_settled(now),
        }
    }
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> (u64, i64, i64) {
    use cap_std::fs::MetadataExt;
    (metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
}

#[cfg(not(unix))]
const fn inode(_: &Metadata) -> (u64, i64, i64) {
    (0, 0, 0)
}

/// ETag and Last-Modified.
#[derive(Debug)]
pub(super) struct Marks {
    opaque: String,
    modified: Option<Date>,
    /// Whether another change would have shown.
    is_settled: bool,
}

impl Marks {
    /// What conditions are held against.
    pub(super) fn validators(&self) -> Validators<'_> {
        let tag = if self.is_settled { EntityTag::strong } else { EntityTag::weak };
        Validators { entity_tag: Some(tag(&self.opaque)), last_modified: self.modified }
    }

    /// What If-Range is held against (RFC 9110 §13.1.5).
    pub(super) fn strong_validators(&self) -> Validators<'_> {
        let last_modified = self.modified.filter(|_| self.is_settled);
        Validators { last_modified, ..self.validators() }
    }

    /// Whether the tag says that the content is the same to the byte.
    pub(super) const fn are_strong(&self) -> bool {
        self.is_settled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn stamp() -> Stamp {
        Stamp { len: 5, modified: at(100), inode: (1, 100, 7) }
    }

    fn tag(stamp: Stamp, coding: Option<Coding>, now: u64) -> String {
        stamp.marks(coding, at(now)).validators().entity_tag.unwrap().to_string()
    }

    #[test]
    fn cond_each_part_of_a_state_and_each_coding_has_a_tag_of_its_own() {
        let all = [
            tag(stamp(), None, 200),
            tag(Stamp { len: 6, ..stamp() }, None, 200),
            tag(Stamp { modified: at(100) + Duration::from_nanos(1), ..stamp() }, None, 200),
            tag(Stamp { inode: (2, 100, 7), ..stamp() }, None, 200),
            tag(Stamp { inode: (1, 100, 8), ..stamp() }, None, 200),
            tag(stamp(), Some(Coding::Gzip), 200),
            tag(stamp(), Some(Coding::Brotli), 200),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(!all[..at].contains(one), "{all:?}");
            assert!(one.starts_with('"') && one.len() == 18, "{one}");
        }
        assert_eq!(all[0], tag(stamp(), None, 300));
    }

    #[test]
    fn cond_validators_are_weak_while_another_change_would_not_show() {
        for (now, is_strong) in [(99, false), (100, false), (101, false), (102, true)] {
            let marks = stamp().marks(None, at(now));
            let tag = marks.validators().entity_tag.unwrap();
            assert_eq!(tag.is_weak(), !is_strong, "{now}");
            assert_eq!(marks.strong_validators().last_modified.is_some(), is_strong, "{now}");
            assert_eq!(marks.are_strong(), is_strong);
        }
    }

    #[test]
    fn cond_a_date_is_never_later_than_now() {
        let modified = |now| stamp().marks(None, at(now)).modified.unwrap().unix();
        assert_eq!((modified(50), modified(100), modified(150)), (50, 100, 100));
        let before = Stamp { modified: SystemTime::UNIX_EPOCH - GRAIN, ..stamp() };
        assert_eq!(before.marks(None, at(1)).modified, None);
    }
}
