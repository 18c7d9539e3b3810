//! What is sent of a file, and in which form: types, folders, codings, options.

use crate::site::{Server, Site, THEN, WRITTEN};
use blazeio_app::{App, Exchange, IntoReply};

#[tokio::test]
async fn a_file_comes_with_its_type_and_validators() {
    let site = Site::new(&[("a.txt", b"hello"), ("b.bin", b"\0\xff"), ("empty.css", b"")]);
    let server = site.serve();
    let answer = server.get("/a.txt").await;
    assert_eq!((answer.status(), answer.text()), (200, "hello"));
    for (name, value) in [
        ("content-type", Some("text/plain; charset=utf-8")),
        ("content-length", Some("5")),
        ("x-content-type-options", Some("nosniff")),
        ("accept-ranges", Some("bytes")),
        ("last-modified", Some(THEN)),
        ("vary", Some("Accept-Encoding")),
        ("content-encoding", None),
        ("cache-control", None),
        ("content-disposition", None),
        ("transfer-encoding", None),
    ] {
        assert_eq!(answer.field(name), value, "{name}");
    }
    assert!(answer.field("etag").unwrap().starts_with('"'));
    let answer = server.get("/b.bin?a=b").await;
    assert_eq!((answer.status(), &*answer.content), (200, &b"\0\xff"[..]));
    let answer = server.get("/empty.css").await;
    assert_eq!((answer.status(), answer.field("content-length")), (200, Some("0")));
}

#[tokio::test]
async fn bodyx_head_is_as_get_without_content() {
    let site =
        Site::new(&[("a.txt", b"hello"), ("large", &[b'x'; 300_000]), ("d/index.html", b"i")]);
    let server = site.serve();
    for path in ["/a.txt", "/large", "/d/", "/d", "/nope"] {
        let get = server.get(path).await;
        let head = server.ask(&format!("HEAD {path}"), &[]).await;
        assert!(head.content.is_empty(), "{path}");
        for name in ["content-type", "etag", "location", "accept-ranges", "last-modified"] {
            assert_eq!(head.field(name), get.field(name), "{path} {name}");
        }
        // Without content nothing need be said of its length.
        let length = head.field("content-length");
        assert!(
            length.is_none() && get.content.is_empty() || length == get.field("content-length")
        );
        assert_eq!(head.status(), get.status());
    }
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let site = Site::new(&[("a.txt", b"hello")]);
    let routed = site.serve();
    let app = App::new().get("/x", "x".into_reply()).fallback(site.files());
    let fallback = Server::new(app);
    for server in [&routed, &fallback] {
        for method in ["POST", "PUT", "DELETE", "PATCH", "BREW"] {
            let answer = server.ask(&format!("{method} /a.txt"), &[("Content-Length", "0")]).await;
            assert_eq!(answer.status(), 405, "{method}");
            assert_eq!(answer.field("allow"), Some("GET, HEAD, OPTIONS"));
        }
        let answer = server.ask("OPTIONS /a.txt", &[]).await;
        assert_eq!((answer.status(), answer.field("allow")), (204, Some("GET, HEAD, OPTIONS")));
        assert_eq!(server.get("/a.txt").await.text(), "hello");
    }
}

#[tokio::test]
async fn a_folder_is_its_index() {
    let site = Site::new(&[("index.html", b"root"), ("a/index.html", b"a"), ("a/b/x.txt", b"x")]);
    let server = site.serve();
    for (path, status, text) in [
        ("/", 200, "root"),
        ("/?a", 200, "root"),
        ("/index.html", 200, "root"),
        ("/a/", 200, "a"),
        ("/a", 301, ""),
        ("/a/b", 301, ""),
        ("/a/b/", 404, "Not Found"),
        ("/a/b/x.txt/", 404, "Not Found"),
        ("/a/b/x.txt/y", 404, "Not Found"),
        ("/a/index.html/", 404, "Not Found"),
    ] {
        let answer = server.get(path).await;
        assert_eq!((answer.status(), answer.text()), (status, text), "{path}");
    }
    let other = Server::new(App::new().files("/", site.files().index(None)));
    for path in ["/", "/a", "/a/"] {
        assert_eq!(other.get(path).await.status(), 404, "{path}");
    }
    let named = Server::new(App::new().files("/", site.files().index(Some("x.txt"))));
    assert_eq!(named.get("/a/b/").await.text(), "x");
}

