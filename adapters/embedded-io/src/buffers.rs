//! The memory of a connection: three slices of the caller's.
//!
//! Decides what each is for, and how small it may be. Refuses nothing: what has no room is
//! refused where it comes up.

/// What a connection keeps bytes in.
///
/// | slice | holds | at least |
/// |---|---|---|
/// | `input` | a message's head; on a server behind it, on a client instead of it, content and the trailer section | the largest head, and behind it the largest trailer section, or one byte of content |
/// | `landing` | what the transport reads into | 1 byte; 64 and more is sensible |
/// | `output` | what is to be sent | the largest head that is sent; twice the head of a 405 with its Allow |
///
/// A server answers a head that has no room with 431 or 414, one that leaves no room for the
/// content that is due with 431, and a trailer section that has none with 431, unless the response
/// was begun. A trailer section ends with an empty line, so chunked content needs two bytes. A head
/// to be sent that has no room is [`Usage`](crate::Error::Usage); where the server answers by
/// itself, 500.
///
/// Content passes through in pieces of the room that is left, so a message may be of any length.
#[derive(Debug)]
pub struct Buffers<'b> {
    /// A head, and what comes behind it.
    pub input: &'b mut [u8],
    /// What the transport reads into while `input` is looked at.
    pub landing: &'b mut [u8],
    /// What waits to be sent.
    pub output: &'b mut [u8],
}
