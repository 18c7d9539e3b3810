//! What is shipped as middleware, in memory, on each runtime.

use blazeio::web::forwarded::Syntax;
use blazeio::{Field, Method};
use blazeio_app::RequestId;
use blazeio_app::{App, Ending, Exchange, IntoReply, TestClient};
use blazeio_driver::{Address, Standalone, Threads};
use std::collections::HashSet;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Log, Server, sleep};

mod support;

on_each_runtime! {
    host_only_those_that_are_listed_are_served
    bodyl_content_beyond_the_limit_is_answered_413
    bodyl_a_group_of_routes_has_a_limit_of_its_own
    slow_a_handler_has_its_deadline_and_the_inner_one_counts
    mpart_a_form_is_read_part_by_part_and_refused_with_its_place
    log_an_exchange_has_one_line_with_its_request_id
    host_forwarded_only_trusted_proxies_name_the_client
    ids_are_given_unless_a_trusted_peer_has_one
}

/// What `test` makes of a client of `app`, on a runtime.
fn with<R: Standalone, F: Future>(app: App, test: impl FnOnce(TestClient) -> F) -> F::Output {
    R::run(Threads::One, || test(TestClient::new(app, R::current()).unwrap())).unwrap()
}

fn host_only_those_that_are_listed_are_served<R: Standalone>() {
    let app = App::new().allow_hosts(["TEST.example", "[::1]"]).get("/", "here".into_reply());
    with::<R, _>(app, async |client| {
        assert_eq!(client.get("/").await.unwrap().text(), "here");
        // An absolute target's authority is what counts.
        for (target, status) in [
            ("http://test.example:8080/", 200),
            ("http://evil.example/", 421),
            ("http://[::1]/", 200),
        ] {
            assert_eq!(client.get(target).await.unwrap().status(), status, "{target}");
        }
    });
}

fn bodyl_a_group_of_routes_has_a_limit_of_its_own<R: Standalone>() {
    let put = async |exchange: &mut Exchange| exchange.bytes(100).await;
    let group = App::new().content_limit(8).post("/large", put).state(1u8);
    let app = App::new().content_limit(4).post("/small", put).merge(group);
    with::<R, _>(app, async |client| {
        for (target, content, status) in [
            ("/small", "1234", 200),
            ("/small", "12345", 413),
            ("/large", "12345678", 200),
            ("/large", "123456789", 413),
        ] {
            let response = client.post(target, "a/b", content).await.unwrap();
            assert_eq!(response.status(), status, "{target} {content}");
        }
    });
}

fn bodyl_content_beyond_the_limit_is_answered_413<R: Standalone>() {
    let app = App::new()
        .content_limit(4)
        .post("/", async |exchange: &mut Exchange| exchange.bytes(100).await);
    with::<R, _>(app, async |client| {
        assert_eq!(client.post("/", "a/b", "1234").await.unwrap().content(), b"1234");
        assert_eq!(client.post("/", "a/b", "12345").await.unwrap().status(), 413);
    });
}

fn slow_a_handler_has_its_deadline_and_the_inner_one_counts<R: Standalone>() {
    let endings = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&endings);
    let wait = async |exchange: &mut Exchange| {
        sleep(exchange.runtime(), Duration::from_millis(100)).await;
        "done"
    };
    let begun = async |exchange: &mut Exchange| {
        exchange.prepare(200, &[], None).await?;
        exchange.write("half").await?;
        std::future::pending::<()>().await;
        Ok::<(), blazeio_app::Abort>(())
    };
    let patient = App::new().deadline(Duration::from_secs(10)).get("/", wait);
    let app = App::new()
        .deadline(Duration::from_millis(10))
        .get("/", wait)
        .get("/begun", begun)
        .mount("/patient", patient)
        .after(move |outcome| {
            told.lock().unwrap().push(matches!(outcome.ending, Ending::Failed(_)));
        });
    with::<R, _>(app, async |client| {
        assert_eq!(client.get("/").await.unwrap().status(), 503);
        assert_eq!(client.get("/patient").await.unwrap().text(), "done");
        assert!(client.get("/begun").await.is_err(), "cut off");
        assert_eq!(*endings.lock().unwrap(), [true, false, true]);
    });
}

fn mpart_a_form_is_read_part_by_part_and_refused_with_its_place<R: Standalone>() {
    let app = App::new().post("/", async |exchange: &mut Exchange| {
        let mut form = exchange.multipart()?;
        let mut told = String::new();
        while let Some(mut part) = form.next().await? {
            let name = part.file_name().map(str::to_owned);
            let content = part.bytes(1 << 20).await?;
            told += &format!("{}={:?},{};", part.name(), name, content.len());
        }
        Ok::<String, blazeio_app::Abort>(told)
    });
    with::<R, _>(app, async |client| {
        let file = "x".repeat(300_000);
        let part = |fields: &str, content: &str| {
            format!("--b\r\nContent-Disposition: form-data; {fields}\r\n\r\n{content}\r\n")
        };
        let form = part("name=a", "1") + &part("name=f; filename=\"x.txt\"", &file) + "--b--\r\n";
        const TYPE: &str = "multipart/form-data; boundary=b";
        let response = client.post("/", TYPE, &form).await.unwrap();
        assert_eq!(response.text(), "a=None,1;f=Some(\"x.txt\"),300000;");
        for (media_type, form, status, text) in [
            ("text/plain", &*form, 415, "the content's type is not multipart/form-data"),
            (TYPE, "--b--", 200, ""),
            (TYPE, "--b\r\n\r\nx\r\n--b--", 400, "a part is no form-data (RFC 7578 §4.2)"),
            (
                TYPE,
                "junk",
                400,
                "something stands before the first boundary (RFC 2046 §5.1.1), at byte 0",
            ),
            (
                TYPE,
                "--b\r\n",
                400,
                "the content ends before the last boundary (RFC 2046 §5.1.1), at byte 5",
            ),
        ] {
            let response = client.post("/", media_type, form).await.unwrap();
            assert_eq!((response.status(), response.text()), (status, text), "{form}");
        }
        let fields = [Field::new("Content-Type", "multipart/mixed")];
        let response = client.send(Method::Post, "/", &fields, b"x").await.unwrap();
        assert_eq!(response.status(), 415);
    });
}

