//! What a message says: method, status, version, head, date (RFC 9110).
//!
//! Decides how heads look to the caller, received ([`RequestHead`], [`ResponseHead`]) and
//! to be sent ([`Request`], [`Response`]). Refuses nothing: what is received was checked
//! by `syntax` and `transfer`, what is sent is checked by `connection`.

mod date;
mod date_parse;
mod field;
mod length;
mod method;
mod request;
mod response;
mod span;
mod status;
mod version;

pub use date::Date;
pub(crate) use date_parse::unix_seconds;
pub use field::{Field, Fields};
pub use length::{Content, Length};
pub use method::Method;
pub use request::{Request, RequestHead, RequestSpan};
pub(crate) use request::{RequestFlags, is_offer};
pub(crate) use response::ResponseFlags;
pub use response::{Response, ResponseHead, ResponseSpan};
pub use span::{FieldsSpan, Span};
pub use status::reason_phrase;
pub use version::Version;
