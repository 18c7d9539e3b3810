//! A server and a client, joined.

use crate::certificates::{HOST, acceptor, connector};
use crate::support::clock::Clock;
use crate::support::pipe::{Log, Manners, Pipe, pipe};
use crate::support::tasks::Tasks;
use crate::support::verbs::Shared;
use blazeio_driver::tls::rustls::SupportedProtocolVersion;
use blazeio_driver::tls::{Tls, TlsAcceptor, TlsConnector};
use std::io;

/// One side of a session.
pub type End<T = Pipe> = Shared<Tls<T>>;

/// What became of both sides, and what went over the wire: the server is the first end.
pub struct Met {
    pub server: io::Result<Tls<Pipe>>,
    pub client: io::Result<Tls<Pipe>>,
    pub log: Log,
}

/// Lets a server and a client meet.
pub fn meet(acceptor: &TlsAcceptor, connector: &TlsConnector, host: &str, manners: Manners) -> Met {
    let (near, far, log) = pipe(manners);
    let runtime = Clock::default().runtime();
    let (mut server, mut client) = (None, None);
    {
        let mut tasks = Tasks::default();
        tasks.begin(async { server = Some(acceptor.accept(near, &runtime).await) });
        tasks.begin(async { client = Some(connector.connect(host, far, &runtime).await) });
        tasks.finish();
    }
    Met { server: server.unwrap(), client: client.unwrap(), log }
}

/// A session of this version: the server, the client, the wire.
pub fn session(version: &'static SupportedProtocolVersion, manners: Manners) -> (End, End, Log) {
    let Met { server, client, log } = meet(&acceptor(version), &connector(), HOST, manners);
    let (server, client) = (server.unwrap(), client.unwrap());
    assert_eq!(server.session().protocol_version(), Some(version.version));
    (Shared::new(server), Shared::new(client), log)
}

/// A session whose client's wire can be got at behind its back: the server, the client, that
/// wire, and the log.
pub fn open_session(
    version: &'static SupportedProtocolVersion,
    manners: Manners,
) -> (End, End<Shared<Pipe>>, Shared<Pipe>, Log) {
    let (near, far, log) = pipe(manners);
    let (far, runtime) = (Shared::new(far), Clock::default().runtime());
    let (mut server, mut client) = (None, None);
    {
        let connecting = connector().connect(HOST, far.clone(), &runtime);
        let mut tasks = Tasks::default();
        tasks.begin(async { server = Some(acceptor(version).accept(near, &runtime).await) });
        tasks.begin(async { client = Some(connecting.await) });
        tasks.finish();
    }
    let (server, client) = (server.unwrap().unwrap(), client.unwrap().unwrap());
    (Shared::new(server), Shared::new(client), far, log)
}

/// The records of a wire: type, and length of what is in them.
pub fn records(mut wire: &[u8]) -> Vec<(u8, usize)> {
    let mut records = Vec::new();
    while let [kind, 3, _, high, low, rest @ ..] = wire {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        records.push((*kind, length));
        wire = &rest[length..];
    }
    assert!(wire.is_empty(), "half a record");
    records
}
