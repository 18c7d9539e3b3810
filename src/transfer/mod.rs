//! Where a message ends: RFC 9112 §6 and §7.
//!
//! [`length`] makes the one framing decision, from what the field lines declare and what
//! kind of message it is. [`chunked`] decodes the chunked coding, [`chunk`] frames
//! chunks to be sent. Refuses every
//! declaration on which two recipients could disagree.

pub(crate) mod chunk;
pub(crate) mod chunked;
pub(crate) mod length;
pub(crate) mod trailer;
