//! The boundary disagreements that are known, and the sentence of an RFC that decides each.
//!
//! One that is not in the list fails the run, and so does an entry that no longer occurs.

use crate::case::Case;
use crate::reading::Reading;

pub(crate) struct Entry {
    /// As the manual's page names it.
    pub(crate) name: &'static str,
    pub(crate) peer: &'static str,
    /// Whether a disagreement is this one.
    pub(crate) is: fn(&Case, &Reading, &Reading) -> bool,
}

pub(crate) const LIST: &[Entry] = &[];
