//! Forms, whole and however cut.

extern crate std;
use super::*;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

/// What a form says: each part's section and content, then how it ended.
type Told = (Vec<(String, Vec<u8>)>, Result<(), MultipartError>);

fn told(parts: &mut Multipart, pieces: &[&[u8]]) -> Told {
    let mut form: Vec<(String, Vec<u8>)> = Vec::new();
    let mut input = Vec::new();
    let mut open = false;
    for piece in pieces {
        input.extend_from_slice(piece);
        loop {
            let step = match parts.receive(&input) {
                Ok(step) => step,
                Err(error) => {
                    assert_eq!(parts.receive(&input), Err(error), "for good");
                    assert_eq!(parts.end(), Err(error));
                    return (form, Err(error));
                }
            };
            match step.event {
                MultipartEvent::Part(span) => {
                    assert!(!std::mem::replace(&mut open, true));
                    let section = span.section().on(&input).escape_ascii().to_string();
                    form.push((section, Vec::new()));
                }
                MultipartEvent::Content(span) => {
                    assert!(open && !span.on(&input).is_empty());
                    form.last_mut().unwrap().1.extend_from_slice(span.on(&input));
                }
                MultipartEvent::PartEnd => assert!(std::mem::replace(&mut open, false)),
                MultipartEvent::NeedInput => {}
            }
            input.drain(..step.consumed);
            if step.event == MultipartEvent::NeedInput {
                break;
            }
        }
    }
    (form, parts.end())
}

/// Whole, byte by byte, and split at every place: all say the same.
fn read_within(form: &[u8], limits: MultipartLimits) -> Told {
    let fresh = || Multipart::new(b"x-y", limits).unwrap();
    let whole = told(&mut fresh(), &[form]);
    let bytes: Vec<&[u8]> = form.chunks(1).collect();
    assert_eq!(told(&mut fresh(), &bytes), whole, "byte by byte");
    for at in 0..form.len() {
        assert_eq!(told(&mut fresh(), &[&form[..at], &form[at..]]), whole, "split at {at}");
    }
    whole
}

fn read(form: &str) -> Told {
    read_within(form.as_bytes(), MultipartLimits::DEFAULT)
}

fn good(form: &str) -> Vec<(String, Vec<u8>)> {
    let (parts, end) = read(form);
    assert_eq!(end, Ok(()), "{form:?}");
    parts
}

fn bad(form: &str) -> (MultipartErrorKind, u64) {
    let error = read(form).1.expect_err(form);
    (error.kind(), error.at())
}

const FIELD: &str = "Content-Disposition: form-data; name=\"a\"";

#[test]
fn parts_are_between_boundaries() {
    let form = format!("--x-y\r\n{FIELD}\r\n\r\none\r\n--x-y\r\n{FIELD}\r\n\r\n\r\n--x-y--\r\n");
    let section = FIELD.escape_default().to_string() + "\\r\\n\\r\\n";
    assert_eq!(good(&form), [(section.clone(), b"one".to_vec()), (section, Vec::new())]);
}

#[test]
fn every_form_of_an_empty_part() {
    for (form, sections) in [
        ("--x-y--", 0),
        ("\r\n--x-y--", 0),
        ("--x-y\r\n\r\n--x-y--", 1),
        ("--x-y\r\n\r\n\r\n--x-y--", 1),
        ("--x-y\r\na: b\r\n\r\n--x-y--", 1),
        ("--x-y \t\r\n\r\n\r\n--x-y\r\n\r\n\r\n--x-y-- \r\n", 2),
    ] {
        let parts = good(form);
        assert_eq!(parts.len(), sections, "{form:?}");
        assert!(parts.iter().all(|(_, content)| content.is_empty()));
    }
}

#[test]
fn content_that_looks_like_a_boundary_is_content() {
    for content in [
        "\r",
        "\n",
        "\r\n",
        "\r\n-",
        "\r\n--",
        "\r\n--x-",
        "\r\n--x-z",
        "--x-y",
        "\n--x-y",
        "\r--x-y",
        "\r\r\n--x-\r\n--x-",
        "\r\n\r\n--x",
        " --x-y--",
        "-",
        "--x-",
        "--x-z",
        "\0\u{ff}",
    ] {
        // `--x-y` at the very start of a content is a boundary: put something before it.
        let content =
            if content.starts_with("--x-y") { format!("a{content}") } else { content.into() };
        let form = format!("--x-y\r\n\r\n{content}\r\n--x-y--");
        assert_eq!(good(&form)[0].1, content.as_bytes(), "{content:?}");
    }
}

#[test]
fn mpart_a_line_that_begins_as_the_boundary_is_one_or_an_error() {
    for (form, at) in [
        ("--x-yz\r\n\r\n\r\n--x-y--", 5),
        ("--x-y\r\n\r\na\r\n--x-yz\r\n--x-y--", 17),
        ("--x-y\r\n\r\na\r\n--x-y-\r\n--x-y--", 17),
        ("--x-y\r\n\r\na\r\n--x-y -\r\n--x-y--", 18),
        ("--x-y\n\n\n--x-y--", 5),
        ("--x-y\r\r\n", 5),
    ] {
        assert_eq!(bad(form), (Kind::Boundary, at), "{form:?}");
    }
    let padded = |blanks: usize| format!("--x-y{}\r\n\r\n\r\n--x-y--", " ".repeat(blanks));
    assert_eq!(good(&padded(64)).len(), 1);
    assert_eq!(bad(&padded(65)).0, Kind::Boundary);
    assert_eq!(bad(&padded(200)).0, Kind::Boundary);
}

