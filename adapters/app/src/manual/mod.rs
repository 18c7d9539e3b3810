//! The manual: what is good to know before a program goes wrong.
//!
//! Decides nothing; it holds what belongs to no single item. What each known attack meets is in
//! the manuals of the [core](blazeio::manual::attacks), of the
//! [driver](blazeio_driver::manual::attacks), and for what is built here in [`attacks`].

#[doc = include_str!("attacks.md")]
pub mod attacks {}

#[doc = include_str!("pitfalls.md")]
pub mod pitfalls {}
