//! The media type of a file, by its name.
//!
//! Decides that text is UTF-8. An unknown extension is `application/octet-stream`; nothing is
//! guessed from content, and `nosniff` asks the client not to, either.

use std::borrow::Cow;

/// The media type of the file `name`.
pub(super) fn media_type(name: &str) -> Cow<'static, str> {
    let file = name.rsplit('/').next().unwrap_or(name);
    match mime_guess::from_path(file).first_raw() {
        // RFC 9239 §6: it is called so no more.
        Some("application/javascript") => Cow::Borrowed("text/javascript; charset=utf-8"),
        Some(text) if text.starts_with("text/") => Cow::Owned(format!("{text}; charset=utf-8")),
        Some(other) => Cow::Borrowed(other),
        None => Cow::Borrowed("application/octet-stream"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_go_by_the_last_extension() {
        for (name, expected) in [
            ("a/index.html", "text/html; charset=utf-8"),
            ("a.HTM", "text/html; charset=utf-8"),
            ("a.css", "text/css; charset=utf-8"),
            ("a.js", "text/javascript; charset=utf-8"),
            ("a.mjs", "text/javascript; charset=utf-8"),
            ("a.txt", "text/plain; charset=utf-8"),
            ("a.json", "application/json"),
            ("a.wasm", "application/wasm"),
            ("a.svg", "image/svg+xml"),
            ("a.png", "image/png"),
            ("a.tar.gz", "application/gzip"),
            ("a.unheard-of", "application/octet-stream"),
            ("README", "application/octet-stream"),
            ("a.html/b", "application/octet-stream"),
        ] {
            assert_eq!(media_type(name), expected, "{name}");
        }
    }
}