#[tokio::test]
async fn openr_a_slash_is_added_on_this_host_and_the_query_kept() {
    let site = Site::new(&[("a/index.html", b"a"), ("a b/c/index.html", b"c")]);
    let app = App::new()
        .files("/", site.files())
        .files("/static", site.files())
        .get("/of/{who}/{*path}", site.files());
    let server = Server::new(app);
    for (path, location) in [
        ("/a", "/a/"),
        ("/a?", "/a/"),
        ("/a?b=c/../d&e=%2f", "/a/?b=c/../d&e=%2f"),
        ("/a?//evil.example", "/a/?//evil.example"),
        ("/a%20b/c", "/a%20b/c/"),
        ("/%61", "/%61/"),
        ("http://other.example/a?x", "/a/?x"),
        ("/static", "/static/"),
        ("/static?x", "/static/?x"),
        ("/static/a", "/static/a/"),
        ("/of/me/a", "/of/me/a/"),
        ("/of/\\evil.example\\/a?x", "/of/%5Cevil.example%5C/a/?x"),
    ] {
        let answer = server.get(path).await;
        assert_eq!((answer.status(), answer.field("location")), (301, Some(location)), "{path}");
    }
    for path in [
        "//evil.example",
        "//evil.example/..",
        "//a",
        "/\\evil/..",
        "//evil.example/%2e%2e",
        "/a//",
        "///",
    ] {
        let answer = server.get(path).await;
        assert_eq!((answer.status(), answer.field("location")), (404, None), "{path}");
    }
}

#[tokio::test]
async fn the_sibling_that_is_wanted_most_is_sent() {
    let large = vec![b'x'; 200_000];
    let site = Site::new(&[
        ("a.js", b"plain"),
        ("a.js.br", b"br"),
        ("a.js.gz", b"gzip"),
        ("a.js.zst", b"zstd"),
        ("b.js", b"plain"),
        ("b.js.gz", b"gzip"),
        ("c.js.gz", b"alone"),
        ("large.js", &large),
        ("large.js.gz", b"small"),
        ("stale.js", b"plain"),
        ("stale.js.gz", b"stale"),
    ]);
    site.date("stale.js.gz", WRITTEN - 1);
    let server = site.serve();
    let mut tags = Vec::new();
    for (path, accept, coding, text) in [
        ("/a.js", "gzip, deflate, br, zstd", Some("br"), "br"),
        ("/a.js", "gzip, zstd", Some("zstd"), "zstd"),
        ("/a.js", "gzip, br;q=0.9", Some("gzip"), "gzip"),
        ("/a.js", "br;q=0", None, "plain"),
        ("/b.js", "br, gzip;q=0.1", Some("gzip"), "gzip"),
        ("/b.js", "br", None, "plain"),
        ("/b.js", "gzip;q=0.5, identity", None, "plain"),
        ("/b.js", "identity;q=0, br", None, "plain"),
        ("/large.js", "gzip", Some("gzip"), "small"),
        ("/stale.js", "gzip", None, "plain"),
    ] {
        let answer = server.ask(&format!("GET {path}"), &[("Accept-Encoding", accept)]).await;
        assert_eq!((answer.status(), answer.text()), (200, text), "{path} {accept}");
        assert_eq!(answer.field("content-encoding"), coding, "{path} {accept}");
        assert_eq!(answer.field("content-type"), Some("text/javascript; charset=utf-8"));
        assert_eq!(answer.field("vary"), Some("Accept-Encoding"));
        tags.push(((path, text), answer.field("etag").unwrap().to_owned()));
    }
    // Each representation has a tag of its own.
    for (one, tag) in &tags {
        for (other, other_tag) in &tags {
            assert_eq!(one == other, tag == other_tag, "{one:?} {other:?}");
        }
    }
    let none = [("Accept-Encoding", "gzip")];
    assert_eq!(server.ask("GET /c.js", &none).await.status(), 404);
    let direct = server.ask("GET /b.js.gz", &none).await;
    assert_eq!(direct.field("content-encoding"), None);
    assert_eq!(direct.field("content-type"), Some("application/gzip"));
    let off = Server::new(App::new().files("/", site.files().precompressed(false)));
    let answer = off.ask("GET /b.js", &none).await;
    assert_eq!((answer.text(), answer.field("vary")), ("plain", None));
}

#[tokio::test]
async fn one_page_stands_for_what_is_unknown_if_a_page_is_asked_for() {
    let site = Site::new(&[("index.html", b"app"), ("a.txt", b"a"), ("d/x", b"x")]);
    let server = Server::new(App::new().files("/", site.files().single_page("index.html")));
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for (path, accept, status) in [
        ("/users/7", browser, 200),
        ("/users/", browser, 200),
        ("/d/", browser, 200),
        ("/users/7", "*/*", 404),
        ("/users/7", "application/json", 404),
        ("/app.js", browser, 404),
        ("/../x", browser, 404),
        ("/a%00", browser, 404),
        ("/.git", browser, 404),
    ] {
        let answer = server.ask(&format!("GET {path}"), &[("Accept", accept)]).await;
        assert_eq!(answer.status(), status, "{path} {accept}");
        if status == 200 {
            assert_eq!(answer.text(), "app");
            assert_eq!(answer.field("vary"), Some("Accept, Accept-Encoding"));
        }
    }
    assert_eq!(server.get("/users/7").await.status(), 404);
    let tag = server.get("/").await.field("etag").unwrap().to_owned();
    let fields = [("Accept", browser), ("If-None-Match", &*tag)];
    assert_eq!(server.ask("GET /users/7", &fields).await.status(), 304);
    assert_eq!(server.ask("GET /a.txt", &[("Accept", browser)]).await.text(), "a");
}