#[test]
fn mpart_nothing_stands_outside_unless_allowed() {
    for (form, kind) in [
        ("a\r\n--x-y--", Kind::Preamble),
        ("a--x-y--", Kind::Preamble),
        ("\n--x-y--", Kind::Preamble),
        ("\r\n\r\n--x-y--", Kind::Preamble),
        ("--x-y--a", Kind::Epilogue),
        ("--x-y---", Kind::Epilogue),
        ("--x-y--\r\na", Kind::Epilogue),
        ("--x-y--\r\n\r\n", Kind::Epilogue),
        ("--x-y--\r\r\n", Kind::Epilogue),
        ("--x-y--\n", Kind::Epilogue),
    ] {
        assert_eq!(bad(form).0, kind, "{form:?}");
    }
    let limits = |outside| MultipartLimits { outside, ..MultipartLimits::DEFAULT };
    let form = b"before\r\n--x-y\r\n\r\na\r\n--x-y--\r\nbehind";
    assert_eq!(read_within(form, limits(12)).1, Ok(()));
    assert_eq!(read_within(form, limits(12)).0[0].1, b"a");
    assert_eq!(read_within(form, limits(11)).1.unwrap_err().kind(), Kind::Epilogue);
    assert_eq!(read_within(form, limits(5)).1.unwrap_err().kind(), Kind::Preamble);
}

#[test]
fn mpart_floods_end_at_their_limit() {
    let limits = MultipartLimits { parts: 2, fields: 2, field_bytes: 30, outside: 0 };
    let kind = |form: &str| read_within(form.as_bytes(), limits).1.map_err(|error| error.kind());
    let part = "\r\na: b\r\n\r\n\r\n--x-y";
    assert_eq!(kind(&format!("--x-y{part}{part}--")), Ok(()));
    assert_eq!(kind(&format!("--x-y{part}{part}{part}--")), Err(Kind::TooManyParts));
    assert_eq!(kind("--x-y\r\na: b\r\nc: d\r\n\r\n\r\n--x-y--"), Ok(()));
    assert_eq!(kind("--x-y\r\na: b\r\nc: d\r\ne: f\r\n\r\n\r\n--x-y--"), Err(Kind::TooManyFields));
    let long = |len: usize| format!("--x-y\r\na: {}\r\n\r\n\r\n--x-y--", "b".repeat(len - 7));
    assert_eq!(kind(&long(30)), Ok(()));
    assert_eq!(kind(&long(31)), Err(Kind::FieldsTooLarge));
    assert_eq!(kind(&long(300)), Err(Kind::FieldsTooLarge));
    assert_eq!(MultipartError::new(Kind::FieldsTooLarge, 3).status(), 413);
}

#[test]
fn mpart_a_malformed_field_section_is_refused() {
    for section in
        ["a b: c", ": c", " a: b", "a: b\r\n c", "a", "a : b", "a: \0", "a: b\nc: d", "a:\rb"]
    {
        let form = format!("--x-y\r\n{section}\r\n\r\nz\r\n--x-y--");
        assert_eq!(bad(&form).0, Kind::FieldLine, "{section:?}");
    }
}

#[test]
fn mpart_an_end_before_the_last_boundary_is_an_error() {
    let form = "--x-y\r\na: b\r\n\r\ncontent\r\n--x-y--";
    for len in 0..form.len() {
        assert_eq!(bad(&form[..len]), (Kind::Incomplete, bad(&form[..len]).1), "{len} bytes");
    }
}

#[test]
fn mpart_a_boundary_is_seventy_characters_at_most() {
    let new = |boundary: &str| Multipart::new(boundary.as_bytes(), MultipartLimits::DEFAULT);
    assert!(new(&"b".repeat(70)).is_ok() && new("a'()+_,-./:=? b").is_ok());
    for bad in ["", "a ", "a\"b", "a\r\n", "é", &"b".repeat(71)] {
        assert!(new(bad).is_err(), "{bad:?}");
    }
    let of = |text: &str| Multipart::of_type(text.as_bytes(), MultipartLimits::DEFAULT);
    assert!(of("Multipart/form-data; boundary=\"a b\"").is_ok());
    for bad in [
        "text/plain; boundary=a",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=a; boundary=a",
        "multipart/form-data; boundary=a{",
        "multipart/form-data; boundary=a, b",
    ] {
        assert!(of(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_part_tells_its_name_its_file_and_its_type() {
    let section =
        b"Content-Type: a/b\r\nCONTENT-DISPOSITION: form-data; name=n; filename=\"f\"\r\n\r\n";
    let part = Part::from_section(section);
    assert!(part.name().unwrap().unwrap().eq(*b"n"));
    assert!(part.filename().unwrap().unwrap().eq(*b"f"));
    assert_eq!(part.content_type(), Some(&b"a/b"[..]));
    let twice =
        b"Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b\r\n\r\n";
    assert_eq!(Part::from_section(twice).name().unwrap_err().kind, InvalidKind::Duplicate);
    assert!(Part::from_section(b"\r\n").name().unwrap().is_none());
}

#[test]
fn a_reader_is_small() {
    assert!(size_of::<Multipart>() <= 152, "{}", size_of::<Multipart>());
}
