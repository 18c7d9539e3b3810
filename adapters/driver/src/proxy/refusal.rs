//! A proxy's answer to CONNECT that opens no tunnel.
//!
//! Decides how it reads, in one line and escaped (LOG).

use blazeio::{ResponseHead, ResponseSpan, reason_phrase};
use std::{error, fmt, io};

/// The answer of a proxy that opens no tunnel: 407 without credentials that it takes, 403 for
/// an origin that it does not allow, 502 or 504 where it did not get through, say. Its content
/// is not read.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub(super) bytes: Box<[u8]>,
    pub(super) span: ResponseSpan,
}

impl Refusal {
    /// The refusal that an error of connecting holds, if it is one.
    ///
    /// ```
    /// # async fn f(connector: blazeio_driver::Connector) {
    /// use blazeio_driver::proxy::Refusal;
    ///
    /// match connector.connect_to("proxy.example", 3128).await {
    ///     Ok(_) => {}
    ///     Err(error) => match Refusal::of(&error) {
    ///         Some(refusal) if refusal.status() == 407 => println!("credentials are needed"),
    ///         _ => println!("{error}"),
    ///     },
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }

    /// Its status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.span.status()
    }

    /// Its head: Proxy-Authenticate may stand there, Retry-After, Proxy-Status.
    #[must_use]
    pub fn head(&self) -> ResponseHead<'_> {
        self.span.on(&self.bytes)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = self.head();
        write!(f, "the proxy opens no tunnel: {}", head.status())?;
        match (head.reason(), reason_phrase(head.status())) {
            ([], "") => Ok(()),
            ([], phrase) => write!(f, " {phrase}"),
            (reason, _) => write!(f, " {}", reason.escape_ascii()),
        }
    }
}

impl error::Error for Refusal {}

impl From<Refusal> for io::Error {
    fn from(refusal: Refusal) -> Self {
        Self::new(io::ErrorKind::ConnectionRefused, refusal)
    }
}
