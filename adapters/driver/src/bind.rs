//! Makes listening sockets, with every option set before anybody can connect.
//!
//! Decides what a listening socket is like: in non-blocking mode, closed in child processes,
//! on Unix with SO_REUSEADDR, so that a restart need not wait for the last connections. An
//! IPv6 address is left as the system has it: `[::]` mostly listens for IPv4 too. A Unix
//! socket's path that nobody listens at any more is removed and bound anew.
//!
//! Refuses to remove anything else: a path where somebody listens, or where no socket lies,
//! is in use. A process that binds the same path in the same moment may lose it; so may, on
//! the systems that refuse a connection when a backlog is full (not Linux), one that is busy.

use crate::address::Address;
use crate::keepalive::Keepalive;
use crate::runtime::BoundListener;
use socket2::{Domain, SockAddr, Socket, Type};
use std::io;
use std::net::SocketAddr;
use std::path::Path;

/// How to listen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ListenOptions {
    /// How many connections may wait to be accepted; the system may have a lower limit. 1024.
    pub backlog: i32,
    /// SO_REUSEPORT: several sockets listen on one port, and share its connections. Off.
    /// Says nothing to a Unix socket.
    pub reuse_port: bool,
    /// TCP keepalive for accepted connections; whoever accepts them applies it. On.
    pub keepalive: Option<Keepalive>,
}

impl ListenOptions {
    /// The defaults, as the fields name them.
    pub const DEFAULT: Self =
        Self { backlog: 1024, reuse_port: false, keepalive: Some(Keepalive::DEFAULT) };
}

impl Default for ListenOptions {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Listens at `address`. Port 0 is a free port, which
/// [`local_address`](BoundListener::local_address) tells.
///
/// ```
/// use blazeio_driver::{ListenOptions, bind};
///
/// let listener = bind(&"127.0.0.1:0".parse()?, &ListenOptions::DEFAULT)?;
/// assert_ne!(listener.local_address()?.as_tcp().map(|address| address.port()), Some(0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The system's, with the address in the text: in use, not permitted, no such address.
/// `InvalidInput` for an address without a place, `Unsupported` for what this system has not.
pub fn bind(address: &Address, options: &ListenOptions) -> io::Result<BoundListener> {
    let bound = match address {
        Address::Tcp(at) => bind_tcp(*at, options),
        Address::Unix(Some(path)) => bind_unix(path, options),
        Address::Unix(None) | Address::Unnamed => Err(io::ErrorKind::InvalidInput.into()),
    };
    bound.map_err(|error| {
        io::Error::new(error.kind(), format!("cannot listen at {address}: {error}"))
    })
}

impl BoundListener {
    /// Where it listens.
    ///
    /// # Errors
    /// The system does not say.
    pub fn local_address(&self) -> io::Result<Address> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(Address::Tcp),
            #[cfg(unix)]
            Self::Unix(listener) => listener.local_addr().map(Address::from),
        }
    }
}

fn bind_tcp(at: SocketAddr, options: &ListenOptions) -> io::Result<BoundListener> {
    let socket = Socket::new(Domain::for_address(at), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    // On Windows this would let others take the port away.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    if options.reuse_port {
        reuse_port(&socket)?;
    }
    socket.bind(&at.into())?;
    socket.listen(options.backlog)?;
    Ok(BoundListener::Tcp(socket.into()))
}

#[cfg(all(unix, not(any(target_os = "solaris", target_os = "illumos", target_os = "cygwin"))))]
fn reuse_port(socket: &Socket) -> io::Result<()> {
    socket.set_reuse_port(true)
}

#[cfg(not(all(
    unix,
    not(any(target_os = "solaris", target_os = "illumos", target_os = "cygwin"))
)))]
fn reuse_port(_: &Socket) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(unix)]
fn bind_unix(path: &Path, options: &ListenOptions) -> io::Result<BoundListener> {
    let address = SockAddr::unix(path)?;
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    match socket.bind(&address) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_stale(path, &address)? => {
            std::fs::remove_file(path)?;
            socket.bind(&address)?;
        }
        bound => bound?,
    }
    socket.listen(options.backlog)?;
    Ok(BoundListener::Unix(socket.into()))
}