fn ids_are_given_unless_a_trusted_peer_has_one<R: Standalone>() {
    let id =
        async |exchange: &mut Exchange| exchange.data().get::<RequestId>().unwrap().to_string();
    let app = App::new().request_ids(|peer| *peer == Address::Unnamed).get("/", id);
    let app = app.mount("/open", App::new().request_ids(|_| false).get("/", id));
    with::<R, _>(app, async |client| {
        let mut seen = HashSet::new();
        let long = "a".repeat(65);
        for (target, own, kept) in [
            ("/", None, false),
            ("/", Some("edge-1.7_A"), true),
            ("/", Some("two words"), false),
            ("/", Some(&*long), false),
            ("/", Some("a\u{e9}"), false),
            ("/open", Some("edge-1"), false),
        ] {
            let fields: Vec<_> =
                own.map(|own| Field::new("X-Request-Id", own)).into_iter().collect();
            let response = client.send(Method::Get, target, &fields, b"").await.unwrap();
            // The innermost application's comes last, and counts.
            let id = response.text();
            assert!(response.fields().contains(&("X-Request-Id".to_owned(), id.to_owned())));
            assert_eq!(own == Some(id), kept, "{target} {own:?} {id}");
            assert!(kept || (id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit())), "{id}");
            assert!(seen.insert(id.to_owned()), "{id} twice");
        }
    });
}

fn host_forwarded_only_trusted_proxies_name_the_client<R: Standalone>() {
    let client = async |exchange: &mut Exchange| exchange.client().map(|ip| ip.to_string());
    let app = App::new()
        .trust_proxies(Syntax::XForwardedFor, |ip| ip.to_string().starts_with("10."))
        .get("/", client);
    let forwarded = "X-Forwarded-For: 6.6.6.6, 1.1.1.1\r\nX-Forwarded-For: 10.1.1.1\r\n\r\n";
    // In memory a peer is as on a Unix socket: it is who is let in.
    let fields = ["6.6.6.6, 1.1.1.1", "10.1.1.1"].map(|value| Field::new("X-Forwarded-For", value));
    with::<R, _>(app.clone(), async |client| {
        let response = client.send(Method::Get, "/", &fields, b"").await.unwrap();
        assert_eq!(response.text(), "1.1.1.1");
        assert_eq!(client.get("/").await.unwrap().status(), 404, "not known");
    });
    // Over TCP it is not trusted here.
    let server = Server::start::<R>(app);
    assert_eq!(server.ask(&format!("GET /\r\n{forwarded}")).content(), "127.0.0.1");
    let near =
        App::new().trust_proxies(Syntax::XForwardedFor, |ip| ip.is_loopback()).get("/", client);
    let server = Server::start::<R>(near);
    assert_eq!(server.ask(&format!("GET /\r\n{forwarded}")).content(), "10.1.1.1");
    assert_eq!(server.ask("GET /").content(), "127.0.0.1");
}

fn log_an_exchange_has_one_line_with_its_request_id<R: Standalone>() {
    let log = Log::default();
    let app = App::new().access_log().request_ids(|_| true).get("/a", "here".into_reply()).get(
        "/fails",
        async |_: &mut Exchange| {
            std::fs::read_to_string("/no/such/file").map_err(blazeio_app::Abort::from)
        },
    );
    let id = [Field::new("X-Request-Id", "id-1")];
    tracing::subscriber::with_default(log.clone(), || {
        with::<R, _>(app, async |client| {
            // What would be a line of its own, or colour a terminal, is in no target.
            client.send(Method::Get, "/a?%0A%1b[1m", &id, b"").await.unwrap();
            client.send(Method::Get, "/fails", &id, b"").await.unwrap();
        });
    });
    let lines = log.lines("blazeio_app::access");
    let [first, second] = &lines[..] else { panic!("{lines:?}") };
    for part in
        ["INFO", "method=GET", "target=\"/a?%0A%1b[1m\"", "status=200", "sent=4", "id=\"id-1\""]
    {
        assert!(first.contains(part), "{part} in {first}");
    }
    for part in
        ["WARN", "status=500", "error=\"500 Internal Server Error: No such file", "id=\"id-1\""]
    {
        assert!(second.contains(part), "{part} in {second}");
    }
    assert!(!first.chars().any(char::is_control), "{first}");
}
