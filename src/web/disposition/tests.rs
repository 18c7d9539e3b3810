//! Dispositions as they come, and as they are written.

extern crate std;
use super::*;
use std::string::{String, ToString};

fn text_of(bytes: impl Iterator<Item = u8>) -> String {
    String::from_utf8(bytes.collect()).unwrap()
}

fn filename(text: &str) -> Option<String> {
    Disposition::parse(text.as_bytes()).unwrap().filename().unwrap().map(text_of)
}

#[test]
fn a_form_decodes_what_browsers_encode_and_no_more() {
    let field = br#"form-data; name="a%22b%0D%0ac%41%"; filename="\"x\\y\z".txt"#;
    assert!(Disposition::parse(field).is_err(), "the quoted string ends before .txt");
    let field = br#"form-data; name="a%22b%0D%0ac%41%"; filename="\"x\\y\z""#;
    let field = Disposition::parse(field).unwrap();
    assert_eq!(text_of(field.name().unwrap().unwrap()), "a\"b\r\nc%41%");
    assert_eq!(text_of(field.filename().unwrap().unwrap()), "\"x\\y\\z");
    assert_eq!(filename("form-data; name=a; filename*=UTF-8''b"), None);
}

#[test]
fn the_extended_name_comes_first() {
    let both = "attachment; filename=\"EUR.txt\"; filename*=utf-8'en'%e2%82%ac.txt";
    assert_eq!(filename(both).unwrap(), "€.txt");
    assert_eq!(filename("attachment; filename*=ISO-8859-1''%e9a").unwrap(), "éa");
    assert_eq!(filename(r#"attachment; filename="a\"b""#).unwrap(), "a\"b");
    assert_eq!(filename("inline"), None);
    let four = "attachment; filename*=utf-8''%f0%9f%92%a1%41";
    assert_eq!(filename(four).unwrap(), "\u{1f4a1}A");
    let tagged = "attachment; filename*=UTF-8'de-Latn-CH-1996'a";
    assert_eq!(filename(tagged).unwrap(), "a");
}

#[test]
fn an_extended_name_that_cannot_be_decoded_is_passed_over() {
    for bad in [
        "utf-8'a",
        "utf-16''a",
        "utf-8''%zz",
        "utf-8''%4",
        "utf-8''a'b",
        "utf-8''a*b",
        "''a",
        "a",
        "utf-8'e_n'a",
        "utf-8'1en'a",
        "utf-8'en-'a",
        "utf-8'abcdefghi'a",
        "utf-8''%ff",
        "utf-8''%c3",
        "utf-8''%c3a",
        "utf-8''%c0%80",
        "utf-8''%ed%a0%80",
        "utf-8''a%80",
        // Quoted it is no extended value.
        "\"utf-8''a\"",
        "\"\"",
    ] {
        let alone = std::format!("attachment; filename*={bad}");
        assert_eq!(filename(&alone), None, "{bad}");
        for both in [alone.clone() + "; filename=b", alone.replace(';', "; filename=b;")] {
            assert_eq!(filename(&both).unwrap(), "b", "{both}");
        }
    }
    assert!(Disposition::parse(b"attachment; filename*=utf-8''a b").is_err());
    assert!(Disposition::parse(b"attachment; filename*=utf-8''a/b").is_err());
}

#[test]
fn the_examples_of_rfc_6266_5_are_read() {
    for (text, name) in [
        ("Attachment; filename=example.html", "example.html"),
        ("INLINE; FILENAME= \"an example.html\"", "an example.html"),
        ("attachment; filename*= UTF-8''%e2%82%ac%20rates", "€ rates"),
        ("attachment; filename=\"EURO rates\"; filename*=utf-8''%e2%82%ac%20rates", "€ rates"),
        ("attachment ; filename \t=\ta ; x = \"\"", "a"),
    ] {
        assert_eq!(filename(text).unwrap(), name, "{text}");
    }
    for bad in ["attachment; filename= ", "attachment; filename =;", "attachment; =a", "a;b c=d"] {
        assert!(Disposition::parse(bad.as_bytes()).is_err(), "{bad}");
    }
}

#[test]
fn mpart_a_path_becomes_its_last_name_and_what_is_no_name_none() {
    let mut out = [0; 64];
    for (name, base) in [
        ("a.txt", Some("a.txt")),
        ("../../etc/passwd", Some("passwd")),
        (r"C:\temp\ü b.txt", Some("ü b.txt")),
        ("a/..", None),
        ("..", None),
        ("", None),
        ("dir/", None),
        (".bashrc", None),
        ("a.", None),
        ("a ", None),
        ("a:stream", None),
        ("a%00b", Some("a%00b")),
        ("CON", None),
        ("nul.txt", None),
        ("Com1.tar.gz", None),
        ("console", Some("console")),
        ("a/GIT~1", None),
        ("\u{200c}.git", None),
    ] {
        let text =
            std::format!("attachment; filename*=utf-8''{}", Encode::new(name, Set::ATTRIBUTE));
        let name = Disposition::parse(text.as_bytes()).unwrap().filename().unwrap().unwrap();
        assert_eq!(name.base(&mut out), base, "{text}");
    }
    let odd = Disposition::parse(b"attachment; filename*=utf-8''a%00b").unwrap();
    assert_eq!(odd.filename().unwrap().unwrap().base(&mut out), None);
    assert_eq!(odd.filename().unwrap().unwrap().base(&mut out[..2]), None);
    for (len, is_name) in [(255, true), (256, false)] {
        let text = std::format!("attachment; filename=\"d/{}\"", "n".repeat(len));
        let name = Disposition::parse(text.as_bytes()).unwrap().filename().unwrap().unwrap();
        assert_eq!(name.base(&mut [0; 300]).is_some(), is_name, "{len}");
    }
    let broken = Disposition::parse(b"attachment; filename=\"\xff\"").unwrap();
    assert_eq!(broken.filename().unwrap().unwrap().base(&mut out), None);
}

#[test]
fn mpart_two_names_are_none() {
    let twice = Disposition::parse(b"form-data; name=a; name=b; filename=c; filename=d").unwrap();
    assert!(twice.name().is_err() && twice.filename().is_err());
    assert!(Disposition::parse(b"").is_err() && Disposition::parse(b"form-data name=a").is_err());
}

#[test]
fn what_is_written_reads_back() {
    for name in ["a.txt", "naïve €.txt", "a\"b\\c%41.txt", "line\r\nbreak", "", "'"] {
        let value = Attachment(name).to_string();
        assert!(crate::syntax::token::is_field_value(value.as_bytes()), "{value}");
        assert_eq!(filename(&value).unwrap(), name);
    }
    assert_eq!(Attachment("a b.txt").to_string(), "attachment; filename=\"a b.txt\"");
}
