//! A server and a client, each on a network stack of its own: two embassy-net stacks in this
//! process, with a wire of memory between them, as on two microcontrollers.
//!
//! Run it: `cargo run -p blazeio-embedded-io --example hello`.

mod network;

use blazeio::web::route::{Route, Routes};
use blazeio::{Field, Limits, Method, Request, Response, Timeout, Timeouts};
use blazeio_embedded_io::{Buffers, Call, Client, EmbassyTimer, Error, Exchange, Server, Service};
use core::future::pending;
use embassy_net::tcp::TcpSocket;
use embassy_net::{IpAddress, Stack};
use embassy_time::Duration;
use futures_lite::future::{block_on, or};
use std::rc::Rc;

/// What a peer may send; a head has to fit the input buffer in any case.
static LIMITS: Limits = Limits {
    head: 1024,
    start_line: 512,
    timeouts: Timeouts { idle: Timeout::secs(15), ..Timeouts::DEFAULT },
    ..Limits::DEFAULT
};

/// The pages there are.
enum Page {
    Hello,
    Echo,
}

static TABLE: [Route<'static, Page>; 2] = [
    Route::new(Method::Get, "/hello/{name}", Page::Hello),
    Route::new(Method::Post, "/echo", Page::Echo),
];

struct Pages;

impl Service for Pages {
    type Page = Page;

    fn routes(&self) -> Routes<'_, Page> {
        static ROUTES: Routes<'static, Page> = Routes::checked(&TABLE);
        ROUTES
    }

    async fn answer(
        &self,
        call: Call<'_, Page>,
        exchange: &mut Exchange<'_, '_>,
    ) -> Result<(), Error> {
        match call.page {
            Page::Hello => {
                let name = call.captures.get("name").unwrap_or_default();
                let text = [Field::new("Content-Type", "text/plain")];
                exchange.respond(&Response::new(200).fields(&text).streamed()).await?;
                exchange.write(b"Hello, ").await?;
                exchange.write(name).await?;
                exchange.write(b"\n").await
            }
            Page::Echo => {
                exchange.respond(&Response::new(200).streamed()).await?;
                let (reader, writer) = exchange.split();
                while let Some(piece) = reader.read().await? {
                    writer.write(piece).await?;
                }
                Ok(())
            }
        }
    }
}

/// One connection at a time. For several, join several of these, or spawn a task for each.
async fn serve(stack: Stack<'static>) -> Result<(), Error> {
    let (mut receive, mut send) = ([0; 1024], [0; 1024]);
    let (mut input, mut landing, mut output) = ([0; 1024], [0; 128], [0; 512]);
    let server = Server::new(&Pages, &EmbassyTimer, &LIMITS);
    loop {
        let mut socket = TcpSocket::new(stack, &mut receive, &mut send);
        // A peer that vanishes is given up then, whoever waits for it.
        socket.set_timeout(Some(Duration::from_secs(20)));
        socket.set_keep_alive(Some(Duration::from_secs(5)));
        if socket.accept(80).await.is_err() {
            continue;
        }
        let buffers = Buffers { input: &mut input, landing: &mut landing, output: &mut output };
        let reason = server.serve(&mut socket, buffers, pending()).await;
        println!("server: {reason}");
        let _ = socket.flush().await;
    }
}

/// Asks for a greeting and for an echo, on one connection.
async fn fetch(stack: Stack<'static>) -> Result<(), Error> {
    stack.wait_config_up().await;
    let (mut receive, mut send) = ([0; 1024], [0; 1024]);
    let (mut input, mut landing, mut output) = ([0; 1024], [0; 128], [0; 512]);
    let mut socket = TcpSocket::new(stack, &mut receive, &mut send);
    socket.set_timeout(Some(Duration::from_secs(20)));
    socket.set_keep_alive(Some(Duration::from_secs(5)));
    socket.connect((IpAddress::v4(10, 9, 9, 1), 80)).await.expect("the server listens");
    let buffers = Buffers { input: &mut input, landing: &mut landing, output: &mut output };
    let client = Client::new(&EmbassyTimer, &LIMITS);
    let done = client
        .run(&mut socket, buffers, async |session| {
            let hello = Request::new(Method::Get, "/hello/embassy", "10.9.9.1");
            session.send(&hello, b"").await?;
            println!("client: {:?}", session.head().await?);
            while let Some(piece) = session.read().await? {
                println!("client: {}", piece.escape_ascii());
            }
            let echo = Request::new(Method::Post, "/echo", "10.9.9.1");
            session.send(&echo, b"there and back").await?;
            println!("client: {:?}", session.head().await?);
            while let Some(piece) = session.read().await? {
                println!("client: {}", piece.escape_ascii());
            }
            Ok::<(), Error>(())
        })
        .await;
    let _ = socket.flush().await;
    done
}

fn main() -> Result<(), Error> {
    let (server, client, network) = network::pair(Rc::default());
    // Whichever is done first: the client.
    let network = async {
        network.await;
        Ok(())
    };
    block_on(or(network, or(serve(server), fetch(client))))
}
