//! Rules over messages that every web program needs, and no connection: pure functions and
//! iterators from bytes to borrowed text and back.
//!
//! Decides nothing about a connection, and knows none: only messages. What waits, allocates,
//! spawns or opens something is built from these rules elsewhere. Refuses by returning what was
//! wrong; nothing here panics, whatever the bytes, and all work is linear in them.
//!
//! | module | rule | source |
//! |---|---|---|
//! | [`condition`] | what an `If-…` field asks for, and entity tags | RFC 9110 §8.8, §13 |
//! | [`disposition`] | file names and names of form fields | RFC 6266, RFC 7578, RFC 8187 |
//! | [`forwarded`] | whom a request came from, as proxies have it | RFC 7239 |
//! | [`media_type`] | `type/subtype; name=value` | RFC 9110 §8.3.1 |
//! | [`multipart`] | the parts of a form, as they come in | RFC 2046 §5.1, RFC 7578 |
//! | [`negotiate`] | which of several a client likes best | RFC 9110 §12 |
//! | [`parameter`] | `; name=value` | RFC 9110 §5.6.6 |
//! | [`percent`] | `%41` and back | RFC 3986 §2.1, WHATWG URL §1.3 |
//! | [`range`] | which bytes of a content are asked for | RFC 9110 §14 |
//! | [`relay`] | what a relay passes on, and what it says of itself | RFC 9110 §7.6 |
//! | [`route`] | which of several patterns a path and a method belong to | RFC 9110 §9.1, §15.5.6 |
//! | [`segment`] | which segment of a path may be a file's name | threat PATH |
//! | [`urlencoded`] | `a=1&b=2`, of queries and forms | WHATWG URL §5 |

pub mod condition;
pub mod disposition;
pub mod forwarded;
mod invalid;
mod ip;
mod list;
pub mod media_type;
pub mod multipart;
pub mod negotiate;
pub mod parameter;
pub mod percent;
pub mod range;
pub mod relay;
pub mod route;
pub mod segment;
pub mod urlencoded;

pub use invalid::{Invalid, InvalidKind};
