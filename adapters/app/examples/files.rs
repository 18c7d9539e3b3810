//! Serves the files of a folder: `cargo run -p blazeio-app --example files -- 127.0.0.1:8000 .`
//!
//! Writes where it listens, and stops when it is asked to (SIGINT, SIGTERM).

use blazeio_app::{App, Files};
use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(address), Some(folder), None) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("usage: files ADDRESS FOLDER".into());
    };
    let app = App::new().files("/", Files::new(folder)?);
    let stop = blazeio_tokio::stop_signal()?;
    let server = blazeio_tokio::serve(&address, app).start()?;
    for address in server.addresses() {
        println!("listening on {address}");
    }
    stop.await;
    server.exit().await;
    Ok(())
}
