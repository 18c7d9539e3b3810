//! Files that handlers name: `Reply::file` and `Files::reply`.

use crate::site::{BEFORE, Server, Site, THEN};
use blazeio_app::{Abort, App, Exchange, Files, Reply};
use std::collections::BTreeMap;

/// Serves `f` of the site by its path, under `/f` and forms of it.
fn server(site: &Site) -> Server {
    let file = move |path: std::path::PathBuf, status: u16| {
        move |_: &mut Exchange| std::future::ready(Reply::new(status).file(&path))
    };
    let path = site.path("f.txt");
    let kept = path.clone();
    let csv = move |_: &mut Exchange| {
        let reply = Reply::new(200).field("Content-Type", "text/csv").field("X-Own", "1");
        std::future::ready(reply.file(&kept).attachment("näme.csv"))
    };
    let own = path.clone();
    let marked = move |_: &mut Exchange| {
        let reply = Reply::new(200).field("ETag", "\"own\"").field("last-modified", BEFORE);
        std::future::ready(reply.field("Accept-Ranges", "none").file(&own))
    };
    let app = App::new()
        .post("/f", file(site.path("f.txt"), 200))
        .get("/f", file(path.clone(), 200))
        .get("/csv", csv)
        .get("/always", Reply::new(200).file(&path))
        .get("/marked", marked)
        .get("/none", file(site.path("none"), 200))
        .get("/folder", file(site.root(), 200))
        .get("/below", file(site.path("f.txt/g"), 200))
        .fallback(file(path, 404));
    Server::new(app)
}

/// Small and large.
fn sites() -> [Site; 3] {
    [
        Site::new(&[("f.txt", b"")]),
        Site::new(&[("f.txt", b"hello")]),
        Site::new(&[("f.txt", &[b'x'; 200_000])]),
    ]
}

#[tokio::test]
async fn a_reply_of_a_file_is_sent_as_those_of_a_folder() {
    for site in sites() {
        let content = std::fs::read(site.path("f.txt")).unwrap();
        let server = server(&site);
        let answer = server.get("/f").await;
        assert_eq!((answer.status(), &answer.content), (200, &content));
        assert!(answer.is_whole());
        assert_eq!(answer.field("content-type"), Some("text/plain; charset=utf-8"));
        assert_eq!(answer.field("last-modified"), Some(THEN));
        assert_eq!(answer.field("accept-ranges"), Some("bytes"));
        assert_eq!(answer.field("vary"), None);
        let head = server.ask("HEAD /f", &[]).await;
        assert_eq!(head.field("content-length"), Some(&*content.len().to_string()));
        assert_eq!((head.status(), head.content.len()), (200, 0));
        let tag = answer.field("etag").unwrap();
        for (field, value, status) in [
            ("If-None-Match", tag, 304),
            ("If-Modified-Since", THEN, 304),
            ("If-Modified-Since", BEFORE, 200),
            ("If-Match", "\"x\"", 412),
            ("Range", "bytes=1000000-", 416),
        ] {
            let answer = server.ask("GET /f", &[(field, value)]).await;
            assert_eq!(answer.status(), status, "{field}: {value}");
        }
        if content.len() > 1 {
            let answer = server.ask("GET /f", &[("Range", "bytes=1-2")]).await;
            assert_eq!((answer.status(), &*answer.content), (206, &content[1..=2]));
        }
    }
}

#[tokio::test]
async fn a_reply_of_a_file_keeps_its_own_fields() {
    let [_, site, _] = sites();
    let server = server(&site);
    let answer = server.get("/csv").await;
    assert_eq!((answer.status(), answer.text()), (200, "hello"));
    assert_eq!(answer.head.matches("ontent-").count(), 4, "{}", answer.head);
    assert_eq!(answer.field("content-type"), Some("text/csv"));
    assert_eq!(answer.field("x-own"), Some("1"));
    let disposition = answer.field("content-disposition").unwrap();
    assert!(disposition.starts_with("attachment; "), "{disposition}");
    assert!(disposition.contains("filename*=UTF-8''n%C3%A4me.csv"), "{disposition}");
    let tag = answer.field("etag").unwrap();
    let answer = server.ask("GET /csv", &[("If-None-Match", tag)]).await;
    assert_eq!((answer.status(), answer.field("x-own")), (304, Some("1")));
    assert_eq!(answer.field("content-type"), None);
}

