//! A guest book: a form, an upload with progress, a little JSON, on tokio.
//!
//! `cargo run -p blazeio-app --example site -- [ADDRESS]`, then a browser; or
//! `curl -F file=@README.md http://127.0.0.1:8080/uploads`, `curl http://127.0.0.1:8080/entries`.

use blazeio_app::{Abort, App, Exchange, Json, Reply};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Mutex;
use std::time::Duration;

const PAGE: &str = include_str!("site.html");

#[derive(Clone, Serialize, Deserialize)]
struct Entry {
    name: String,
    text: String,
}

#[derive(Default)]
struct Book(Mutex<Vec<Entry>>);

async fn sign(exchange: &mut Exchange) -> Result<Reply, Abort> {
    let entry: Entry = exchange.body_or_params().await?;
    if entry.name.trim().is_empty() {
        return Err(Abort::new(422).text("a name, please"));
    }
    exchange.state::<Book>().0.lock().unwrap().push(entry);
    Ok(Reply::redirect("/"))
}

async fn entries(exchange: &mut Exchange) -> Json<Vec<Entry>> {
    Json(exchange.state::<Book>().0.lock().unwrap().clone())
}

#[derive(Serialize)]
struct Uploaded {
    name: String,
    length: u64,
    sha256: String,
}

async fn upload(exchange: &mut Exchange) -> Result<Json<Vec<Uploaded>>, Abort> {
    exchange.set_content_limit(1 << 30)?;
    let mut form = exchange.multipart()?;
    let mut files = Vec::new();
    while let Some(mut part) = form.next().await? {
        let Some(name) = part.safe_file_name() else { continue };
        let (mut length, mut hash) = (0, Sha256::new());
        while let Some(piece) = part.read().await? {
            length += piece.len() as u64;
            hash.update(piece);
        }
        let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        files.push(Uploaded { name, length, sha256 });
    }
    Ok(Json(files))
}

fn app() -> App {
    App::new()
        .state(Book::default())
        .get("/", Reply::new(200).html(PAGE))
        .get("/entries", entries)
        .post("/entries", sign)
        .post("/uploads", upload)
        .get("/hello/{name}", async |exchange: &mut Exchange| {
            format!("Hello, {}!\n", exchange.param("name").unwrap_or_default())
        })
        .fallback(Reply::new(404).text("There is nothing here.\n"))
        .deadline(Duration::from_secs(300))
        .access_log()
}

fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:8080".to_owned());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = blazeio_tokio::serve(&address, app()).start()?;
        for address in server.addresses() {
            println!("listening on {address}");
        }
        tokio::signal::ctrl_c().await?;
        let exit = server.exit().await;
        println!("{} connections cut off", exit.cut);
        Ok(())
    })
}
