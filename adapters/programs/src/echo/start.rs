//! A server as the flags have it, and one for each core.
//!
//! Decides what a connection goes through before HTTP, and where it is told of. Each core has
//! a runtime of one thread, with listeners and connections of its own.

use crate::echo::flags::Flags;
use crate::echo::log;
use crate::echo::service::service;
use blazeio_driver::proxy_protocol::ProxyProtocol;
use blazeio_driver::tls::TlsAcceptor;
use blazeio_driver::{Handle, Serve, Server, Service, Standalone, Threads};
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;

/// The server, not started.
pub fn server<R: Standalone>(flags: &Flags) -> io::Result<Server<impl Service, R>> {
    let mut addresses = flags.addresses.iter();
    // The command line has at least one.
    let first = addresses.next().map_or("", String::as_str);
    let mut server = Server::new(first, service(flags.limits()));
    for address in addresses {
        server = server.listen(address);
    }
    let mut server = server.configure(|serve| configure(serve, flags));
    if flags.proxy_protocol {
        // Before TLS, which is the client's and passes through the proxy.
        server = server.configure(|serve| serve.handshake(ProxyProtocol::default()));
    }
    let (Some(chain), Some(key)) = (&flags.tls_cert, &flags.tls_key) else { return Ok(server) };
    let acceptor = TlsAcceptor::from_pem_files(chain, key)?;
    Ok(server.configure(|serve| serve.handshake(acceptor)))
}

fn configure<S: Service>(serve: Serve<S>, flags: &Flags) -> Serve<S> {
    let serve = serve
        .options(flags.listen_options())
        .limits(flags.limits())
        .memory(Arc::new(flags.memory()))
        .grace(flags.grace)
        .report(|report| log::line(format_args!("{report}")));
    match flags.max_connections {
        Some(most) => serve.connections(most.get()),
        None => serve,
    }
}

/// Starts `server` on so many threads; they go on until its handles are finished.
pub fn per_core<R: Standalone>(
    server: Server<impl Service, R>,
    threads: NonZeroUsize,
) -> io::Result<Vec<Handle>> {
    let (sender, started) = channel();
    for shard in server.shards(threads.get())? {
        let sender = sender.clone();
        thread::spawn(move || run(shard, sender));
    }
    drop(sender);
    started.iter().collect()
}

/// Runs one of several servers to its end.
fn run<R: Standalone>(shard: Server<impl Service, R>, started: Sender<io::Result<Handle>>) {
    let mut started = Some(started);
    let ran = R::run(Threads::One, || async {
        let handle = shard.start()?;
        // Whoever collects them waits until all have told.
        let is_awaited = started.take().is_some_and(|to| to.send(Ok(handle.clone())).is_ok());
        if is_awaited {
            handle.finished().await;
        }
        Ok(())
    });
    if let (Err(error), Some(started)) = (ran.and_then(|ran| ran), started) {
        // Nobody waits for it if another one failed before.
        drop(started.send(Err(error)));
    }
}
