//! Files that change: between requests, and while they are sent.

use crate::site::{Answer, Server, Site, WRITTEN};
use blazeio_app::{App, Ending, Files};
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// Far more than sockets hold.
const LARGE: usize = 48 << 20;

fn serve(files: Files) -> Server {
    Server::new(App::new().files("/", files))
}

/// Puts another file in its place, whole.
fn replace(site: &Site, name: &str, content: &[u8], written: u64) {
    site.write("aside", content);
    site.date("aside", written);
    std::fs::rename(site.path("aside"), site.path(name)).unwrap();
}

#[tokio::test]
async fn a_file_in_memory_is_fresh_within_its_time() {
    let site = Site::new(&[("f.txt", b"one"), ("f.txt.gz", b"gz")]);
    let (at_once, late) = (
        serve(site.files().recheck(Duration::ZERO)),
        serve(site.files().recheck(Duration::from_secs(3600))),
    );
    let first = at_once.get("/f.txt").await;
    assert_eq!((first.text(), late.get("/f.txt").await.text()), ("one", "one"));
    // Each change is one of size, time or inode alone.
    let tag = |answer: &Answer| answer.field("etag").unwrap().to_owned();
    let mut tags = vec![tag(&first)];
    for change in ["three", "3333!", "other"] {
        match change {
            "3333!" => site.write("f.txt", change.as_bytes()),
            _ => replace(&site, "f.txt", change.as_bytes(), WRITTEN),
        }
        let answer = at_once.get("/f.txt").await;
        assert_eq!(answer.text(), change);
        assert!(!tags.contains(&tag(&answer)), "{change}");
        tags.push(tag(&answer));
        // Old, but of one piece.
        let answer = late.get("/f.txt").await;
        assert_eq!((answer.text(), tag(&answer)), ("one", tags[0].clone()));
    }
    let gzip = [("Accept-Encoding", "gzip")];
    assert_eq!(at_once.ask("GET /f.txt", &gzip).await.text(), "gz");
    std::fs::remove_file(site.path("f.txt.gz")).unwrap();
    assert_eq!(at_once.ask("GET /f.txt", &gzip).await.text(), "other");
    std::fs::remove_file(site.path("f.txt")).unwrap();
    assert_eq!(at_once.get("/f.txt").await.status(), 404);
    std::fs::create_dir(site.path("f.txt")).unwrap();
    assert_eq!(at_once.get("/f.txt").await.status(), 301);
}

#[tokio::test]
async fn memw_files_are_right_whatever_memory_holds() {
    let names: Vec<String> = (0..40).map(|n| format!("f{n}.txt")).collect();
    let site = Site::new(&[]);
    for name in &names {
        site.write(name, name.repeat(20).as_bytes());
    }
    let bounds = [(0, 0, 0), (1000, 3, 1 << 20), (1000, 1000, 2000), (50, 1000, 1 << 20)];
    for (file_size, files, bytes) in bounds {
        let server = serve(site.files().memory(file_size, files, bytes));
        for turn in 0..120 {
            let name = &names[turn * 7 % 40];
            let answer = server.get(&format!("/{name}")).await;
            assert_eq!(answer.text(), name.repeat(20));
        }
    }
}

/// A response to GET for `/f`, of which only the head was read.
struct Begun {
    stream: TcpStream,
    announced: usize,
    /// Content that came with the head.
    content: Vec<u8>,
}

impl Begun {
    async fn get(server: &Server) -> Self {
        let mut stream = server.send("GET /f", &[]).await;
        let mut bytes = vec![0; 4096];
        let n = stream.read(&mut bytes).await.unwrap();
        bytes.truncate(n);
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        let content = bytes.split_off(end);
        let head = Answer { head: String::from_utf8(bytes).unwrap(), content: Vec::new() };
        assert_eq!(head.status(), 200);
        let announced = head.field("content-length").unwrap().parse().unwrap();
        Self { stream, announced, content }
    }

    /// All content that comes.
    async fn rest(mut self) -> (usize, Vec<u8>) {
        let read = self.stream.read_to_end(&mut self.content);
        let _ = tokio::time::timeout(Duration::from_secs(30), read).await.expect("hangs");
        (self.announced, self.content)
    }
}

fn large() -> Site {
    Site::new(&[("f", &vec![b'a'; LARGE])])
}

#[tokio::test]
async fn bodyx_a_file_replaced_while_it_is_sent_goes_on_as_it_was() {
    let site = large();
    let server = site.serve();
    let begun = Begun::get(&server).await;
    replace(&site, "f", b"new", WRITTEN);
    let (announced, content) = begun.rest().await;
    assert_eq!((announced, content.len()), (LARGE, LARGE));
    assert!(content.iter().all(|&byte| byte == b'a'));
    assert_eq!(server.get("/f").await.text(), "new");
}