#[cfg(not(unix))]
fn bind_unix(_: &Path, _: &ListenOptions) -> io::Result<BoundListener> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Whether a socket lies at `path` that nobody listens at.
#[cfg(unix)]
fn is_stale(path: &Path, address: &SockAddr) -> io::Result<bool> {
    use std::os::unix::fs::FileTypeExt;

    // Connecting to a plain file is refused, too: it is not ours to remove.
    if !std::fs::symlink_metadata(path)?.file_type().is_socket() {
        return Ok(false);
    }
    // Without blocking: a listener whose backlog is full would hold us up.
    let probe = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    probe.set_nonblocking(true)?;
    Ok(probe.connect(address).is_err_and(|e| e.kind() == io::ErrorKind::ConnectionRefused))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(listener: &BoundListener) -> u16 {
        listener.local_address().unwrap().as_tcp().unwrap().port()
    }

    #[test]
    fn a_tcp_listener_accepts_without_blocking_on_both_families() {
        let has_ipv6 = std::net::TcpListener::bind("[::1]:0").is_ok();
        for any in ["127.0.0.1:0", "[::1]:0"].into_iter().take(1 + usize::from(has_ipv6)) {
            let bound = bind(&any.parse().unwrap(), &ListenOptions::DEFAULT).unwrap();
            let at = bound.local_address().unwrap().as_tcp().unwrap();
            let BoundListener::Tcp(listener) = bound else { panic!("not TCP") };
            assert_eq!(listener.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
            let client = std::net::TcpStream::connect(at).unwrap();
            let (_, peer) = listener.accept().unwrap();
            assert_eq!(peer, client.local_addr().unwrap());
        }
    }

    #[test]
    fn a_port_in_use_is_an_error_that_names_it() {
        let first = bind(&"127.0.0.1:0".parse().unwrap(), &ListenOptions::DEFAULT).unwrap();
        let address = first.local_address().unwrap();
        let error = bind(&address, &ListenOptions::DEFAULT).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        assert!(error.to_string().contains(&address.to_string()), "{error}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_port_is_shared_by_those_who_all_ask_for_it() {
        let shared = ListenOptions { reuse_port: true, ..ListenOptions::DEFAULT };
        let first = bind(&"127.0.0.1:0".parse().unwrap(), &shared).unwrap();
        let address = first.local_address().unwrap();
        let second = bind(&address, &shared).unwrap();
        assert_eq!(port(&first), port(&second));
        let error = bind(&address, &ListenOptions::DEFAULT).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    }

    #[test]
    fn an_address_without_a_place_is_refused() {
        let empty = "unix:".parse().unwrap();
        for nowhere in [Address::Unnamed, Address::Unix(None), empty] {
            let error = bind(&nowhere, &ListenOptions::DEFAULT).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
            assert!(error.to_string().contains(&nowhere.to_string()), "{error}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_listening_socket_is_closed_in_child_processes() {
        use std::os::fd::AsRawFd;
        let bound = bind(&"127.0.0.1:0".parse().unwrap(), &ListenOptions::DEFAULT).unwrap();
        let BoundListener::Tcp(listener) = &bound else { panic!("not TCP") };
        let info =
            std::fs::read_to_string(format!("/proc/self/fdinfo/{}", listener.as_raw_fd())).unwrap();
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).unwrap();
        let flags = u32::from_str_radix(flags.trim(), 8).unwrap();
        assert_ne!(flags & 0o2_000_000, 0, "O_CLOEXEC is missing in {flags:o}");
    }

    #[cfg(unix)]
    mod unix {
        use super::*;
        use std::os::unix::net::UnixStream;
        use std::path::PathBuf;

        /// A folder of its own, gone at the end.
        struct Folder(PathBuf);

        impl Folder {
            fn new(name: &str) -> Self {
                let path = std::env::temp_dir().join(format!("bind-{}-{name}", std::process::id()));
                std::fs::create_dir_all(&path).unwrap();
                Self(path)
            }

            fn address(&self) -> (PathBuf, Address) {
                let path = self.0.join("socket");
                (path.clone(), Address::Unix(Some(path.into())))
            }
        }

        impl Drop for Folder {
            fn drop(&mut self) {
                let _ = std::fs::remove_dir_all(&self.0);
            }
        }

        #[test]
        fn a_unix_path_that_nobody_listens_at_is_bound_anew() {
            let folder = Folder::new("stale");
            let (path, address) = folder.address();
            for _ in 0..3 {
                let bound = bind(&address, &ListenOptions::DEFAULT).unwrap();
                assert_eq!(bound.local_address().unwrap(), address);
                let BoundListener::Unix(listener) = bound else { panic!("not Unix") };
                assert_eq!(listener.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
                let _client = UnixStream::connect(&path).unwrap();
                listener.accept().unwrap();
            }
        }

        #[test]
        fn a_unix_path_that_somebody_listens_at_is_in_use() {
            let folder = Folder::new("alive");
            let (path, address) = folder.address();
            let backlog = if cfg!(target_os = "linux") { 0 } else { 16 };
            let small = ListenOptions { backlog, ..ListenOptions::DEFAULT };
            let bound = bind(&address, &small).unwrap();
            // On Linux the second look finds the backlog full: still alive, and no wait.
            for _ in 0..3 {
                let error = bind(&address, &small).unwrap_err();
                assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
                assert!(error.to_string().contains("socket"), "{error}");
            }
            let BoundListener::Unix(listener) = bound else { panic!("not Unix") };
            listener.accept().unwrap();
            assert!(UnixStream::connect(&path).is_ok());
        }

        #[test]
        fn a_file_that_is_no_socket_is_left_alone() {
            let folder = Folder::new("file");
            let (path, address) = folder.address();
            std::fs::write(&path, "kept").unwrap();
            let error = bind(&address, &ListenOptions::DEFAULT).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
            assert_eq!(std::fs::read_to_string(&path).unwrap(), "kept");
        }
    }
}
