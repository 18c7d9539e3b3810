//! The same on smol, where no tokio runs: on threads of its own, and on an executor that keeps
//! every task on one.

use super::{content, status};
use axum::Json;
use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::routing::{get, post};
use blazeio_app::App;
use blazeio_app::tower::{innermost, service};
use blazeio_driver::{Standalone, Threads};
use blazeio_smol::Smol;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::num::NonZeroUsize;
use std::rc::Rc;
use tower::Layer;
use tower_http::cors::CorsLayer;

fn router() -> Router {
    Router::new()
        .route("/hello/{name}", get(async |Path(name): Path<String>| Json([name])))
        .route("/echo", post(async |content: Body| content))
}

/// What a client without a runtime sees.
fn ask(at: SocketAddr) {
    let send = |text: &str| {
        let mut stream = TcpStream::connect(at).unwrap();
        let mut sending = stream.try_clone().unwrap();
        let text = text.to_owned();
        let sent = std::thread::spawn(move || sending.write_all(text.as_bytes()).unwrap());
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        sent.join().unwrap();
        answer
    };
    let answer = send("GET /hello/ada HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_eq!((status(&answer), content(&answer)), (200, "[\"ada\"]"));
    let text = "x".repeat(3_000_000);
    let head =
        "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3000000\r\n\r\n";
    let answer = send(&format!("{head}{text}"));
    assert!(content(&answer) == text, "{} bytes", content(&answer).len());
}

#[test]
fn an_axum_router_runs_on_smol() {
    for threads in [Threads::One, Threads::Many(NonZeroUsize::new(2).unwrap())] {
        Smol::run(threads, || async {
            let server = blazeio_smol::serve("127.0.0.1:0", service(router())).start().unwrap();
            let at = server.addresses()[0].as_tcp().unwrap();
            on_a_thread(move || ask(at)).await;
            assert_eq!(server.exit().await.cut, 0);
            // The router among an application's routes, and that within layers.
            let app = App::new().any("/{*rest}", service(router()));
            let layered = CorsLayer::permissive().layer(innermost(app));
            let server = blazeio_smol::serve("127.0.0.1:0", service(layered)).start().unwrap();
            let at = server.addresses()[0].as_tcp().unwrap();
            on_a_thread(move || ask(at)).await;
            assert_eq!(server.exit().await.cut, 0);
        })
        .unwrap();
    }
}

#[test]
fn an_axum_router_runs_on_an_executor_of_one_thread() {
    let executor = Rc::new(async_executor::LocalExecutor::new());
    let runtime = Smol::local(&executor).unwrap();
    let _entered = runtime.enter();
    let server = blazeio_smol::serve("127.0.0.1:0", service(router())).start().unwrap();
    let at = server.addresses()[0].as_tcp().unwrap();
    async_io::block_on(executor.run(async {
        on_a_thread(move || ask(at)).await;
        assert_eq!(server.exit().await.cut, 0);
    }));
}

/// What a thread ends with.
async fn on_a_thread(work: impl FnOnce() + Send + 'static) {
    let (done, is_done) = async_channel::bounded(1);
    let thread = std::thread::spawn(move || {
        work();
        done.send_blocking(()).unwrap();
    });
    // A panic of the thread closes the channel.
    let _ = is_done.recv().await;
    thread.join().unwrap();
}
