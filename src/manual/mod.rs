//! The manual: why the core is as it is, what it conforms to, where it departs, and what each
//! known attack meets.
//!
//! Decides nothing; it holds what belongs to no single file. For readers who integrate,
//! review or change the core.

#[doc = include_str!("design.md")]
pub mod design {}

#[doc = include_str!("attacks.md")]
pub mod attacks {}

#[doc = include_str!("conformance.md")]
pub mod conformance {}

#[doc = include_str!("departures.md")]
pub mod departures {}

#[doc = include_str!("peers.md")]
pub mod peers {}

#[doc = include_str!("requirements.md")]
pub mod requirements {}
