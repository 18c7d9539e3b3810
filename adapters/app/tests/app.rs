//! An application over real sockets, on each runtime.

use blazeio::Method;
use blazeio_app::{Abort, App, Ending, Exchange, IntoReply, Json, Reply};
use blazeio_driver::Standalone;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::Server;

mod support;

on_each_runtime! {
    a_route_is_found_by_path_and_method
    content_becomes_a_value_or_is_refused_with_a_reason
    middleware_comes_in_order_and_may_stop
    panic_a_handler_that_fails_panics_or_is_dropped_has_an_outcome_too
    routes_are_added_while_it_runs
    a_mounted_fallback_answers_only_where_no_route_is
}

async fn greet(exchange: &mut Exchange) -> String {
    format!("Hello, {}!", exchange.param("name").unwrap_or_default())
}

fn a_route_is_found_by_path_and_method<R: Standalone>() {
    let app = App::new()
        .get("/", "home".into_reply())
        .get("/hello/{name}", greet)
        .post("/hello/{name}", async |_: &mut Exchange| (201, "made"))
        .get("/files/{*path}", async |exchange: &mut Exchange| {
            exchange.param("path").map(|path| path.into_owned())
        })
        .route(Some(Method::Options), "/own", "my options".into_reply())
        .get("/own", "mine".into_reply())
        .any("/any", async |exchange: &mut Exchange| {
            String::from_utf8_lossy(exchange.method().as_bytes()).into_owned()
        });
    let server = Server::start::<R>(app);
    for (request, expected, text) in [
        ("GET /", 200, "home"),
        ("GET /?q", 200, "home"),
        ("GET http://a/", 200, "home"),
        ("GET /hello/ada", 200, "Hello, ada!"),
        ("GET /hello/J%C3%BCrgen%20M", 200, "Hello, Jürgen M!"),
        ("POST /hello/ada", 201, "made"),
        ("GET /files/a/b%2Fc", 200, "a/b/c"),
        ("DELETE /any", 200, "DELETE"),
        ("GET /hello/", 404, "Not Found"),
        ("GET /nope", 404, "Not Found"),
        ("PUT /hello/ada", 405, "Method Not Allowed"),
        ("OPTIONS /hello/ada", 204, ""),
        ("OPTIONS *", 204, ""),
    ] {
        let response = server.ask(request);
        assert_eq!((response.status(), response.content()), (expected, text), "{request}");
    }
    let head = server.ask("HEAD /hello/ada");
    assert!(head.has("Content-Length: 11") && head.content().is_empty(), "{head:?}");
    for request in ["PUT /hello/ada", "OPTIONS /hello/ada"] {
        let response = server.ask(request);
        assert!(response.has("Allow: GET, HEAD, POST, OPTIONS"), "{response:?}");
    }
    assert_eq!(server.ask("OPTIONS /own").content(), "my options");
    let own = server.ask("PUT /own");
    assert!(own.has("Allow: OPTIONS, GET, HEAD"), "{own:?}");
}

#[derive(Serialize, Deserialize)]
struct Lamp {
    name: String,
    level: u8,
}

