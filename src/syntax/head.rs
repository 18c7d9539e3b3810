//! Tokenises field sections; the only file that calls httparse (RFC 9112 §5).
//!
//! Decides where each field line's name and value lie, and that every line ends in CRLF.
//! httparse is given a few slots at a time: its customary table of 100 would be 3.2 KB of
//! stack. It lets a bare LF through, which the strict pass here refuses; it refuses
//! folded lines, which [`scan`](super::scan) turns into SP before a response comes here.
//!
//! In the small form the scan goes before, and a section that it took is walked line by line.
//!
//! httparse's slice code links `core`'s panics although none can be reached by a caller:
//! they are the only ones in a program made of this crate, and the link-level check
//! excludes them by name ([the manual](crate::manual::design) tells how).

use super::token::{find, trim};

/// Field lines tokenised at a time: 7 slots are 224 bytes, and keep `receive` below 1 KiB of stack.
#[cfg(not(any(target_os = "none", blazeio_small)))]
const BATCH: usize = 7;

/// Name, value and what follows of the first field line of a well-formed section; `None` at its
/// empty line.
#[cfg_attr(not(any(target_os = "none", blazeio_small)), inline)]
#[cfg_attr(any(target_os = "none", blazeio_small), inline(never))]
pub(crate) fn split_line(section: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let end = find(b'\r', section)?;
    // Unreachable: found in the section.
    let (line, rest) = section.split_at_checked(end)?;
    let colon = find(b':', line)?;
    // Unreachable: found in the line.
    let (name, value) = line.split_at_checked(colon)?;
    // Unreachable: the colon, and CRLF, are there.
    Some((name, trim(value.get(1..)?), rest.get(2..)?))
}

/// Length of the section with its empty line, and number of field lines.
#[derive(Clone, Copy)]
pub(crate) struct Section {
    pub(crate) len: usize,
    pub(crate) count: u16,
}

/// Gives each field line's name, trimmed value, and the value's offset in `input` to
/// `visit`, in order. `Ok(None)`: not complete, or not well-formed.
#[cfg(not(any(target_os = "none", blazeio_small)))]
#[inline(always)]
pub(crate) fn parse_fields<E>(
    input: &[u8],
    start: usize,
    mut visit: impl FnMut(&[u8], &[u8], usize) -> Result<(), E>,
) -> Result<Option<Section>, E> {
    let base = input.as_ptr() as usize;
    let mut at = start;
    let mut count = 0u16;
    loop {
        // Unreachable: every line ends inside the input.
        let Some(rest) = input.get(at..) else { return Ok(None) };
        let mut slots = [httparse::EMPTY_HEADER; BATCH];
        let done = match httparse::parse_headers(rest, &mut slots) {
            Ok(httparse::Status::Complete((len, _))) => Some(at.wrapping_add(len)),
            Err(httparse::Error::TooManyHeaders) => None,
            Ok(httparse::Status::Partial) | Err(_) => return Ok(None),
        };
        for slot in &slots {
            // A name is never empty: this slot was not filled.
            if slot.name.is_empty() {
                break;
            }
            let offset = (slot.value.as_ptr() as usize).wrapping_sub(base);
            let end = offset.wrapping_add(slot.value.len());
            let Some(next) = line_end(input, end) else { return Ok(None) };
            at = next;
            count = count.saturating_add(1);
            visit(slot.name.as_bytes(), slot.value, offset)?;
        }
        if let Some(end) = done {
            // RFC 9112 §2.2: only CRLF ends the section.
            let strict = input.get(at..end) == Some(b"\r\n");
            return Ok(strict.then_some(Section { len: end.wrapping_sub(start), count }));
        }
    }
}

/// The same of a section that [`scan`](super::scan) took, which need only be walked.
#[cfg(any(target_os = "none", blazeio_small))]
pub(crate) fn parse_fields<E>(
    input: &[u8],
    start: usize,
    mut visit: impl FnMut(&[u8], &[u8], usize) -> Result<(), E>,
) -> Result<Option<Section>, E> {
    let base = input.as_ptr() as usize;
    let mut rest = input.get(start..).unwrap_or_default();
    let mut count = 0u16;
    while let Some((name, value, next)) = split_line(rest) {
        visit(name, value, (value.as_ptr() as usize).wrapping_sub(base))?;
        count = count.saturating_add(1);
        rest = next;
    }
    let end = (rest.as_ptr() as usize).wrapping_sub(base).wrapping_add(2);
    Ok(Some(Section { len: end.wrapping_sub(start), count }))
}

/// Where the next line begins, if nothing but blanks and CRLF follow the value.
#[cfg(not(any(target_os = "none", blazeio_small)))]
#[inline(always)]
fn line_end(input: &[u8], at: usize) -> Option<usize> {
    // Unreachable: httparse saw the line's end and a byte after it.
    let two = input.get(at..)?.first_chunk::<2>()?;
    match two {
        b"\r\n" => Some(at.wrapping_add(2)),
        [b' ' | b'\t', _] => blank_line_end(input, at),
        // RFC 9112 §2.2: stricter than httparse, a bare LF ends nothing.
        _ => None,
    }
}

#[cfg(not(any(target_os = "none", blazeio_small)))]
#[cold]
fn blank_line_end(input: &[u8], mut at: usize) -> Option<usize> {
    // Unreachable: httparse saw the line's end.
    while matches!(input.get(at)?, b' ' | b'\t') {
        at = at.wrapping_add(1);
    }
    // Unreachable: as above.
    let crlf = input.get(at..)?.starts_with(b"\r\n");
    crlf.then_some(at.wrapping_add(2))
}

#[cfg(all(test, not(any(target_os = "none", blazeio_small))))]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    type Lines = Vec<(Vec<u8>, Vec<u8>)>;

    fn collect(input: &[u8]) -> Option<(Lines, usize)> {
        let mut fields = Vec::new();
        let section = parse_fields(input, 0, |n, v, at| {
            assert_eq!(&input[at..at + v.len()], v);
            fields.push((n.to_vec(), v.to_vec()));
            Ok::<(), ()>(())
        })
        .unwrap()?;
        assert_eq!(usize::from(section.count), fields.len());
        Some((fields, section.len))
    }

    #[test]
    fn every_number_of_fields_crosses_the_batches() {
        for n in 0..40 {
            let mut text = Vec::new();
            for i in 0..n {
                text.extend_from_slice(std::format!("N{i}: {i} \t\r\n").as_bytes());
            }
            text.extend_from_slice(b"\r\n");
            let len = text.len();
            text.extend_from_slice(b"rest");
            let (fields, end) = collect(&text).unwrap();
            assert_eq!((fields.len(), end), (n, len));
            for (i, (name, value)) in fields.iter().enumerate() {
                assert_eq!(*name, std::format!("N{i}").into_bytes());
                assert_eq!(*value, std::format!("{i}").into_bytes());
            }
            for cut in 0..len {
                assert!(collect(&text[..cut]).is_none());
            }
        }
    }

    #[test]
    fn term_a_bare_lf_ends_no_line() {
        for bad in [&b"a: b\n\r\n"[..], b"a: b\r\n\n", b"a: b \n\r\n", b"a:\n\r\n", b"\n"] {
            assert!(collect(bad).is_none(), "{bad:?}");
        }
        assert_eq!(collect(b"a:\r\n\r\n").unwrap().0[0].1, b"");
        assert_eq!(collect(b"a: \t \r\n\r\n").unwrap().0[0].1, b"");
    }
}