#[tokio::test]
async fn another_answers_where_no_file_does() {
    async fn missing(exchange: &mut Exchange) -> (u16, String) {
        (410, format!("{} is gone", exchange.path()))
    }
    let site = Site::new(&[("a.txt", b"a"), ("index.html", b"app")]);
    let server = Server::new(App::new().files("/", site.files().otherwise(missing)));
    for (path, status, text) in [
        ("/a.txt", 200, "a"),
        ("/nope", 410, "/nope is gone"),
        ("/../secret.txt", 410, "/../secret.txt is gone"),
        ("/.git/", 410, "/.git/ is gone"),
    ] {
        let answer = server.get(path).await;
        assert_eq!((answer.status(), answer.text()), (status, text), "{path}");
    }
    let files = site.files().single_page("index.html").otherwise(missing);
    let server = Server::new(App::new().files("/", files));
    let page = [("Accept", "text/html")];
    assert_eq!(server.ask("GET /nope", &page).await.text(), "app");
    let answer = server.ask("GET /nope.js", &page).await;
    assert_eq!((answer.status(), answer.field("vary")), (410, Some("Accept")));
}

#[tokio::test]
async fn options_show_in_the_fields() {
    let site = Site::new(&[("d/naïve \".txt", b"hello")]);
    let files = site.files().cache_control("no-cache").attachment().precompressed(false);
    let server = Server::new(App::new().files("/", files));
    let answer = server.get("/d/na%C3%AFve%20%22.txt").await;
    assert_eq!(answer.text(), "hello");
    assert_eq!(answer.field("cache-control"), Some("no-cache"));
    assert_eq!(answer.field("vary"), None);
    let disposition = answer.field("content-disposition").unwrap();
    assert!(disposition.starts_with("attachment; filename="), "{disposition}");
    assert!(disposition.contains("filename*=UTF-8''na%C3%AFve%20%22.txt"), "{disposition}");
    let tag = answer.field("etag").unwrap();
    let same = server.ask("GET /d/na%C3%AFve%20%22.txt", &[("If-None-Match", tag)]).await;
    assert_eq!((same.status(), same.field("cache-control")), (304, Some("no-cache")));
}

#[tokio::test]
async fn path_a_listing_shows_what_could_be_asked_for() {
    let site = Site::new(&[
        ("d/<b>.txt", b"1"),
        ("d/.hidden", b"2"),
        ("d/sub/x", b"3"),
        ("d/con", b"4"),
        ("index.html", b"root"),
    ]);
    #[cfg(unix)]
    std::os::unix::fs::symlink(site.path("index.html"), site.path("d/link")).unwrap();
    let server = Server::new(App::new().files("/", site.files().listing(true)));
    assert_eq!(server.get("/").await.text(), "root");
    let page = server.get("/d/").await;
    assert_eq!(page.field("content-type"), Some("text/html; charset=utf-8"));
    let shown: Vec<_> = page.text().split("href=\"").skip(1).collect();
    let shown: Vec<_> = shown.iter().map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(shown, ["../", "./%3Cb%3E.txt", "./sub/"]);
    assert_eq!(server.get("/d/%3Cb%3E.txt").await.text(), "1");
    assert_eq!(server.get("/d").await.field("location"), Some("/d/"));
    assert_eq!(site.serve().get("/d/").await.status(), 404);
}

#[tokio::test]
async fn files_live_beside_other_routes() {
    let site = Site::new(&[("a.txt", b"file"), ("api/x", b"file")]);
    let app = App::new()
        .get("/api/{name}", async |exchange: &mut Exchange| {
            exchange.param("name").map(|name| name.into_owned())
        })
        .files("/", site.files())
        .mount("/inner", App::new().fallback(site.files()));
    let server = Server::new(app);
    assert_eq!(server.get("/api/x").await.text(), "x");
    assert_eq!(server.get("/a.txt").await.text(), "file");
    assert_eq!(server.get("/inner/api/x").await.text(), "file");
    assert_eq!(server.get("/inner/../secret.txt").await.status(), 404);
}
