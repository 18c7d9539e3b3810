//! Other people's programs: hyper both ways, ureq and curl against `echo`.

use crate::suite::sockets::program::{Echo, fetch, fetch_json};
use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Body, Frame, Incoming};
use hyper::client::conn::http1;
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::process::{Command, Stdio};
use std::task::{Context, Poll};
use tokio::net::{TcpListener, TcpStream};

type Boxed = BoxBody<Bytes, Infallible>;

/// Frames, one after another.
struct Frames(std::vec::IntoIter<Frame<Bytes>>);

impl Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.next().map(Ok))
    }
}

/// `count` pieces of `size` bytes, and a trailer field.
fn streamed(count: usize, size: usize) -> Boxed {
    let mut frames: Vec<_> =
        (0..count).map(|n| Frame::data(Bytes::from(vec![n as u8; size]))).collect();
    let trailers = [("x-count".parse().unwrap(), count.into())].into_iter().collect();
    frames.push(Frame::trailers(trailers));
    Frames(frames.into_iter()).boxed()
}

async fn connect(address: SocketAddr) -> http1::SendRequest<Boxed> {
    let stream = TcpStream::connect(address).await.unwrap();
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

/// Status, content and trailers.
async fn ask(
    sender: &mut http1::SendRequest<Boxed>,
    method: Method,
    path: &str,
    body: Boxed,
) -> (StatusCode, Bytes, Option<HeaderMap>) {
    sender.ready().await.unwrap();
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "a")
        .header("trailer", "x-count")
        .header("te", "trailers")
        .body(body)
        .unwrap();
    let response = sender.send_request(request).await.unwrap();
    let status = response.status();
    let collected = response.into_body().collect().await.unwrap();
    let trailers = collected.trailers().cloned();
    (status, collected.to_bytes(), trailers)
}

#[tokio::test]
async fn hyper_asks_echo() {
    let echo = Echo::start(&[]);
    let mut sender = connect(echo.address).await;
    for _ in 0..3 {
        let (status, content, _) = ask(&mut sender, Method::GET, "/", Empty::new().boxed()).await;
        assert_eq!((status, &content[..]), (StatusCode::OK, &b"This is echo.\n"[..]));
        let (status, content, _) = ask(&mut sender, Method::HEAD, "/", Empty::new().boxed()).await;
        assert_eq!((status, content.len()), (StatusCode::OK, 0));
        let body = Bytes::from(vec![b'x'; 3 << 20]);
        let (status, content, _) =
            ask(&mut sender, Method::PUT, "/echo", Full::new(body.clone()).boxed()).await;
        assert!(status == StatusCode::OK && content == body);
        let (status, content, trailers) =
            ask(&mut sender, Method::POST, "/echo", streamed(100, 20_000)).await;
        assert_eq!((status, content.len()), (StatusCode::OK, 2_000_000));
        assert_eq!(trailers.unwrap()["x-count"], "100");
        let (status, _, _) = ask(&mut sender, Method::POST, "/", streamed(3, 1000)).await;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    }
    assert_eq!(echo.stop(), "");
}

/// One answer for each path.
async fn answer(request: Request<Incoming>) -> Result<Response<Boxed>, Infallible> {
    let full = |text: &'static str| Full::new(Bytes::from(text)).boxed();
    Ok(match request.uri().path() {
        "/early" => {
            let refused = Response::builder().status(StatusCode::PAYLOAD_TOO_LARGE);
            refused.header("connection", "close").body(full("large")).unwrap()
        }
        "/trailers" => {
            let response = Response::builder().header("trailer", "x-count");
            response.body(streamed(10, 1000)).unwrap()
        }
        "/stream" => Response::new(request.into_body().map_err(panic_on).boxed()),
        "/collect" => {
            let content = request.into_body().collect().await.unwrap().to_bytes();
            Response::new(Full::new(content).boxed())
        }
        _ => Response::new(full("hello")),
    })
}

fn panic_on(error: hyper::Error) -> Infallible {
    panic!("{error}")
}