fn content_becomes_a_value_or_is_refused_with_a_reason<R: Standalone>() {
    let app = App::new()
        .post("/json", async |exchange: &mut Exchange| exchange.json::<Lamp>().await.map(Json))
        .post("/form", async |exchange: &mut Exchange| exchange.form::<Lamp>().await.map(Json))
        .get("/query", async |exchange: &mut Exchange| exchange.query::<Lamp>().map(Json))
        .post("/either", async |exchange: &mut Exchange| {
            exchange.body_or_params::<Lamp>().await.map(Json)
        })
        .post("/text", async |exchange: &mut Exchange| exchange.text().await)
        .post("/small", async |exchange: &mut Exchange| exchange.bytes(4).await);
    let server = Server::start::<R>(app);
    let lamp = r#"{"name":"desk","level":3}"#;
    let post = |path: &str, media_type: &str, content: &str| {
        let length = content.len();
        format!(
            "POST {path}\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\r\n{content}"
        )
    };
    let chunked = |path: &str, line: &str, chunks: &str| {
        format!("POST {path}\r\n{line}\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n")
    };
    const FORM: &str = "application/x-www-form-urlencoded";
    const FORM_LINE: &str = "Content-Type: application/x-www-form-urlencoded";
    const NO_FORM: &str = "the content's type is not application/x-www-form-urlencoded";
    const JSON: &str = "application/json; charset=utf-8";
    for (request, expected, text) in [
        (post("/json", JSON, lamp), 200, lamp),
        (post("/json", "text/plain", lamp), 415, "the content's type is not application/json"),
        (post("/json", JSON, "{"), 400, "JSON: EOF while parsing an object at line 1 column 1"),
        (post("/form", FORM, "name=desk&level=3"), 200, lamp),
        (post("/form", FORM, "name=desk"), 400, "form: missing field `level`"),
        ("GET /query?name=desk".to_owned(), 400, "query: missing field `level`"),
        (post("/form", FORM, &"a&".repeat(1001)), 400, "more names and values than allowed"),
        ("GET /query?level=3&name=de%73k".to_owned(), 200, lamp),
        (post("/either", JSON, lamp), 200, lamp),
        (post("/either", FORM, "name=desk&level=3"), 200, lamp),
        (post("/either?name=desk&level=3", FORM, ""), 200, lamp),
        (chunked("/either?name=desk&level=3", "X: 1", ""), 200, lamp),
        (chunked("/either?name=desk&level=3", FORM_LINE, ""), 200, lamp),
        (chunked("/either", FORM_LINE, "11\r\nname=desk&level=3\r\n"), 200, lamp),
        (chunked("/either", "X: 1", "11\r\nname=desk&level=3\r\n"), 415, NO_FORM),
        (post("/text", "text/plain", "é"), 200, "é"),
        (post("/small", "a/b", "1234"), 200, "1234"),
        (post("/small", "a/b", "12345"), 413, "more than 4 bytes of content"),
        // At once, where the head says so: no content is asked for.
        (
            "POST /small\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n".to_owned(),
            413,
            "more than 4 bytes of content",
        ),
        (
            "POST /small\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n".to_owned(),
            413,
            "more than 4 bytes of content",
        ),
    ] {
        let response = server.ask(&request);
        assert_eq!((response.status(), response.content()), (expected, text), "{request}");
    }
}

/// What middleware noted, in its order.
type Log = Arc<Mutex<Vec<String>>>;

fn middleware_comes_in_order_and_may_stop<R: Standalone>() {
    let log = Log::default();
    let noted = |name: &'static str| {
        let log = Arc::clone(&log);
        move |outcome: &blazeio_app::Outcome<'_>| {
            let seen = outcome.data.get::<Vec<&str>>().cloned().unwrap_or_default();
            let line = format!("{name} {} {:?} {seen:?}", outcome.target, outcome.status);
            log.lock().unwrap().push(line);
        }
    };
    async fn first(exchange: &mut Exchange) {
        exchange.data_mut().insert(vec!["first"]);
        exchange.add_field("X-Request", "1");
    }
    async fn second(exchange: &mut Exchange) -> Result<(), Abort> {
        exchange.data_mut().get_mut::<Vec<&str>>().unwrap().push("second");
        match exchange.field("authorization") {
            Some("open") => Ok(()),
            _ => Err(Abort::new(401).field("WWW-Authenticate", "x")),
        }
    }
    let admin = App::new()
        .get("/", "admin".into_reply())
        .get("/{id}", async |exchange: &mut Exchange| exchange.state::<u32>().to_string())
        .before(second)
        .state(7u32)
        .after(noted("inner"));
    let app = App::new()
        .mount("/admin", admin)
        .before(first)
        .after(noted("outer"))
        .get("/", async |exchange: &mut Exchange| exchange.state::<&str>().to_owned())
        .state("outer state");
    let server = Server::start::<R>(app);
    let open = "\r\nAuthorization: open\r\n\r\n";
    for (request, expected, text) in [
        ("GET /".to_owned(), 200, "outer state"),
        ("GET /admin".to_owned(), 401, "Unauthorized"),
        (format!("GET /admin{open}"), 200, "admin"),
        (format!("GET /admin/1{open}"), 200, "7"),
        ("GET /nope".to_owned(), 404, "Not Found"),
    ] {
        let response = server.ask(&request);
        assert_eq!((response.status(), response.content()), (expected, text), "{request}");
        assert!(response.has("X-Request: 1"), "{response:?}");
    }
    server.exit();
    let log = log.lock().unwrap();
    assert_eq!(
        *log,
        [
            "outer / Some(200) [\"first\"]",
            "outer /admin Some(401) [\"first\", \"second\"]",
            "inner /admin Some(401) [\"first\", \"second\"]",
            "outer /admin Some(200) [\"first\", \"second\"]",
            "inner /admin Some(200) [\"first\", \"second\"]",
            "outer /admin/1 Some(200) [\"first\", \"second\"]",
            "inner /admin/1 Some(200) [\"first\", \"second\"]",
            "outer /nope Some(404) [\"first\"]",
        ]
    );
}

