//! A request's head, as the crate `http` has it.
//!
//! Decides what the service sees: the target in the form in which it came, every field line in
//! order, Host already that of an absolute target (TGT). Refuses a target with bytes that no URI
//! holds: the core takes those that browsers send, the crate `http` has no place for some of them.

use blazeio::{Fields, RequestHead, Version};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

/// The head, or nothing where it cannot be said: answer 400.
pub(super) fn head(request: &RequestHead<'_>) -> Option<http::request::Parts> {
    let (mut parts, ()) = http::Request::new(()).into_parts();
    parts.method = Method::from_bytes(request.method().as_bytes()).ok()?;
    parts.uri = Uri::try_from(request.raw_target()).ok()?;
    parts.version = match request.version() {
        Version::Http10 => http::Version::HTTP_10,
        Version::Http11 => http::Version::HTTP_11,
    };
    parts.headers = headers(request.fields())?;
    Some(parts)
}

/// A field section. All values lie in one piece of memory.
pub(super) fn headers(fields: Fields<'_>) -> Option<HeaderMap> {
    let (count, bytes) =
        fields.fold((0, 0), |(count, bytes), field| (count + 1, bytes + field.value.len()));
    let mut values = BytesMut::with_capacity(bytes);
    fields.for_each(|field| values.extend_from_slice(field.value));
    let mut values: Bytes = values.freeze();
    let mut headers = HeaderMap::try_with_capacity(count).ok()?;
    for field in fields {
        let name = HeaderName::from_bytes(field.name).ok()?;
        let value = HeaderValue::from_maybe_shared(values.split_to(field.value.len())).ok()?;
        headers.try_append(name, value).ok()?;
    }
    Some(headers)
}
