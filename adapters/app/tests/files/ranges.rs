//! Ranges of files (RANGE).

use crate::site::{Answer, Site};

/// Bytes that tell where they are.
fn content(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at % 251) as u8).collect()
}

/// From memory, and from the disk in several slices.
fn sites() -> [(Site, Vec<u8>); 2] {
    [1000, 400_000].map(|len| (Site::new(&[("f.bin", &content(len))]), content(len)))
}

#[tokio::test]
async fn range_one_of_a_file() {
    for (site, content) in sites() {
        let server = site.serve();
        let len = content.len();
        for (range, first, last) in [
            ("bytes=0-0", 0, 0),
            ("bytes=5-9", 5, 9),
            ("bytes=0-", 0, len - 1),
            ("bytes=-1", len - 1, len - 1),
            ("bytes=-99999999", 0, len - 1),
            ("BYTES=500-", 500, len - 1),
            ("bytes=500-18446744073709551616", 500, len - 1),
            ("bytes=999-99999999999", 999, len - 1),
            ("bytes=3-4,99999999-", 3, 4),
        ] {
            let answer = server.ask("GET /f.bin", &[("Range", range)]).await;
            assert_eq!(answer.status(), 206, "{range}");
            assert_eq!(answer.content, content[first..=last], "{range}");
            let expected = format!("bytes {first}-{last}/{len}");
            assert_eq!(answer.field("content-range"), Some(&*expected), "{range}");
            assert_eq!(answer.field("content-type"), Some("application/octet-stream"));
            assert!(answer.is_whole() && answer.field("etag").is_some(), "{range}");
        }
    }
}

#[tokio::test]
async fn range_what_does_not_count_is_answered_with_the_whole_file() {
    for (site, content) in sites() {
        let server = site.serve();
        for range in [
            "bytes=0-,0-,0-,0-",
            "bytes=0-5,5-9",
            "bytes=0-0,1-1,2-2,3-3,4-4,5-5,6-6,7-7,8-8",
            "bytes=5-4",
            "bytes=a-b",
            "bytes=",
            "bytes=-",
            "bytes 0-1",
            "lines=0-1",
            "0-1",
        ] {
            let answer = server.ask("GET /f.bin", &[("Range", range)]).await;
            assert_eq!((answer.status(), &answer.content), (200, &content), "{range}");
            assert_eq!(answer.field("content-range"), None);
        }
        let twice = [("Range", "bytes=0-1"), ("Range", "bytes=2-3")];
        assert_eq!(server.ask("GET /f.bin", &twice).await.status(), 200);
        // RFC 9110 §14.2: GET alone.
        let head = server.ask("HEAD /f.bin", &[("Range", "bytes=0-1")]).await;
        assert_eq!((head.status(), head.field("content-range")), (200, None));
    }
}

#[tokio::test]
async fn range_nothing_of_a_file_is_unsatisfiable() {
    let site = Site::new(&[("f.bin", &content(1000)), ("empty", b"")]);
    let server = site.serve();
    for (path, range, status, answered) in [
        ("/f.bin", "bytes=1000-", 416, Some("bytes */1000")),
        ("/f.bin", "bytes=1000-1001,2000-", 416, Some("bytes */1000")),
        ("/f.bin", "bytes=-0", 416, Some("bytes */1000")),
        ("/empty", "bytes=0-", 416, Some("bytes */0")),
        ("/empty", "bytes=-5", 200, None),
    ] {
        let answer = server.ask(&format!("GET {path}"), &[("Range", range)]).await;
        assert_eq!((answer.status(), answer.field("content-range")), (status, answered), "{range}");
        assert!(answer.is_whole());
    }
}

/// The parts of a `multipart/byteranges`: their Content-Range and content.
fn parts(answer: &Answer) -> Vec<(String, Vec<u8>)> {
    let kind = answer.field("content-type").unwrap();
    let boundary = kind.strip_prefix("multipart/byteranges; boundary=").unwrap();
    let delimiter = format!("\r\n--{boundary}");
    let bytes = [b"\r\n", &*answer.content].concat();
    let find = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).position(|w| w == what);
    let mut rest = bytes.strip_prefix(delimiter.as_bytes()).unwrap();
    let mut parts = Vec::new();
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        let head = find(part, b"\r\n\r\n").unwrap();
        let end = find(part, delimiter.as_bytes()).unwrap();
        let lines = std::str::from_utf8(&part[..head]).unwrap();
        let range = lines.strip_prefix("Content-Type: application/octet-stream\r\n").unwrap();
        let range = range.strip_prefix("Content-Range: ").unwrap();
        parts.push((range.to_owned(), part[head + 4..end].to_vec()));
        rest = &part[end + delimiter.len()..];
    }
    assert_eq!(rest, b"--\r\n");
    parts
}

#[tokio::test]
async fn range_several_of_a_file_come_as_parts() {
    for (site, content) in sites() {
        let server = site.serve();
        let len = content.len();
        for (range, expected) in [
            ("bytes=0-4, 10-19", vec![(0, 4), (10, 19)]),
            ("bytes=-5,0-1", vec![(len - 5, len - 1), (0, 1)]),
            ("bytes=500-899,0-99,200-201", vec![(500, 899), (0, 99), (200, 201)]),
            (
                "bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14",
                (0..8).map(|at| (at * 2, at * 2)).collect(),
            ),
        ] {
            let answer = server.ask("GET /f.bin", &[("Range", range)]).await;
            assert_eq!((answer.status(), answer.is_whole()), (206, true), "{range}");
            assert_eq!(answer.field("content-range"), None);
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(first, last)| {
                    (format!("bytes {first}-{last}/{len}"), content[first..=last].to_vec())
                })
                .collect();
            assert_eq!(parts(&answer), expected, "{range}");
        }
    }
}

#[tokio::test]
async fn range_of_an_encoded_file_is_of_its_encoded_bytes() {
    let site = Site::new(&[("f.js", &content(1000)), ("f.js.gz", b"0123456789")]);
    let server = site.serve();
    let one = [("Range", "bytes=2-4"), ("Accept-Encoding", "gzip")];
    let answer = server.ask("GET /f.js", &one).await;
    assert_eq!((answer.status(), answer.text()), (206, "234"));
    assert_eq!(answer.field("content-range"), Some("bytes 2-4/10"));
    assert_eq!(answer.field("content-encoding"), Some("gzip"));
    let several = [("Range", "bytes=2-4,6-7"), ("Accept-Encoding", "gzip")];
    let answer = server.ask("GET /f.js", &several).await;
    assert_eq!((answer.status(), answer.text()), (200, "0123456789"));
}