fn panic_a_handler_that_fails_panics_or_is_dropped_has_an_outcome_too<R: Standalone>() {
    let log = Log::default();
    let told = Arc::clone(&log);
    let app = App::new()
        .get("/fails", async |_: &mut Exchange| {
            std::fs::read_to_string("/no such file").map_err(Abort::from)
        })
        .get("/panics", async |_: &mut Exchange| -> &'static str { panic!("on purpose") })
        .get("/hangs", async |_: &mut Exchange| std::future::pending::<()>().await)
        .get("/splits", Reply::new(200).field("X", "a\r\nSet-Cookie: b"))
        .after(move |outcome| {
            let ending = match outcome.ending {
                Ending::Answered => "answered",
                Ending::Failed(_) => "failed",
                Ending::Lost(_) => "lost",
                Ending::Panicked => "panicked",
                Ending::Dropped => "dropped",
                _ => "other",
            };
            told.lock().unwrap().push(format!("{} {ending} {:?}", outcome.target, outcome.status));
        });
    let server = Server::start::<R>(app);
    let response = server.ask("GET /fails");
    assert_eq!((response.status(), response.content()), (500, "Internal Server Error"));
    assert_eq!(server.ask("GET /panics").status(), 500);
    assert_eq!(server.ask("GET /splits").status(), 500);
    let mut gone = server.connect();
    gone.write_all(b"GET /hangs HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    while server.handle.statistics().requests < 4 {
        std::thread::sleep(Duration::from_millis(1));
    }
    socket2::SockRef::from(&gone).set_linger(Some(Duration::ZERO)).unwrap();
    drop(gone);
    while log.lock().unwrap().len() < 4 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let log = log.lock().unwrap();
    assert_eq!(
        *log,
        [
            "/fails failed Some(500)",
            "/panics panicked Some(500)",
            "/splits failed Some(500)",
            "/hangs dropped None"
        ]
    );
}

fn routes_are_added_while_it_runs<R: Standalone>() {
    let app = App::new();
    let server = Server::start::<R>(app.clone());
    assert_eq!(server.ask("GET /new").status(), 404);
    app.add_route(None, "/new", "there".into_reply()).unwrap();
    assert_eq!(server.ask("GET /new").content(), "there");
    assert!(app.add_route(None, "/new", "again".into_reply()).is_err());
}

fn a_mounted_fallback_answers_only_where_no_route_is<R: Standalone>() {
    let other = async |_: &mut Exchange| (404, "none of mine");
    let inner = App::new().get("/leaf", "leaf".into_reply()).fallback(other);
    let api = App::new()
        .get("/lamps/{id}", "lamp".into_reply())
        .post("/lamps/{id}", "made".into_reply())
        .fallback(other);
    let app =
        App::new().mount("/api", api.mount("/inner", inner)).get("/{*page}", "page".into_reply());
    let server = Server::start::<R>(app);
    for (request, expected, text) in [
        ("GET /api/lamps/1", 200, "lamp"),
        ("PUT /api/lamps/1", 405, "Method Not Allowed"),
        ("OPTIONS /api/lamps/1", 204, ""),
        ("GET /api/lamps", 404, "none of mine"),
        ("PUT /api/nope", 404, "none of mine"),
        ("OPTIONS /api/nope", 404, "none of mine"),
        ("PUT /api/inner/leaf", 405, "Method Not Allowed"),
        ("GET /api/inner/nope", 404, "none of mine"),
        ("GET /apis", 200, "page"),
        ("PUT /apis", 405, "Method Not Allowed"),
    ] {
        let response = server.ask(request);
        assert_eq!((response.status(), response.content()), (expected, text), "{request}");
    }
    let allow = server.ask("PUT /api/lamps/1");
    assert!(allow.has("Allow: GET, HEAD, POST, OPTIONS"), "{allow:?}");
    assert!(server.ask("PUT /api/inner/leaf").has("Allow: GET, HEAD, OPTIONS"));
}
