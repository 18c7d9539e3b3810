//! Content that goes to the disk, over real sockets, on each runtime.

use blazeio_app::{Abort, App, Exchange};
use blazeio_driver::Standalone;
use std::io::{Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};
use support::Server;
use tempfile::TempDir;

mod support;

on_each_runtime! {
    content_is_saved_whole_with_the_rights_of_any_file
    mpart_a_form_s_files_are_saved_under_safe_names
    a_name_that_is_taken_stays_as_it_is
    bodyl_what_is_too_long_leaves_no_file
    what_is_cut_off_leaves_no_file
    a_folder_that_is_none_is_an_error
}

const LIMIT: u64 = 300_000;

async fn save(exchange: &mut Exchange) -> Result<String, Abort> {
    let path = exchange.state::<TempDir>().path().join(&*exchange.param("name").unwrap());
    Ok(exchange.save(path, LIMIT).await?.to_string())
}

async fn save_parts(exchange: &mut Exchange) -> Result<String, Abort> {
    exchange.set_content_limit(1 << 20)?;
    let folder = exchange.state::<TempDir>().path().to_owned();
    let mut form = exchange.multipart()?;
    let mut saved = String::new();
    while let Some(mut part) = form.next().await? {
        let Some(name) = part.safe_file_name() else { continue };
        saved += &format!("{name}: {}\n", part.save(folder.join(&name), LIMIT).await?);
    }
    Ok(saved)
}

struct Disk {
    server: Server,
    folder: std::path::PathBuf,
}

impl Disk {
    fn new<R: Standalone>() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        let app = App::new().state(folder).put("/{*name}", save).post("/form", save_parts);
        Self { server: Server::start::<R>(app), folder: path }
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }

    fn put(&self, name: &str, content: &str) -> (u16, String) {
        let length = content.len();
        let request = format!("PUT /{name}\r\nContent-Length: {length}\r\n\r\n{content}");
        let answer = self.server.ask(&request);
        (answer.status(), answer.content().to_owned())
    }

    fn post(&self, parts: &[(&str, &str)]) -> (u16, String) {
        let mut form = String::new();
        for (name, content) in parts {
            form += "--x\r\nContent-Disposition: form-data; name=f; filename=\"";
            form += &format!("{name}\"\r\n\r\n{content}\r\n");
        }
        form += "--x--\r\n";
        let request = format!(
            "POST /form\r\nContent-Type: multipart/form-data; boundary=x\r\n\
             Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{form}\r\n0\r\n\r\n",
            form.len()
        );
        let answer = self.server.ask(&request);
        (answer.status(), answer.content().to_owned())
    }
}

fn content_is_saved_whole_with_the_rights_of_any_file<R: Standalone>() {
    let disk = Disk::new::<R>();
    let other = disk.folder.join("other");
    std::fs::write(&other, "").unwrap();
    for (name, length) in
        [("empty", 0), ("one", 1), ("piece", 64 << 10), ("more", (64 << 10) + 1), ("all", 300_000)]
    {
        let content = "0123456789".repeat(length / 10 + 1);
        let content = &content[..length];
        assert_eq!(disk.put(name, content), (200, length.to_string()));
        let path = disk.folder.join(name);
        assert!(std::fs::read_to_string(&path).unwrap() == content, "{name}");
        let rights = |path: &Path| std::fs::metadata(path).unwrap().permissions();
        assert_eq!(rights(&path), rights(&other));
    }
    assert_eq!(disk.names(), ["all", "empty", "more", "one", "other", "piece"]);
}

fn mpart_a_form_s_files_are_saved_under_safe_names<R: Standalone>() {
    let disk = Disk::new::<R>();
    let large = "x".repeat(300_000);
    let parts = [("../a.txt", "one"), ("C:\\b.txt", &large), (".hidden", "no"), ("c", "")];
    let (status, said) = disk.post(&parts);
    assert_eq!((status, &*said), (200, "a.txt: 3\nb.txt: 300000\nc: 0\n"));
    assert_eq!(disk.names(), ["a.txt", "b.txt", "c"]);
    assert_eq!(std::fs::read_to_string(disk.folder.join("a.txt")).unwrap(), "one");
    assert!(std::fs::read_to_string(disk.folder.join("b.txt")).unwrap() == large);
}

fn a_name_that_is_taken_stays_as_it_is<R: Standalone>() {
    let disk = Disk::new::<R>();
    assert_eq!(disk.put("a", "first").0, 200);
    assert_eq!(disk.put("a", "second"), (409, "there is a file of this name".into()));
    std::os::unix::fs::symlink("elsewhere", disk.folder.join("link")).unwrap();
    assert_eq!(disk.put("link", "third").0, 409);
    assert_eq!(disk.post(&[("b", "kept"), ("a", "fourth")]).0, 409);
    assert_eq!(disk.names(), ["a", "b", "link"]);
    assert_eq!(std::fs::read_to_string(disk.folder.join("a")).unwrap(), "first");
}

fn bodyl_what_is_too_long_leaves_no_file<R: Standalone>() {
    let disk = Disk::new::<R>();
    let long = "x".repeat(300_001);
    assert_eq!(disk.put("announced", &long).0, 413);
    let chunk = format!("{:x}\r\n{long}\r\n0\r\n\r\n", long.len());
    let request = format!("PUT /chunked\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}");
    assert_eq!(disk.server.ask(&request).status(), 413);
    let (status, said) = disk.post(&[("a", "kept"), ("b", &long), ("c", "never read")]);
    assert_eq!((status, &*said), (413, "more than 300000 bytes in a part"));
    assert_eq!(disk.names(), ["a"]);
}

fn what_is_cut_off_leaves_no_file<R: Standalone>() {
    let disk = Disk::new::<R>();
    let mut client = disk.server.connect();
    let head = "PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n";
    client.write_all(head.as_bytes()).unwrap();
    client.write_all(&[b'x'; 100_000]).unwrap();
    let holds = |names: &dyn Fn(&[String]) -> bool| {
        let began = Instant::now();
        while !names(&disk.names()) {
            assert!(began.elapsed() < Duration::from_secs(10), "{:?}", disk.names());
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    // On its way it has no name that anybody asks for.
    holds(&|names| names.len() == 1 && names[0].starts_with(".upload-"));
    client.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    let _ = client.read_to_string(&mut answer);
    assert!(!answer.contains(" 200 "), "{answer}");
    holds(&|names| names.is_empty());
}

fn a_folder_that_is_none_is_an_error<R: Standalone>() {
    let disk = Disk::new::<R>();
    assert_eq!(disk.put("no/a", "text"), (500, "Internal Server Error".into()));
    assert_eq!(disk.names(), [""; 0]);
}