#[tokio::test]
async fn what_is_said_of_a_file_is_said_once() {
    for site in sites() {
        let server = server(&site);
        let plain = server.get("/f").await;
        for path in ["/marked", "/always"] {
            let answer = server.get(path).await;
            assert_eq!((answer.status(), &answer.content), (200, &plain.content));
            for name in ["etag", "last-modified", "accept-ranges", "x-content-type-options"] {
                assert_eq!(answer.field(name), plain.field(name), "{path}");
                let lines = answer.head.to_ascii_lowercase();
                assert_eq!(lines.matches(&format!("\r\n{name}:")).count(), 1, "{path}");
            }
        }
    }
}

#[tokio::test]
async fn a_file_of_another_status_is_sent_whole() {
    let [_, site, _] = sites();
    let server = server(&site);
    let fields = [("Range", "bytes=1-2"), ("If-None-Match", "*")];
    let answer = server.ask("GET /unknown", &fields).await;
    assert_eq!((answer.status(), answer.text()), (404, "hello"));
    assert_eq!(answer.field("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(answer.field("etag"), None);
}

#[tokio::test]
async fn path_what_is_no_plain_file_is_not_found() {
    let [_, site, _] = sites();
    let pipe = site.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let server = server(&site);
    for path in ["/none", "/folder", "/below"] {
        assert_eq!(server.get(path).await.status(), 404, "{path}");
    }
    let pipe = move |_: &mut Exchange| std::future::ready(Reply::new(200).file(&pipe));
    assert_eq!(Server::new(App::new().get("/", pipe)).get("/").await.status(), 404);
}

#[tokio::test]
async fn split_a_field_that_would_break_a_reply_of_a_file_is_refused() {
    let [_, site, _] = sites();
    let path = site.path("f.txt");
    let bad = move |_: &mut Exchange| {
        std::future::ready(Reply::new(200).field("X-Own", "a\r\nb: c").file(&path))
    };
    let answer = Server::new(App::new().get("/", bad)).get("/").await;
    assert_eq!((answer.status(), answer.field("b")), (500, None));
}

/// Answers with the file that the query names.
async fn named(exchange: &mut Exchange) -> Result<Reply, Abort> {
    let query: BTreeMap<String, String> = exchange.query()?;
    let name = query.get("n").ok_or(Abort::new(400))?;
    exchange.state::<Files>().clone().reply(exchange, name).await
}

#[tokio::test]
async fn path_a_handler_names_only_what_a_request_could() {
    let site = Site::new(&[
        ("a b%20.txt", b"blank"),
        ("folder/f.txt", b"below"),
        ("folder/f.txt.gz", b"gz"),
        ("folder/index.html", b"index"),
        (".hidden", b"hidden"),
    ]);
    let serve = |files: Files| Server::new(App::new().state(files).get("/named", named));
    let server = serve(site.files());
    for (name, content) in [("a+b%2520.txt", "blank"), ("folder/f.txt", "below")] {
        let answer = server.get(&format!("/named?n={name}")).await;
        assert_eq!((answer.status(), answer.text()), (200, content), "{name}");
        let tag = answer.field("etag").unwrap();
        let again = server.ask(&format!("GET /named?n={name}"), &[("If-None-Match", tag)]).await;
        assert_eq!(again.status(), 304);
    }
    let encoded = [("Accept-Encoding", "gzip")];
    let answer = server.ask("GET /named?n=folder/f.txt", &encoded).await;
    assert_eq!((answer.text(), answer.field("content-encoding")), ("gz", Some("gzip")));
    for name in
        ["", "/", "..", "../secret.txt", "folder/../../secret.txt", "folder", "folder/", ".hidden"]
    {
        let answer = server.get(&format!("/named?n={name}")).await;
        assert_eq!(answer.status(), 404, "{name}");
    }
    let other = |_: &mut Exchange| std::future::ready((410, "gone"));
    let answer = serve(site.files().otherwise(other)).get("/named?n=none").await;
    assert_eq!((answer.status(), answer.text()), (410, "gone"));
}

#[tokio::test]
async fn cond_what_was_done_is_not_taken_back_by_a_condition() {
    let [_, site, _] = sites();
    let server = server(&site);
    for (field, value) in [("If-None-Match", "*"), ("If-Match", "\"x\""), ("Range", "bytes=0-1")] {
        let answer = server.ask("POST /f", &[(field, value)]).await;
        assert_eq!((answer.status(), answer.text()), (200, "hello"), "{field}");
    }
}
