//! Conditional requests for files (COND).

use crate::site::{AFTER, BEFORE, Server, Site, THEN};
use blazeio_app::App;
use std::time::{Duration, SystemTime};

/// Small and large: from memory and from the disk.
fn sites() -> [Site; 2] {
    [Site::new(&[("f", b"hello")]), Site::new(&[("f", &[b'x'; 200_000])])]
}

#[tokio::test]
async fn cond_each_condition_of_a_file() {
    for site in sites() {
        let server = site.serve();
        let tag = server.get("/f").await.field("etag").unwrap().to_owned();
        let (weak, listed) = (format!("W/{tag}"), format!("\"x\", {tag}"));
        for (name, value, status) in [
            ("If-Match", &*tag, 200),
            ("If-Match", &listed, 200),
            ("If-Match", "*", 200),
            ("If-Match", &weak, 412),
            ("If-Match", "\"x\"", 412),
            ("If-None-Match", &tag, 304),
            ("If-None-Match", &weak, 304),
            ("If-None-Match", &listed, 304),
            ("If-None-Match", "*", 304),
            ("If-None-Match", "\"x\"", 200),
            ("If-Modified-Since", BEFORE, 200),
            ("If-Modified-Since", THEN, 304),
            ("If-Modified-Since", AFTER, 304),
            ("If-Modified-Since", "Sunday, 06-Nov-94 08:49:37 GMT", 304),
            ("If-Modified-Since", "never", 200),
            ("If-Unmodified-Since", BEFORE, 412),
            ("If-Unmodified-Since", THEN, 200),
            ("If-Unmodified-Since", "never", 200),
        ] {
            for method in ["GET", "HEAD"] {
                let answer = server.ask(&format!("{method} /f"), &[(name, value)]).await;
                assert_eq!(answer.status(), status, "{method} {name}: {value}");
                if status == 304 {
                    assert!(answer.content.is_empty());
                    assert_eq!(answer.field("etag"), Some(&*tag));
                    assert_eq!(answer.field("last-modified"), Some(THEN));
                    assert_eq!(answer.field("vary"), Some("Accept-Encoding"));
                    assert_eq!(answer.field("content-type"), None);
                    assert_eq!(answer.field("content-length"), None);
                }
            }
        }
    }
}

#[tokio::test]
async fn cond_several_conditions_of_a_file_in_their_order() {
    let [site, _] = sites();
    let server = site.serve();
    let tag = server.get("/f").await.field("etag").unwrap().to_owned();
    for (fields, status) in [
        ([("If-Match", &*tag), ("If-Unmodified-Since", BEFORE)], 200),
        ([("If-None-Match", "\"x\""), ("If-Modified-Since", AFTER)], 200),
        ([("If-None-Match", &tag), ("If-Modified-Since", BEFORE)], 304),
        ([("If-Match", "\"x\""), ("If-None-Match", &tag)], 412),
        ([("If-Unmodified-Since", BEFORE), ("If-Modified-Since", AFTER)], 412),
        ([("If-None-Match", &tag), ("Range", "bytes=0-0")], 304),
        ([("If-Match", "\"x\""), ("Range", "bytes=9999999-")], 412),
        ([("If-Match", &tag), ("Range", "bytes=9999999-")], 416),
    ] {
        assert_eq!(server.ask("GET /f", &fields).await.status(), status, "{fields:?}");
    }
    // Nothing is there, and no condition makes it 412 (RFC 9110 §13.2.1).
    assert_eq!(server.ask("GET /nope", &[("If-Match", "*")]).await.status(), 404);
}

#[tokio::test]
async fn cond_if_range_is_exact_and_strong_for_files() {
    for site in sites() {
        let server = site.serve();
        let tag = server.get("/f").await.field("etag").unwrap().to_owned();
        let weak = format!("W/{tag}");
        for (value, status) in [
            (&*tag, 206),
            (THEN, 206),
            (&weak, 200),
            ("\"x\"", 200),
            (BEFORE, 200),
            (AFTER, 200),
            ("*", 200),
        ] {
            let fields = [("Range", "bytes=1-2"), ("If-Range", value)];
            let answer = server.ask("GET /f", &fields).await;
            assert_eq!((answer.status(), answer.is_whole()), (status, true), "{value}");
        }
    }
}

#[tokio::test]
async fn cond_a_file_just_written_has_weak_validators() {
    for site in sites() {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        site.date("f", now.as_secs() + 3600);
        let server = site.serve();
        let answer = server.get("/f").await;
        let (tag, date) = (answer.field("etag").unwrap(), answer.field("last-modified").unwrap());
        assert!(tag.starts_with("W/\""), "{tag}");
        // Not later than Date (RFC 9110 §8.8.2.1).
        let seconds = |text: &str| blazeio::Date::parse(text.as_bytes()).unwrap().unix();
        assert!(seconds(date) <= seconds(answer.field("date").unwrap()), "{date}");
        assert_eq!(server.ask("GET /f", &[("If-None-Match", tag)]).await.status(), 304);
        assert_eq!(server.ask("GET /f", &[("If-Match", tag)]).await.status(), 412);
        for value in [tag, date] {
            let fields = [("Range", "bytes=1-2"), ("If-Range", value)];
            assert_eq!(server.ask("GET /f", &fields).await.status(), 200, "{value}");
        }
    }
}

#[tokio::test]
async fn cond_a_tag_is_of_one_coding() {
    let site = Site::new(&[("f.js", b"hello"), ("f.js.gz", b"gz")]);
    let server = Server::new(App::new().files("/", site.files().recheck(Duration::ZERO)));
    let gzip = [("Accept-Encoding", "gzip")];
    let plain = server.get("/f.js").await.field("etag").unwrap().to_owned();
    let coded = server.ask("GET /f.js", &gzip).await.field("etag").unwrap().to_owned();
    for (tag, accept, status) in
        [(&plain, "gzip", 200), (&coded, "gzip", 304), (&plain, "br", 304), (&coded, "br", 200)]
    {
        let fields = [("If-None-Match", &**tag), ("Accept-Encoding", accept)];
        assert_eq!(server.ask("GET /f.js", &fields).await.status(), status, "{tag} {accept}");
    }
}
