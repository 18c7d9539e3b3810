//! Files of a folder.
//!
//! Decides which file a path means and how it is sent. Refuses, by 404, whatever is not a plain
//! file below the folder: hidden names, `..`, encoded slashes, symbolic links, pipes, devices
//! (PATH). The folder is opened once, when [`Files`] are made, and everything beneath it; to serve
//! another folder under the same name, make another.
//!
//! ```
//! use blazeio_app::{App, Files, TestClient};
//! use blazeio_tokio::Tokio;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let folder = folder.path();
//! std::fs::write(folder.join("index.html"), "<h1>Hello</h1>")?;
//! let files = Files::new(folder)?.cache_control("max-age=60");
//! let client = TestClient::new(App::new().files("/static", files), Tokio::current())?;
//!
//! let page = client.get("/static/").await?;
//! assert_eq!((page.status(), page.text()), (200, "<h1>Hello</h1>"));
//! assert_eq!(page.field("content-type"), Some("text/html; charset=utf-8"));
//! let folder = client.get("/static?a=1").await?;
//! assert_eq!((folder.status(), folder.field("location")), (301, Some("/static/?a=1")));
//! assert_eq!(client.get("/static/..%2fCargo.toml").await?.status(), 404);
//! # Ok(()) }
//! ```
//!
//! # What is answered
//!
//! | | |
//! |---|---|
//! | a file | 200, its type by its extension, text as UTF-8 |
//! | a folder with its slash | its [index](Files::index), else a [listing](Files::listing) if asked for, else 404 |
//! | a folder without | 301 to the same with a slash, its query kept |
//! | a condition (`If-…`) | 304 or 412, in the order of RFC 9110 §13.2.2 (COND) |
//! | Range, for GET | 206 or 416; too many or overlapping ranges do not count (RANGE) |
//! | Accept-Encoding | the sibling `.br`, `.zst` or `.gz` that is wanted most, if it is no older than the file |
//! | another method | 405; OPTIONS: 204 |
//! | all else | 404, or what [another](Files::otherwise) says; for [applications](Files::single_page) in browsers their page |
//!
//! # Memory
//!
//! Small files stay in memory, within [bounds](Files::memory), and are compared with the disk at
//! most once in a [while](Files::recheck). Of a large file one [slice](Files::slice) is in memory
//! at a time, for each response: read where the runtime lets work block, never in a connection's
//! task, then written to the transport from where it lies. It is not sent by `sendfile`: a transport
//! takes slices of memory, since TLS and whatever else is no socket has nothing better; for sockets
//! alone it would be a second way of sending, with a framing of its own.
//!
//! # A file that changes
//!
//! What was announced is sent, or the connection is given up: a file that is cut off while it is
//! sent, or written to, ends its responses early, and no client can take one for whole. Replace
//! files (write another, then rename it) instead of writing into them, and every response is
//! either of the old or of the new one.

mod answer;
mod coding;
mod hot;
mod listing;
mod lone;
mod look;
mod media;
mod name;
mod parts;
mod root;
mod send;
mod serve;
mod stamp;

use crate::abort::Abort;
use crate::app::App;
use crate::exchange::Exchange;
use crate::handler::Call;
use crate::into_reply::IntoReply;
use crate::reply::Reply;
use hot::{Bounds, Hot};
pub(crate) use lone::lone;
use root::Root;
use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// Whoever answers where no file does.
type Otherwise = dyn for<'a> Fn(&'a mut Exchange) -> Pin<Box<dyn Future<Output = Reply> + Send + 'a>>
    + Send
    + Sync;

/// What can be chosen.
#[derive(Clone)]
struct Settings {
    index: Option<&'static str>,
    single_page: Option<&'static str>,
    lists_folders: bool,
    is_encoded: bool,
    is_attachment: bool,
    cache_control: Option<Cow<'static, str>>,
    otherwise: Option<Arc<Otherwise>>,
    bounds: Bounds,
    /// In microseconds.
    recheck: u64,
    slice: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            index: Some("index.html"),
            single_page: None,
            lists_folders: false,
            is_encoded: true,
            is_attachment: false,
            cache_control: None,
            otherwise: None,
            bounds: Bounds { bytes: 16 << 20, files: 1024, file_size: 128 << 10 },
            recheck: 1_000_000,
            slice: 64 << 10,
        }
    }
}

#[derive(Clone)]
struct Shared {
    root: Arc<Root>,
    hot: Arc<Hot>,
    settings: Settings,
}

/// Files of a folder, as a handler: see [`App::files`], which gives it its routes. By itself it
/// takes what `{*name}` at the end of its route stands for, else, as a
/// [fallback](App::fallback) say, the whole path. Clones share what is in memory.
#[derive(Clone)]
pub struct Files(Arc<Shared>);

