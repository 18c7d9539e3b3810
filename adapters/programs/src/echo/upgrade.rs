//! The protocol `echo`: raw bytes, sent back.
//!
//! Decides nothing: what comes goes back, until the client ends.

use blazeio::{Response, Server};
use blazeio_driver::{Error, Exchange};

/// Bytes that are read at once.
const PIECE: usize = 16 * 1024;

/// Switches protocols, and sends back what comes; what came behind the head goes first.
pub async fn upgrade(exchange: Exchange<Server>) -> Result<(), Error> {
    let mut tunnel = exchange.upgrade(&Response::new(101).upgrade("echo")).await?;
    let mut room = vec![0; PIECE];
    loop {
        let n = tunnel.read(&mut room).await?;
        if n == 0 {
            return Ok(tunnel.shutdown().await?);
        }
        tunnel.write(&room[..n]).await?;
        tunnel.flush().await?;
    }
}
