//! The files of vectors, read into [`Vector`]s.

use blazeio::Limits;
use std::path::Path;

/// One vector as read from a file.
#[derive(Default, Clone)]
pub(crate) struct Vector {
    pub(crate) id: String,
    pub(crate) place: String,
    pub(crate) rule: String,
    pub(crate) client: bool,
    pub(crate) limits: Vec<(String, u64)>,
    pub(crate) sent: Vec<String>,
    pub(crate) answers: Vec<String>,
    pub(crate) input: Vec<u8>,
    /// What lies behind each of these comes only when everything before was answered to.
    pub(crate) stages: Vec<usize>,
    pub(crate) eof: bool,
    pub(crate) generated: bool,
    pub(crate) out: Vec<String>,
}

pub(crate) fn vectors() -> Vec<Vector> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut files: Vec<_> = std::fs::read_dir(dir)
        .expect("the directory of vectors")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "txt"))
        .collect();
    files.sort();
    let mut all: Vec<Vector> = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a readable file");
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        let mut open = false;
        for (number, line) in text.lines().enumerate() {
            let place = format!("{name}:{}", number + 1);
            let line = line.trim_end();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(id) = line.strip_prefix("== ") {
                all.push(Vector { id: id.into(), place, ..Vector::default() });
                open = true;
                continue;
            }
            assert!(open, "{place}: a line before the first vector");
            let vector = all.last_mut().expect("a vector");
            let (key, value) = line.split_once(':').unwrap_or_else(|| panic!("{place}: no key"));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match key {
                "rule" => vector.rule = value.into(),
                "role" => vector.client = role(value, &place),
                "limits" => vector.limits.extend(value.split(' ').map(|l| limit(l, &place))),
                "sent" => vector.sent.push(value.into()),
                "answer" => vector.answers.push(value.into()),
                "in" => pieces(value, &mut vector.input, &place),
                "then" => {
                    vector.stages.push(vector.input.len());
                    pieces(value, &mut vector.input, &place);
                }
                "eof" => vector.eof = yes(value, &place),
                "generated" => vector.generated = yes(value, &place),
                "out" => vector.out.push(value.into()),
                _ => panic!("{place}: unknown key {key}"),
            }
        }
    }
    all
}

pub(crate) fn role(value: &str, place: &str) -> bool {
    match value {
        "server" => false,
        "client" => true,
        _ => panic!("{place}: unknown role {value}"),
    }
}

pub(crate) fn yes(value: &str, place: &str) -> bool {
    assert_eq!(value, "yes", "{place}");
    true
}

pub(crate) fn limit(text: &str, place: &str) -> (String, u64) {
    let (name, value) = text.split_once('=').unwrap_or_else(|| panic!("{place}: {text}"));
    (name.into(), value.parse().unwrap_or_else(|_| panic!("{place}: {text}")))
}

/// Quoted pieces, each perhaps with `* N` behind it, appended to `out`.
pub(crate) fn pieces(mut text: &str, out: &mut Vec<u8>, place: &str) {
    loop {
        text = text.trim_start();
        if text.is_empty() {
            return;
        }
        text = text.strip_prefix('"').unwrap_or_else(|| panic!("{place}: no quote: {text}"));
        let mut piece = Vec::new();
        let mut chars = text.char_indices();
        let end = loop {
            let (at, c) = chars.next().unwrap_or_else(|| panic!("{place}: open quote"));
            match c {
                '"' => break at,
                '\\' => match chars.next().map(|(_, c)| c) {
                    Some('r') => piece.push(b'\r'),
                    Some('n') => piece.push(b'\n'),
                    Some('t') => piece.push(b'\t'),
                    Some('0') => piece.push(0),
                    Some('\\') => piece.push(b'\\'),
                    Some('"') => piece.push(b'"'),
                    Some('x') => {
                        let mut digit = || chars.next().and_then(|(_, c)| c.to_digit(16));
                        let (high, low) = (digit(), digit());
                        let byte = high.zip(low).map(|(h, l)| h * 16 + l);
                        let byte = byte.unwrap_or_else(|| panic!("{place}: \\x"));
                        piece.push(u8::try_from(byte).expect("two digits"));
                    }
                    other => panic!("{place}: escape {other:?}"),
                },
                ' '..='~' => piece.push(u8::try_from(c).expect("ASCII")),
                other => panic!("{place}: raw {other:?}"),
            }
        };
        text = text[end + 1..].trim_start();
        let mut times = 1;
        if let Some(rest) = text.strip_prefix('*') {
            let rest = rest.trim_start();
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            times = rest[..end].parse().unwrap_or_else(|_| panic!("{place}: repetition"));
            text = &rest[end..];
        }
        for _ in 0..times {
            out.extend_from_slice(&piece);
        }
    }
}

impl Vector {
    pub(crate) fn limits(&self) -> Limits {
        let mut l = Limits::DEFAULT;
        for (name, value) in &self.limits {
            let place = &self.place;
            let cut = |max: u64| {
                assert!(*value <= max, "{place}: {name}={value}");
                *value
            };
            match name.as_str() {
                "start_line" => l.start_line = cut(u32::MAX.into()) as u32,
                "head" => l.head = cut(u32::MAX.into()) as u32,
                "fields" => l.fields = cut(u16::MAX.into()) as u16,
                "empty_lines" => l.empty_lines = cut(u8::MAX.into()) as u8,
                "interims" => l.interims = cut(u8::MAX.into()) as u8,
                "interim_bytes" => l.interim_bytes = cut(u32::MAX.into()) as u32,
                "chunk_line" => l.chunk_line = cut(u16::MAX.into()) as u16,
                "chunk_extensions" => l.chunk_extensions = cut(u32::MAX.into()) as u32,
                "chunk_overhead" => l.chunk_overhead = cut(u32::MAX.into()) as u32,
                "trailers" => l.trailers = cut(u32::MAX.into()) as u32,
                "trailer_fields" => l.trailer_fields = cut(u16::MAX.into()) as u16,
                "content" => l.content = *value,
                "requests" => l.requests = cut(u32::MAX.into()) as u32,
                "drain" => l.drain = cut(u32::MAX.into()) as u32,
                _ => panic!("{place}: unknown limit {name}"),
            }
        }
        l
    }
}
