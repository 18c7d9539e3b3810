//! A server as the flags have it, and one for each core.
//!
//! Decides what a connection goes through before HTTP, and where it is told of. Each core has
//! a runtime of one thread, with listeners and connections of its own.

use crate::flags::Flags;
use crate::log;
use crate::service::service;
use blazeio_driver::proxy_protocol::ProxyProtocol;
use blazeio_driver::tls::TlsAcceptor;
use blazeio_driver::{Handle, Serve, Service};
use blazeio_tokio::Server;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;

/// The server, not started.
pub fn server(flags: &Flags) -> io::Result<Server<impl Service>> {
    let mut addresses = flags.addresses.iter();
    // The command line has at least one.
    let first = addresses.next().map_or("", String::as_str);
    let mut server = blazeio_tokio::serve(first, service(flags.limits()));
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
pub fn per_core(server: Server<impl Service>, threads: NonZeroUsize) -> io::Result<Vec<Handle>> {
    let (sender, started) = channel();
    let shards = server.shards(threads.get())?;
    for shard in shards {
        let sender = sender.clone();
        thread::spawn(move || run(shard, sender));
    }
    drop(sender);
    started.iter().collect()
}

/// Runs one of several servers to its end.
fn run(shard: Server<impl Service>, started: Sender<io::Result<Handle>>) {
    let serving = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = {
            let _context = runtime.enter();
            shard.start()?
        };
        io::Result::Ok((runtime, handle))
    };
    match serving() {
        Ok((runtime, handle)) => {
            let is_awaited = started.send(Ok(handle.clone())).is_ok();
            // Whoever collects them waits until all have told.
            drop(started);
            if is_awaited {
                runtime.block_on(handle.finished());
            }
        }
        // Nobody waits for it if another one failed before.
        Err(error) => drop(started.send(Err(error))),
    }
}
