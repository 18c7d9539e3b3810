//! The page that shows what is in a folder.
//!
//! Decides how names become text and references: escaped, so that a name is never markup and never
//! leads elsewhere. It shows only what could be asked for.

use blazeio::web::percent::{Encode, Set};
use std::fmt::Write as _;

/// A name, as a segment of a path.
pub(super) fn reference(name: &str) -> String {
    Encode::new(name, Set::SEGMENT).to_string()
}

/// The page. Folders have a slash at the end of their names.
pub(super) fn page(names: &[String], has_parent: bool) -> String {
    let mut page = String::from(
        "<!doctype html>\n<html><head><meta charset=\"utf-8\"><title>Files</title></head>\n<body><ul>\n",
    );
    if has_parent {
        page.push_str("<li><a href=\"../\">../</a></li>\n");
    }
    for name in names {
        let (plain, slash) = match name.strip_suffix('/') {
            Some(plain) => (plain, "/"),
            None => (name.as_str(), ""),
        };
        // `./`, lest a colon make a scheme of it.
        let _ = write!(page, "<li><a href=\"./");
        escape(&reference(plain), &mut page);
        let _ = write!(page, "{slash}\">");
        escape(name, &mut page);
        page.push_str("</a></li>\n");
    }
    page.push_str("</ul></body></html>\n");
    page
}

/// Text that is no markup, within quotes neither.
fn escape(text: &str, page: &mut String) {
    for c in text.chars() {
        match c {
            '&' => page.push_str("&amp;"),
            '<' => page.push_str("&lt;"),
            '>' => page.push_str("&gt;"),
            '"' => page.push_str("&quot;"),
            '\'' => page.push_str("&#39;"),
            c => page.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_a_name_is_never_markup_and_leads_nowhere_else() {
        let names = ["<script>\"&'.txt", "javascript:alert(1)", "a b#c?d", "x/"].map(String::from);
        let page = page(&names, true);
        for line in [
            r#"<li><a href="../">../</a></li>"#,
            r#"<li><a href="./%3Cscript%3E%22&amp;&#39;.txt">&lt;script&gt;&quot;&amp;&#39;.txt</a></li>"#,
            r#"<li><a href="./javascript:alert(1)">javascript:alert(1)</a></li>"#,
            r#"<li><a href="./a%20b%23c%3Fd">a b#c?d</a></li>"#,
            r#"<li><a href="./x/">x/</a></li>"#,
        ] {
            assert!(page.lines().any(|own| own == line), "{line} is not in {page}");
        }
    }
}
