//! From one message into another, in simulated worlds whose bytes come late and in pieces.

use blazeio::{Field, Method, Request, Response, Server};
use blazeio_driver::sim::{Faults, Simulation};
use blazeio_driver::{Address, Connector, Error, Exchange, Runtime, serve};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A simulated hour.
const LONG: u64 = 3_600_000_000;

async fn echo(mut exchange: Exchange<Server>) -> Result<(), Error> {
    exchange.respond(&Response::new(200).streamed()).await?;
    let (reader, writer) = exchange.split();
    reader.pass(writer).await
}

/// Asks `origin`, and passes on both ways at once.
async fn relay(
    exchange: Exchange<Server>,
    runtime: Arc<dyn Runtime>,
    origin: Address,
) -> Result<(), Error> {
    let mut connection = Connector::new(runtime).connect(&origin).await?;
    let request = Request::new(Method::Post, "/", "a").streamed();
    let (mut from_origin, mut to_origin) = connection.open(&request).await?.into_split();
    let (mut from_client, mut to_client) = exchange.into_split();
    let upload = pin!(from_client.pass(&mut to_origin));
    let download = pin!(async {
        from_origin.head().await?;
        to_client.respond(&Response::new(200).streamed()).await?;
        from_origin.pass(&mut to_client).await
    });
    let (uploaded, downloaded) = futures::join!(upload, download);
    uploaded.and(downloaded)
}

#[test]
fn io_what_is_passed_on_comes_whole_with_its_trailers() {
    let content: Vec<u8> = (0..100_000).map(|at| (at % 251) as u8).collect();
    for seed in 0..30 {
        let faults = Faults { stall: 0.0, suspend: 0.0, ..Faults::default().without_harm() };
        let sim = Simulation::with(seed, faults);
        let runtime = sim.runtime();
        let ((listener, origin), (door, address)) = (sim.listener(), sim.listener());
        let servers = [
            serve(echo).listener(listener).start(&runtime).unwrap(),
            serve({
                let runtime = Arc::clone(&runtime);
                move |exchange| relay(exchange, Arc::clone(&runtime), origin.clone())
            })
            .listener(door)
            .start(&runtime)
            .unwrap(),
        ];
        let story = async {
            let mut connection = Connector::new(Arc::clone(&runtime)).connect(&address).await?;
            let request = Request::new(Method::Post, "/", "a").streamed();
            let (mut reader, mut writer) = connection.open(&request).await?.into_split();
            let sending = async {
                for piece in content.chunks(7_000) {
                    writer.write(piece).await?;
                }
                writer.finish_with(&[Field::new("X-Sum", "5")]).await
            };
            let receiving = async {
                reader.head().await?;
                let mut received = Vec::new();
                while let Some(piece) = reader.read().await? {
                    received.extend_from_slice(piece);
                }
                let sum = reader.trailers().and_then(|fields| fields.get("x-sum"));
                Ok::<_, Error>((received, sum.map(<[u8]>::to_vec)))
            };
            let (sent, received) = futures::join!(sending, receiving);
            sent?;
            let (received, sum) = received?;
            assert!(received == content, "seed {seed}: {} bytes", received.len());
            assert_eq!(sum.as_deref(), Some(&b"5"[..]), "seed {seed}");
            Ok::<(), Box<dyn std::error::Error>>(())
        };
        sim.run(story, LONG).unwrap().unwrap();
        drop(servers);
    }
}

#[test]
fn expect_a_write_of_nothing_waits_for_100_as_one_of_something_does() {
    let sim = Simulation::with(1, Faults::NONE);
    let runtime = sim.runtime();
    let (listener, address) = sim.listener();
    let may_go_on = Arc::new(AtomicBool::new(false));
    let server = serve({
        let may_go_on = Arc::clone(&may_go_on);
        move |mut exchange: Exchange<Server>| {
            let may_go_on = Arc::clone(&may_go_on);
            async move {
                // Half a second, less than a client waits.
                let runtime = Arc::clone(exchange.runtime());
                let (mut timer, at) = (runtime.timer(), runtime.now() + 500_000);
                std::future::poll_fn(|cx| timer.poll(cx, at)).await;
                may_go_on.store(true, Ordering::Relaxed);
                while exchange.read().await?.is_some() {}
                exchange.send(&Response::new(204), b"").await
            }
        }
    })
    .listener(listener)
    .start(&runtime)
    .unwrap();
    let story = async {
        let mut connection = Connector::new(Arc::clone(&runtime)).connect(&address).await.unwrap();
        let request = Request::new(Method::Post, "/", "a").sized(3).expect_continue();
        let mut exchange = connection.open(&request).await.unwrap();
        exchange.write(b"").await.unwrap();
        assert!(may_go_on.load(Ordering::Relaxed), "the server has not read yet");
        exchange.write(b"abc").await.unwrap();
        exchange.finish().await.unwrap();
        assert_eq!(exchange.head().await.unwrap().status(), 204);
    };
    sim.run(story, LONG).unwrap();
    drop(server);
}
