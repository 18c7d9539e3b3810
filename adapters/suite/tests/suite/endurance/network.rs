//! Two network namespaces of this test's own, joined by one link that can be cut.
//!
//! A peer behind a cut link sends neither FIN nor RST: it is gone. Addresses are of 10.77.0.0/24,
//! which exists between the two alone. Needs root and `ip`.

use std::fs::File;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// Where a server on the one side listens.
pub const SERVER: &str = "10.77.0.1:0";

/// Two namespaces, removed when dropped.
pub struct Network {
    server: String,
    client: String,
}

impl Network {
    /// Makes them, or says why that is not allowed here. Whatever fails later is a failure.
    pub fn new() -> Result<Self, String> {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = |side| format!("blazeio-{}-{number}-{side}", std::process::id());
        let network = Self { server: name("server"), client: name("client") };
        ip(&["netns", "add", &network.server])?;
        ip(&["netns", "add", &network.client])?;
        let Self { server, client } = &network;
        let join = ["type", "veth", "peer", "name", "wire", "netns", client];
        ip(&[&["-n", server, "link", "add", "wire"], &join[..]].concat()).unwrap();
        for (side, address) in [(server, "10.77.0.1/24"), (client, "10.77.0.2/24")] {
            ip(&["-n", side, "addr", "add", address, "dev", "wire"]).unwrap();
            ip(&["-n", side, "link", "set", "wire", "up"]).unwrap();
        }
        Ok(network)
    }

    /// A command that runs `program` on the server's side.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.server]).arg(program);
        command
    }

    /// A connection from the client's side. It stays there, whoever uses it.
    pub fn connect(&self, address: SocketAddr) -> TcpStream {
        let namespace = File::open(Path::new("/run/netns").join(&self.client)).unwrap();
        let connect = move || -> io::Result<TcpStream> {
            // This thread alone moves over, and ends there.
            rustix::thread::move_into_link_name_space(namespace.as_fd(), None)?;
            let stream = TcpStream::connect_timeout(&address, Duration::from_secs(10))?;
            stream.set_read_timeout(Some(Duration::from_secs(10)))?;
            Ok(stream)
        };
        thread::spawn(connect).join().unwrap().unwrap()
    }

    /// Cuts the link: from now on nothing arrives on either side.
    pub fn cut(&self) {
        ip(&["-n", &self.client, "link", "set", "wire", "down"]).unwrap();
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        let _ = ip(&["netns", "del", &self.server]);
        let _ = ip(&["netns", "del", &self.client]);
    }
}

fn ip(arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("ip").args(arguments).output().map_err(|e| format!("ip: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("ip {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim()))
}
