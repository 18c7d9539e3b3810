//! The manual: why the driver is as it is, and what each known attack meets.
//!
//! Decides nothing; it holds what belongs to no single file. For readers who integrate,
//! review or change the driver. What is HTTP is in the core's own [manual](blazeio::manual).

#[doc = include_str!("driving.md")]
pub mod driving {}

#[doc = include_str!("attacks.md")]
pub mod attacks {}

#[doc = include_str!("proxies.md")]
pub mod proxies {}
