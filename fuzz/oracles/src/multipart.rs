//! Forms: as a naive reader of the whole finds them, and the same however they are cut.

use blazeio::web::multipart::{
    Multipart, MultipartError, MultipartErrorKind as Kind, MultipartEvent, MultipartLimits, Part,
};

/// What a form says: each part's field section and content.
type Parts = Vec<(Vec<u8>, Vec<u8>)>;

const BOUNDARIES: [&str; 4] = ["x", "-", "--x", "a'()+_,-./:=? b"];

/// The first byte chooses the boundary and the limits, the second how the rest is cut.
pub fn run(data: &[u8]) {
    let Some((&[choice, cut], form)) = data.split_first_chunk() else { return };
    let boundary = BOUNDARIES[usize::from(choice) % BOUNDARIES.len()];
    let limits = match choice >> 2 & 3 {
        0 => MultipartLimits { parts: 3, fields: 2, field_bytes: 40, outside: 3 },
        1 => MultipartLimits { outside: 64, ..MultipartLimits::DEFAULT },
        _ => MultipartLimits::DEFAULT,
    };
    let whole = read(boundary, limits, form, form.len().max(1));
    for size in [1, usize::from(cut) % 32 + 2] {
        let pieces = read(boundary, limits, form, size);
        assert_eq!(pieces, whole, "in pieces of {size}: {}", form.escape_ascii());
    }
    let naive = naive(boundary, limits, form);
    let (parts, end) = whole;
    assert_eq!(parts, naive.0, "{}", form.escape_ascii());
    assert_eq!(end.map_err(|error| error.kind()), naive.1, "{}", form.escape_ascii());
    for (section, _) in &parts {
        let part = Part::from_section(section);
        let _ = (part.name().map(|n| n.map(Iterator::count)), part.content_type());
        let _ = part.filename().map(|n| n.map(Iterator::count));
    }
}

