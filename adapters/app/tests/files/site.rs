//! A folder, a server of it on a real socket, and raw requests to it.

use blazeio_app::{App, Files};
use blazeio_driver::Handle;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// When all files of a new site were written.
pub(crate) const WRITTEN: u64 = 784_111_777;
pub(crate) const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
pub(crate) const THEN: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
pub(crate) const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

/// A folder `root`, and beside it what must never be served.
pub(crate) struct Site {
    folder: TempDir,
}

impl Site {
    pub(crate) fn new(files: &[(&str, &[u8])]) -> Self {
        let site = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir(site.root()).unwrap();
        std::fs::write(site.folder.path().join("secret.txt"), "secret").unwrap();
        for (name, content) in files {
            site.write(name, content);
        }
        site
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    pub(crate) fn outside(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// Writes a file, as one of long ago.
    pub(crate) fn write(&self, name: &str, content: &[u8]) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        self.date(name, WRITTEN);
    }

    pub(crate) fn date(&self, name: &str, seconds: u64) {
        let file = std::fs::File::options().write(true).open(self.path(name)).unwrap();
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        file.set_modified(at).unwrap();
    }

    pub(crate) fn files(&self) -> Files {
        Files::new(self.root()).unwrap()
    }

    /// Serves it below `/`.
    pub(crate) fn serve(&self) -> Server {
        Server::new(App::new().files("/", self.files()))
    }
}

pub(crate) struct Server {
    _handle: Handle,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) fn new(app: App) -> Self {
        let handle = blazeio_tokio::serve("127.0.0.1:0", app).start().unwrap();
        let address = handle.addresses()[0].as_tcp().unwrap();
        Self { _handle: handle, address }
    }

    /// Sends a request, the last of its connection.
    pub(crate) async fn send(&self, line: &str, fields: &[(&str, &str)]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let fields: String = fields.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
        let text = format!("{line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{fields}\r\n");
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    /// Everything that comes back for a request.
    pub(crate) async fn ask(&self, line: &str, fields: &[(&str, &str)]) -> Answer {
        Answer::read(self.send(line, fields).await).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path}"), &[]).await
    }
}

/// A response as it came, up to the end of the connection.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) head: String,
    pub(crate) content: Vec<u8>,
}

impl Answer {
    pub(crate) async fn read(mut stream: TcpStream) -> Self {
        let mut bytes = Vec::new();
        let read = stream.read_to_end(&mut bytes);
        // A response that is cut off may end by a reset.
        let _ = tokio::time::timeout(Duration::from_secs(20), read).await.expect("hangs");
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
        let content = bytes.split_off(end);
        Self { head: String::from_utf8(bytes).unwrap(), content }
    }

    pub(crate) fn status(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.content).unwrap()
    }

    /// Whether all came that was announced.
    pub(crate) fn is_whole(&self) -> bool {
        self.field("content-length").unwrap().parse() == Ok(self.content.len())
    }
}
