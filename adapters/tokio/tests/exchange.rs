//! Exchanges over real sockets.

use blazeio::{Content, Length, Method, Request, Response, Server};
use blazeio_driver::{Address, Connector, Error, Exchange, Runtime, serve};
use blazeio_tokio::Tokio;
use std::sync::Arc;

async fn echo(mut exchange: Exchange<Server>) -> Result<(), Error> {
    let head = exchange.request();
    let content = match head.length() {
        Length::Sized(n) => Content::Sized(n),
        Length::Chunked => Content::Streamed,
        _ => Content::Empty,
    };
    exchange.respond(&Response::new(200).content(content)).await?;
    let (reader, writer) = exchange.split();
    while let Some(piece) = reader.read().await? {
        writer.write(piece).await?;
    }
    exchange.finish().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn echo_over_tcp() {
    let runtime: Arc<dyn Runtime> = Arc::new(Tokio::current());
    let handle = serve(echo)
        .listen("127.0.0.1:0".parse::<Address>().unwrap())
        .report(|r| println!("{r}"))
        .start(&runtime)
        .unwrap();
    let connector = Connector::new(Arc::clone(&runtime));
    let mut connection = connector.connect(&handle.addresses()[0]).await.unwrap();
    for round in 0..50u32 {
        let content: Vec<u8> = (0..round * 5000).map(|n| (n % 251) as u8).collect();
        let request = Request::new(Method::Post, "/", "a").streamed();
        let mut exchange = connection.open(&request).await.unwrap();
        let (reader, writer) = exchange.split();
        let sending = async {
            for piece in content.chunks(7000) {
                writer.write(piece).await.unwrap();
            }
            writer.finish().await.unwrap();
        };
        let receiving = async {
            assert_eq!(reader.head().await.unwrap().status(), 200);
            let mut all = Vec::new();
            while let Some(piece) = reader.read().await.unwrap() {
                all.extend_from_slice(piece);
            }
            all
        };
        let (_, back) = tokio::join!(sending, receiving);
        assert!(back == content, "{round}");
    }
    println!("{:?}", handle.statistics());
    drop(connection);
    println!("{:?}", handle.exit().await);
}
