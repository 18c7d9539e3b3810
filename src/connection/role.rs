//! The two roles.
//!
//! Decides nothing; a role is a type, so that a client cannot send a response.

/// A server: requests in, responses out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Server {}

/// A client: requests out, responses in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Client {}

/// [`Server`] or [`Client`]; nothing else can be one.
pub trait Role: sealed::Sealed + Copy {
    /// Whether the role is [`Server`].
    const IS_SERVER: bool;
}

impl Role for Server {
    const IS_SERVER: bool = true;
}

impl Role for Client {
    const IS_SERVER: bool = false;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Server {}
    impl Sealed for super::Client {}
}