/// A hyper server.
async fn hyper_server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = hyper::service::service_fn(answer);
            let builder = hyper::server::conn::http1::Builder::new();
            tokio::spawn(builder.serve_connection(TokioIo::new(stream), service));
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fetch_asks_hyper() {
    let address = hyper_server().await;
    let url = |path: &str| format!("http://{address}{path}");
    let file = std::env::temp_dir().join(format!("blazeio-peers-{}", std::process::id()));
    let content: Vec<u8> = (0..5u32 << 18).flat_map(u32::to_le_bytes).collect();
    std::fs::write(&file, &content).unwrap();
    let data = format!("@{}", file.display());

    assert_eq!(fetch(&[&url("/"), &url("/"), &url("/")]).stdout, b"hellohellohello");
    let output = fetch(&["-v", "--field", "TE: trailers", &url("/trailers")]);
    assert_eq!(output.stdout.len(), 10_000);
    let shown = String::from_utf8(output.stderr).unwrap();
    assert!(shown.ends_with("< x-count: 10\n<\n"), "{shown}");
    for path in ["/collect", "/stream"] {
        for flags in [&[][..], &["--chunked"], &["--expect"]] {
            let output = fetch(&[flags, &["--data", &data, &url(path)]].concat());
            assert!(output.status.success() && output.stdout == content, "{:?}", output.stderr);
        }
    }
    let urls = [&*url("/early"), &url("/")];
    let lines = fetch_json(&[&["--data", &data][..], &urls].concat());
    assert_eq!((&lines[0]["ok"], &lines[0]["status"]), (&true.into(), &413.into()), "{lines:?}");
    assert_eq!((&lines[1]["ok"], &lines[1]["status"]), (&true.into(), &200.into()), "{lines:?}");
    std::fs::remove_file(file).unwrap();
}

#[test]
fn ureq_asks_echo() {
    let echo = Echo::start(&[]);
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).build().into();
    for _ in 0..3 {
        let mut response = agent.get(echo.url("/")).call().unwrap();
        assert_eq!(response.body_mut().read_to_string().unwrap(), "This is echo.\n");
        let content = vec![b'x'; 100_000];
        let mut response = agent.post(echo.url("/echo")).send(&content[..]).unwrap();
        assert!(response.body_mut().read_to_vec().unwrap() == content);
        let reader = ureq::SendBody::from_owned_reader(std::io::Cursor::new(content.clone()));
        let mut response = agent.put(echo.url("/echo")).send(reader).unwrap();
        assert_eq!(response.headers()["transfer-encoding"], "chunked");
        assert!(response.body_mut().read_to_vec().unwrap() == content);
        assert_eq!(agent.get(echo.url("/nope")).call().unwrap().status(), 404);
        assert_eq!(agent.get(echo.url("/204")).call().unwrap().status(), 204);
    }
    assert_eq!(echo.stop(), "");
}

#[test]
fn curl_asks_echo() {
    if Command::new("curl").arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("skipped: there is no curl");
        return;
    }
    let echo = Echo::start(&[]);
    let content = vec![b'x'; 5 << 20];
    let file = std::env::temp_dir().join(format!("blazeio-curl-{}", std::process::id()));
    std::fs::write(&file, &content).unwrap();
    let data = format!("@{}", file.display());
    let url = echo.url("/echo");
    for flags in [
        &["--http1.1"][..],
        &["--http1.1", "-H", "Expect: 100-continue"],
        &["--http1.1", "-H", "Transfer-Encoding: chunked"],
        &["--http1.0"],
    ] {
        let mut command = Command::new("curl");
        command.args(["-sS", "--fail", "--max-time", "20", "--data-binary", &data]);
        let output = command.args(flags).arg(&url).output().unwrap();
        assert!(output.status.success() && output.stdout == content, "{flags:?} {output:?}");
    }
    let mut command = Command::new("curl");
    command.args(["-sS", "--max-time", "20", "-w", "%{http_code} %{num_connects} "]);
    let urls = [echo.url("/"), echo.url("/nope"), echo.url("/204"), echo.url("/304")];
    let output = command.arg("-o").arg("/dev/null").args(&urls[..1]).output().unwrap();
    assert_eq!(output.stdout, b"200 1 ");
    let outs: Vec<&str> = urls.iter().flat_map(|u| ["-o", "/dev/null", u]).collect();
    let mut command = Command::new("curl");
    command.args(["-sS", "--max-time", "20", "-w", "%{http_code} %{num_connects} "]);
    assert_eq!(command.args(outs).output().unwrap().stdout, b"200 1 404 0 204 0 304 0 ");
    std::fs::remove_file(file).unwrap();
    assert_eq!(echo.stop(), "");
}