/// Through the core, in pieces.
fn read(
    boundary: &str,
    limits: MultipartLimits,
    form: &[u8],
    size: usize,
) -> (Parts, Result<(), MultipartError>) {
    let mut reader = Multipart::new(boundary.as_bytes(), limits).expect("a boundary");
    let mut parts = Parts::new();
    let (mut start, mut end, mut is_open) = (0, 0, false);
    loop {
        let input = &form[start..end];
        let step = match reader.receive(input) {
            Ok(step) => step,
            Err(error) => {
                assert!(error.at() <= end as u64, "{error}");
                assert_eq!(reader.receive(b"--x"), Err(error), "for good");
                return (parts, Err(error));
            }
        };
        assert!(step.consumed <= input.len());
        match step.event {
            MultipartEvent::Part(span) => {
                assert!(!is_open);
                is_open = true;
                parts.push((span.section().on(input).to_vec(), Vec::new()));
            }
            MultipartEvent::Content(span) => {
                assert!(is_open && !span.on(input).is_empty());
                parts.last_mut().expect("a part").1.extend_from_slice(span.on(input));
            }
            MultipartEvent::PartEnd => {
                assert!(is_open);
                is_open = false;
            }
            MultipartEvent::NeedInput if end == form.len() => return (parts, reader.end()),
            MultipartEvent::NeedInput => end = form.len().min(end + size),
        }
        start += step.consumed;
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// RFC 2046 §5.1.1 read from a whole content.
fn naive(boundary: &str, limits: MultipartLimits, form: &[u8]) -> (Parts, Result<(), Kind>) {
    let mut parts = Parts::new();
    let end = naive_parts(boundary, limits, form, &mut parts);
    (parts, end)
}

fn naive_parts(
    boundary: &str,
    limits: MultipartLimits,
    form: &[u8],
    parts: &mut Parts,
) -> Result<(), Kind> {
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    // As if a CRLF came before: then every boundary is a delimiter.
    let padded = [b"\r\n", form].concat();
    let has_crlf = !padded.starts_with(&delimiter);
    let searched = if has_crlf { form } else { &padded[..] };
    let Some(at) = find(searched, &delimiter) else {
        let kept = held_back(form, &delimiter, has_crlf);
        let is_flood = form.len() - kept > limits.outside as usize;
        return Err(if is_flood { Kind::Preamble } else { Kind::Incomplete });
    };
    if at > limits.outside as usize {
        return Err(Kind::Preamble);
    }
    let mut rest = &searched[at + delimiter.len()..];
    let outside = limits.outside as usize - at;
    while !rest.starts_with(b"--") {
        rest = line_end(rest)?;
        if parts.len() == limits.parts as usize {
            return Err(Kind::TooManyParts);
        }
        let (section, content) = split_section(rest, limits)?;
        // The empty line's CRLF may be the delimiter's.
        let from = rest.len() - content.len() - 2;
        parts.push((section.to_vec(), Vec::new()));
        let last = &mut parts.last_mut().expect("just pushed").1;
        match find(&rest[from..], &delimiter) {
            Some(at) => {
                last.extend_from_slice(rest[from..from + at].get(2..).unwrap_or_default());
                rest = &rest[from + at + delimiter.len()..];
            }
            None => {
                let kept = held_back(content, &delimiter, false);
                last.extend_from_slice(&content[..content.len() - kept]);
                return Err(Kind::Incomplete);
            }
        }
    }
    epilogue(&rest[2..], outside)
}

/// How many of the last bytes might have become a delimiter.
fn held_back(bytes: &[u8], delimiter: &[u8], is_later: bool) -> usize {
    let is_begun = |len: &usize| bytes.ends_with(&delimiter[..*len]);
    let begun = (1..delimiter.len()).rev().find(|len| *len <= bytes.len() && is_begun(len));
    // At the very start the CRLF may be missing.
    let is_start = delimiter[2..].starts_with(bytes);
    let _ = is_later;
    if is_start { bytes.len() } else { begun.unwrap_or(0) }
}

/// Up to 64 blanks and CRLF.
fn line_end(rest: &[u8]) -> Result<&[u8], Kind> {
    let blanks = rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    match &rest[blanks..] {
        _ if blanks > 64 => Err(Kind::Boundary),
        [b'\r', b'\n', tail @ ..] => Ok(tail),
        [] | [b'\r'] => Err(Kind::Incomplete),
        [b'-'] if blanks == 0 => Err(Kind::Incomplete),
        _ => Err(Kind::Boundary),
    }
}

/// The field section with its empty line, and what follows.
fn split_section(rest: &[u8], limits: MultipartLimits) -> Result<(&[u8], &[u8]), Kind> {
    let most = limits.field_bytes as usize;
    let len = match (rest.starts_with(b"\r\n"), find(rest, b"\r\n\r\n")) {
        (true, _) => 2,
        (false, Some(at)) if at + 4 <= most => at + 4,
        (false, None) if rest.len() < most => return Err(Kind::Incomplete),
        (false, _) => return Err(Kind::FieldsTooLarge),
    };
    let (section, content) = rest.split_at(len);
    let lines: Vec<_> = section[..len - 2].split_inclusive(|&b| b == b'\n').collect();
    if lines.len() > usize::from(limits.fields) {
        return Err(Kind::TooManyFields);
    }
    if !lines.iter().all(|line| is_field_line(line)) {
        return Err(Kind::FieldLine);
    }
    Ok((section, content))
}

/// RFC 9112 §5: `field-name ":" OWS field-value OWS`, and CRLF.
fn is_field_line(line: &[u8]) -> bool {
    let Some(line) = line.strip_suffix(b"\r\n") else { return false };
    let Some(colon) = line.iter().position(|&b| b == b':') else { return false };
    let is_tchar = |b: &u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(b);
    let is_value = |b: &u8| *b == b'\t' || (*b >= b' ' && *b != 0x7f);
    colon > 0 && line[..colon].iter().all(is_tchar) && line[colon + 1..].iter().all(is_value)
}

/// Up to 64 blanks and a CRLF are the last boundary's, all else stands outside.
fn epilogue(rest: &[u8], outside: usize) -> Result<(), Kind> {
    let blanks = rest.iter().take(64).take_while(|b| matches!(b, b' ' | b'\t')).count();
    let line = match &rest[blanks..] {
        [b'\r', b'\n', ..] => blanks + 2,
        [b'\r', ..] => blanks + 1,
        _ => blanks,
    };
    if rest.len() - line > outside { Err(Kind::Epilogue) } else { Ok(()) }
}
