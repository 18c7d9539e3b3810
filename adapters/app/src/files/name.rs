//! The path of a request, as the name of something below the root (PATH).
//!
//! Decides what each segment is by [`blazeio::web::segment`], decoded once. Refuses the whole for
//! one bad segment: hidden ones, `..`, encoded slashes, NUL, backslashes, devices of Windows,
//! empty ones but at the end, where it means a folder.

use blazeio::web::segment::file_name;

/// A name below the root.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Name {
    /// Segments, decoded, with `/` between them; none is the root.
    text: String,
    /// Whether a slash is at the end.
    pub(super) is_folder: bool,
}

impl Name {
    /// Reads a path as it was sent, without its first slash.
    pub(super) fn parse(path: &[u8]) -> Option<Self> {
        let (path, is_folder) = match path {
            [] => return Some(Self { text: String::new(), is_folder: true }),
            [path @ .., b'/'] => (path, true),
            path => (path, false),
        };
        let mut text = String::with_capacity(path.len());
        let mut room = vec![0; path.len()];
        for segment in path.split(|&byte| byte == b'/') {
            if !text.is_empty() {
                text.push('/');
            }
            text.push_str(file_name(segment, &mut room)?);
        }
        Some(Self { text, is_folder })
    }

    /// A file in the root.
    pub(super) fn in_root(file: &str) -> Self {
        Self { text: file.to_owned(), is_folder: false }
    }

    /// This, or within it the file that stands for a folder.
    pub(super) fn file<'a>(&'a self, index: Option<&str>) -> Option<std::borrow::Cow<'a, str>> {
        match (self.is_folder, self.text.as_str()) {
            (false, text) => Some(text.into()),
            (true, "") => index.map(|index| index.to_owned().into()),
            (true, text) => index.map(|index| format!("{text}/{index}").into()),
        }
    }

    /// Segments, decoded, with `/` between them.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the last segment has an extension.
    pub(super) fn has_extension(&self) -> bool {
        self.text.rsplit('/').next().is_some_and(|last| last.contains('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_one_bad_segment_refuses_the_whole() {
        for refused in [
            "/",
            "//",
            "a//b",
            "a//",
            "/etc/passwd",
            "..",
            "../a",
            "a/../b",
            "a/..",
            "./a",
            ".git/config",
            "%2e%2e/a",
            "a%2fb",
            "a%5cb",
            "a\\b",
            "a%00",
            "a%00.txt",
            "C:/a",
            "con",
            "a/NUL.txt/b",
            "a/.b",
            "a./b",
            "a%20/b",
            "%ff",
            "..%2f..%2fetc",
            "a/%2e",
        ] {
            assert_eq!(Name::parse(refused.as_bytes()), None, "{refused}");
        }
    }

    /// Every text of six characters of those that paths are made of.
    #[test]
    fn path_no_text_is_a_name_that_leads_out() {
        const LETTERS: &[u8] = b"./\\%2efc5a";
        let (mut names, mut text) = (0u32, [0; 6]);
        for number in 0..LETTERS.len().pow(6) {
            let mut rest = number;
            for byte in &mut text {
                *byte = LETTERS[rest % LETTERS.len()];
                rest /= LETTERS.len();
            }
            let Some(name) = Name::parse(&text) else { continue };
            names += 1;
            let segments: Vec<_> = name.as_str().split('/').collect();
            let path = std::path::Path::new(name.as_str());
            let parts: Vec<_> = path.components().map(|part| part.as_os_str()).collect();
            assert_eq!(parts, segments, "{}", name.as_str());
            for segment in segments {
                assert!(!segment.starts_with('.') && !segment.contains('\\'), "{segment}");
            }
        }
        assert!(names > 100_000, "{names}");
    }

    #[test]
    fn a_slash_at_the_end_is_a_folder() {
        for (path, text, is_folder, file) in [
            ("", "", true, "index.html"),
            ("a", "a", false, "a"),
            ("a/", "a", true, "a/index.html"),
            ("a/b%20c", "a/b c", false, "a/b c"),
            (".well-known/x/", ".well-known/x", true, ".well-known/x/index.html"),
            ("%2541", "%41", false, "%41"),
        ] {
            let name = Name::parse(path.as_bytes()).unwrap();
            assert_eq!((name.as_str(), name.is_folder), (text, is_folder), "{path}");
            assert_eq!(name.file(Some("index.html")).unwrap(), file, "{path}");
            assert_eq!(name.file(None).is_none(), is_folder, "{path}");
        }
    }
}