impl Files {
    /// The files below `folder`, which may be a symbolic link itself. It is opened now, and is
    /// blocked on.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn new(folder: impl AsRef<Path>) -> io::Result<Self> {
        let root = Arc::new(Root::open(folder.as_ref())?);
        Ok(Self(Arc::new(Shared { root, hot: Arc::default(), settings: Settings::default() })))
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut Arc::make_mut(&mut self.0).settings);
        self
    }

    /// The file that stands for the folder it is in; `index.html` unless said otherwise.
    #[must_use]
    pub fn index(self, name: Option<&'static str>) -> Self {
        self.with(|settings| settings.index = name)
    }

    /// The file in the root that stands for every unknown path, with 200, where a client asks for
    /// a page: the path has no extension, and Accept prefers `text/html`. For applications that
    /// route in the browser.
    #[must_use]
    pub fn single_page(self, name: &'static str) -> Self {
        self.with(|settings| settings.single_page = Some(name))
    }

    /// Answers where no file does, instead of 404: another page, or what is found elsewhere.
    #[must_use]
    pub fn otherwise<T>(self, handler: impl for<'a> Call<'a, T> + 'static) -> Self
    where
        T: IntoReply + 'static,
    {
        let handler = Arc::new(handler);
        let otherwise: Arc<Otherwise> = Arc::new(move |exchange| {
            let handler = Arc::clone(&handler);
            Box::pin(async move { handler.call(exchange).await.into_reply() })
        });
        self.with(|settings| settings.otherwise = Some(otherwise))
    }

    /// Whether a folder without index is answered with a page of what is in it, up to 10,000
    /// names; not unless said so.
    #[must_use]
    pub fn listing(self, is_wanted: bool) -> Self {
        self.with(|settings| settings.lists_folders = is_wanted)
    }

    /// Whether `name.br`, `name.zst` and `name.gz` are sent instead of `name` to clients that
    /// like that better; so unless said otherwise. One that is older than its file is not.
    #[must_use]
    pub fn precompressed(self, is_wanted: bool) -> Self {
        self.with(|settings| settings.is_encoded = is_wanted)
    }

    /// Cache-Control of every file (RFC 9111 §5.2); none unless said otherwise.
    #[must_use]
    pub fn cache_control(self, directives: impl Into<Cow<'static, str>>) -> Self {
        let directives = directives.into();
        self.with(|settings| settings.cache_control = Some(directives))
    }

    /// Files are to be stored under their names, not shown (RFC 6266).
    #[must_use]
    pub fn attachment(self) -> Self {
        self.with(|settings| settings.is_attachment = true)
    }

    /// How much stays in memory: files up to `file_size` bytes each, `files` of them, `bytes` of
    /// all with what holding them takes. Unless said otherwise 128 KiB, 1024 and 16 MiB; nothing
    /// stays if one is 0.
    #[must_use]
    pub fn memory(self, file_size: u64, files: usize, bytes: usize) -> Self {
        self.with(|settings| settings.bounds = Bounds { bytes, files, file_size })
    }

    /// How long a file in memory may differ from the one on the disk; 1 s unless said otherwise.
    #[must_use]
    pub fn recheck(self, after: Duration) -> Self {
        let after = u64::try_from(after.as_micros()).unwrap_or(u64::MAX);
        self.with(|settings| settings.recheck = after)
    }

    /// How many bytes of a large file are read at once: 64 KiB unless said otherwise, 4 KiB at
    /// least.
    #[must_use]
    pub fn slice(self, bytes: usize) -> Self {
        self.with(|settings| settings.slice = bytes.max(4 << 10))
    }

    /// Answers with the file `name` of the folder, its path below it as it is on the disk, whatever
    /// path was asked for: conditions, ranges and all else as ever. For handlers that decide who may
    /// have it, or what it is called. Where there is none, and for every name that no request could
    /// ask for (PATH), [another](Self::otherwise) answers, else 404.
    ///
    /// ```
    /// use blazeio_app::{Abort, App, Exchange, Files, Reply};
    ///
    /// async fn report(exchange: &mut Exchange) -> Result<Reply, Abort> {
    ///     let year: u16 = exchange.param("year").and_then(|y| y.parse().ok()).ok_or(Abort::new(404))?;
    ///     let files = exchange.state::<Files>().clone();
    ///     files.reply(exchange, &format!("{year}/report.pdf")).await
    /// }
    /// # fn app() -> std::io::Result<App> {
    /// let app = App::new().state(Files::new("reports")?).get("/reports/{year}", report);
    /// # Ok(app) }
    /// ```
    ///
    /// # Errors
    /// There is none, it cannot be read, or the client is gone.
    pub async fn reply(&self, exchange: &mut Exchange, name: &str) -> Result<Reply, Abort> {
        self.0.serve_file(exchange, name).await
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").field("bounds", &self.0.settings.bounds).finish_non_exhaustive()
    }
}

impl App {
    /// Serves files below `prefix`: `/`, or what begins with `/` and does not end with one.
    ///
    /// # Panics
    /// When the prefix is none, or as [`route`](Self::route).
    #[track_caller]
    #[must_use]
    pub fn files(self, prefix: &str, files: Files) -> Self {
        if prefix == "/" {
            return self.get("/{*path}", files);
        }
        assert!(prefix.starts_with('/') && !prefix.ends_with('/'), "{prefix:?} is no prefix");
        let root = async |exchange: &mut Exchange| serve::folder(exchange);
        self.get(prefix.to_owned(), root).get(format!("{prefix}/{{*path}}"), files)
    }
}

impl<'a> Call<'a, Result<Reply, Abort>> for Files {
    type Future = Pin<Box<dyn Future<Output = Result<Reply, Abort>> + Send + 'a>>;

    fn call(&self, exchange: &'a mut Exchange) -> Self::Future {
        let shared = Arc::clone(&self.0);
        Box::pin(async move { shared.serve(exchange).await })
    }
}
