//! What handlers may return: values that mean a reply.
//!
//! Decides what each means: a text is content in plain UTF-8, nothing is 204, `None` is 404, an error
//! is its [`Abort`].

use crate::abort::Abort;
use crate::reply::Reply;
use bytes::Bytes;

/// What can be returned by a handler.
pub trait IntoReply: Send {
    /// The reply that it means.
    fn into_reply(self) -> Reply;
}

impl IntoReply for Reply {
    fn into_reply(self) -> Reply {
        self
    }
}

/// The handler has answered; else 204.
impl IntoReply for () {
    fn into_reply(self) -> Reply {
        Reply::answered()
    }
}

/// A text.
impl IntoReply for &'static str {
    fn into_reply(self) -> Reply {
        Reply::new(200).text(self)
    }
}

/// A text.
impl IntoReply for String {
    fn into_reply(self) -> Reply {
        Reply::new(200).text(self)
    }
}

/// Bytes of no known type.
impl IntoReply for Vec<u8> {
    fn into_reply(self) -> Reply {
        Reply::new(200).bytes(self)
    }
}

/// Bytes of no known type.
impl IntoReply for Bytes {
    fn into_reply(self) -> Reply {
        Reply::new(200).bytes(self)
    }
}

/// 404 where there is none.
impl<T: IntoReply> IntoReply for Option<T> {
    fn into_reply(self) -> Reply {
        self.map_or_else(|| Abort::new(404).into_reply(), IntoReply::into_reply)
    }
}

impl<T: IntoReply, E: Into<Abort> + Send> IntoReply for Result<T, E> {
    fn into_reply(self) -> Reply {
        match self {
            Ok(value) => value.into_reply(),
            Err(error) => error.into().into_reply(),
        }
    }
}

/// Another status.
impl<T: IntoReply> IntoReply for (u16, T) {
    fn into_reply(self) -> Reply {
        self.1.into_reply().with_status(self.0)
    }
}

/// A value, as JSON.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(
    /// The value.
    pub T,
);

impl<T: serde::Serialize + Send> IntoReply for Json<T> {
    fn into_reply(self) -> Reply {
        Reply::new(200).json(&self.0)
    }
}