#[tokio::test]
async fn bodyx_a_file_removed_while_it_is_sent_goes_on_as_it_was() {
    let site = large();
    let server = site.serve();
    let begun = Begun::get(&server).await;
    std::fs::remove_file(site.path("f")).unwrap();
    let (announced, content) = begun.rest().await;
    assert_eq!((announced, content.len()), (LARGE, LARGE));
    assert_eq!(server.get("/f").await.status(), 404);
}

#[tokio::test]
async fn bodyx_a_file_cut_off_while_it_is_sent_is_cut_off() {
    for written in [WRITTEN, u64::from(u32::MAX)] {
        let site = large();
        site.date("f", written);
        let (tell, told) = std::sync::mpsc::channel();
        let app = App::new().files("/", site.files()).after(move |outcome| {
            let _ = tell.send(matches!(outcome.ending, Ending::Lost(_)));
        });
        let server = Server::new(app);
        let begun = Begun::get(&server).await;
        let file = std::fs::File::options().write(true).open(site.path("f")).unwrap();
        file.set_len(100).unwrap();
        let (announced, content) = begun.rest().await;
        assert_eq!(announced, LARGE);
        assert!(content.len() < LARGE, "cut off, and not to be taken for whole");
        assert!(content.iter().all(|&byte| byte == b'a'), "and not filled up");
        assert_eq!(told.recv_timeout(Duration::from_secs(10)), Ok(true), "and told of");
        assert_eq!(server.get("/f").await.content.len(), 100);
    }
}

#[tokio::test]
async fn bodyx_a_file_overwritten_while_it_is_sent_is_not_mixed() {
    let site = large();
    let server = site.serve();
    let begun = Begun::get(&server).await;
    let mut file = std::fs::File::options().write(true).open(site.path("f")).unwrap();
    file.write_all(&vec![b'b'; LARGE]).unwrap();
    let (announced, content) = begun.rest().await;
    assert!(announced == LARGE && content.len() < LARGE);
    assert!(content.iter().all(|&byte| byte == b'a'), "nothing of the new content");
}

#[tokio::test]
async fn bodyx_a_file_that_grows_while_it_is_sent_ends_where_it_was_said() {
    let site = large();
    // Being written to: its tag is weak.
    site.date("f", u64::from(u32::MAX));
    let server = site.serve();
    let begun = Begun::get(&server).await;
    let mut file = std::fs::File::options().append(true).open(site.path("f")).unwrap();
    file.write_all(&vec![b'b'; 1 << 20]).unwrap();
    let (announced, content) = begun.rest().await;
    assert_eq!((announced, content.len()), (LARGE, LARGE));
    assert!(content.iter().all(|&byte| byte == b'a'));
}

/// Each response is of one state, with the tag of that state, while it changes all the time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cond_a_tag_means_one_content_while_files_are_replaced() {
    let site = Arc::new(Site::new(&[("small", &[b'a'; 2_000]), ("large", &[b'a'; 300_000])]));
    let server = Arc::new(serve(site.files().recheck(Duration::ZERO)));
    let is_over = Arc::new(AtomicBool::new(false));
    let asking = ["small", "large", "small", "large"].map(|name| {
        let (server, is_over) = (Arc::clone(&server), Arc::clone(&is_over));
        tokio::spawn(async move {
            let mut seen = BTreeMap::new();
            while !is_over.load(Ordering::Relaxed) {
                let answer = server.get(&format!("/{name}")).await;
                assert!(answer.is_whole());
                let first = answer.content[0];
                assert!(answer.content.iter().all(|&byte| byte == first), "mixed");
                let tag = answer.field("etag").unwrap().to_owned();
                let state = (first, answer.content.len());
                assert_eq!(*seen.entry(tag).or_insert(state), state);
            }
            seen.len()
        })
    });
    // It is there to the end.
    let own = Arc::clone(&site);
    let replacing = tokio::task::spawn_blocking(move || {
        for round in 0..300usize {
            let byte = b'a' + (round % 26) as u8;
            // The same size and date again and again.
            replace(&own, "small", &[byte; 2_000], WRITTEN);
            replace(&own, "large", &vec![byte; 300_000], WRITTEN);
        }
    });
    replacing.await.unwrap();
    is_over.store(true, Ordering::Relaxed);
    for task in asking {
        assert!(task.await.unwrap() > 1, "no change was seen");
    }
}
