//! In its steady state an application allocates once for a request: the future that answers it.
//!
//! Both sides run on the thread of the test, whose allocations are counted.

#[path = "../../../tokio/tests/allocations/heap.rs"]
mod heap;

use blazeio::Limits;
use blazeio_app::{Abort, App, Exchange, IntoReply, Reply};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[global_allocator]
static HEAP: heap::Heap = heap::Heap;

/// No end of a connection by its number of requests.
const LIMITS: Limits = Limits { requests: u32::MAX, ..Limits::DEFAULT };

fn app() -> App {
    App::new()
        .get("/constant", "Hello\n".into_reply())
        .get("/text", async |_: &mut Exchange| "Hello\n")
        .get("/param/{name}", async |exchange: &mut Exchange| {
            assert_eq!(exchange.param("name").as_deref(), Some("ada"));
            "Hello\n"
        })
        .get("/fields", async |_: &mut Exchange| {
            Reply::new(200).field("X-A", "1").field("X-B", "2").text("Hello\n")
        })
        .get("/pieces", async |exchange: &mut Exchange| {
            exchange.prepare(200, &[], Some(6)).await?;
            exchange.write("Hel").await?;
            exchange.write("lo\n").await?;
            exchange.finish(&[]).await?;
            Ok::<(), Abort>(())
        })
        .after(|outcome| assert_eq!(outcome.status, Some(200)))
        .check(|exchange: &mut Exchange| exchange.set_content_limit(1000).map_err(Abort::from))
}

/// What each of 1,000 requests for `path` allocates on both sides, after a warm-up.
fn allocated(path: &str) -> f64 {
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let server = blazeio_tokio::serve("127.0.0.1:0", app())
            .configure(|serve| serve.limits(LIMITS))
            .start()
            .unwrap();
        let address = server.addresses()[0].as_tcp().unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let mut room = vec![0; 4096];
        let mut before = 0;
        for number in 0..1100 {
            if number == 100 {
                before = heap::count();
            }
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut filled = 0;
            while !room[..filled].ends_with(b"\r\n\r\nHello\n") {
                filled += stream.read(&mut room[filled..]).await.unwrap();
            }
            assert!(room.starts_with(b"HTTP/1.1 200 OK\r\n"));
        }
        let each = (heap::count() - before) as f64 / 1000.0;
        assert_eq!(server.statistics().requests, 1100);
        each
    })
}

#[test]
fn a_plain_handler_is_one_allocation() {
    for path in ["/constant", "/text", "/param/ada", "/fields", "/pieces"] {
        let each = allocated(path);
        println!("{path}: {each} allocations a request");
        assert!(each <= 1.0, "{path}: {each} allocations a request");
        // The count works: the one there is is counted.
        assert!(each > 0.0, "{path}");
    }
}
