//! Paths that lead out, and what is no plain file (PATH).

use crate::site::{Server, Site};
use blazeio_app::App;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

#[tokio::test]
async fn path_nothing_but_plain_files_below_the_root_is_served() {
    let site = Site::new(&[
        ("a.txt", b"a"),
        ("d/b.txt", b"b"),
        (".env", b"hidden"),
        (".git/config", b"hidden"),
        ("d/.hidden/x", b"hidden"),
        (".well-known/security.txt", b"contact"),
        ("con", b"device"),
        ("x:y", b"stream"),
        ("back\\slash", b"slash"),
    ]);
    let server = site.serve();
    let long = "a".repeat(256);
    let longer = format!("d/{}", "b".repeat(4000));
    let deep = "d/".repeat(2000);
    for path in [
        "..",
        "../secret.txt",
        "../root/a.txt",
        "d/../a.txt",
        "d/../../secret.txt",
        "./a.txt",
        "d/./b.txt",
        "%2e%2e/secret.txt",
        "%2E%2E%2Fsecret.txt",
        "..%2fsecret.txt",
        "..%5csecret.txt",
        "..\\secret.txt",
        "%2e%2e%5csecret.txt",
        "d%2fb.txt",
        "d%5cb.txt",
        "back%5cslash",
        "%252e%252e/secret.txt",
        "..%c0%afsecret.txt",
        "%c0%ae%c0%ae/secret.txt",
        "/secret.txt",
        "//secret.txt",
        "/etc/passwd",
        "//etc/passwd",
        "%2fetc%2fpasswd",
        "file:///etc/passwd",
        "C:/a.txt",
        "C:%5ca.txt",
        "x:y",
        "a.txt::$DATA",
        "a.txt%00",
        "a.txt%00.html",
        "%00",
        "a.txt%20",
        "a.txt.",
        "a.txt/",
        "a.txt/..",
        "a.txt%0a",
        "d",
        "d/",
        ".env",
        "%2eenv",
        ".git/config",
        ".git/",
        "d/.hidden/x",
        "con",
        "CON",
        "nul.txt",
        "d/aux",
        "com1",
        "...",
        "....//secret.txt",
        "..;/secret.txt",
        "a.txt;x",
        "%ff",
        "%",
        "%zz",
        "~root",
        "proc/self/environ",
        &long,
        &longer,
        &deep,
    ] {
        for method in ["GET", "HEAD"] {
            let answer = server.ask(&format!("{method} /{path}"), &[]).await;
            let is_redirect = path == "d" && answer.status() == 301;
            assert!(answer.status() == 404 || is_redirect, "{path}: {}", answer.head);
            assert!(!String::from_utf8_lossy(&answer.content).contains("root:"), "{path}");
        }
    }
    for (path, text) in [
        ("a.txt", "a"),
        ("%61.txt", "a"),
        ("d/b.txt", "b"),
        (".well-known/security.txt", "contact"),
    ] {
        assert_eq!(server.get(&format!("/{path}")).await.text(), text, "{path}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn path_links_pipes_sockets_and_devices_are_not_opened() {
    use std::os::unix::fs::symlink;
    let site = Site::new(&[("a.txt", b"a"), ("d/index.html", b"d"), ("b.js", b"b")]);
    let at = |name: &str| site.path(name);
    symlink(site.outside().join("secret.txt"), at("out.txt")).unwrap();
    symlink("../secret.txt", at("relative.txt")).unwrap();
    symlink(site.outside(), at("outside")).unwrap();
    symlink("..", at("up")).unwrap();
    symlink("/", at("slash")).unwrap();
    symlink("a.txt", at("inside.txt")).unwrap();
    symlink("d", at("inside")).unwrap();
    symlink("nowhere", at("broken")).unwrap();
    symlink("loop", at("loop")).unwrap();
    symlink("/dev/zero", at("zero")).unwrap();
    symlink("../../secret.txt", at("d/x.html")).unwrap();
    // A sibling that is a link is none, nor is one that is a pipe.
    symlink("../secret.txt", at("b.js.br")).unwrap();
    let run = |program: &str, arguments: &[&str]| {
        std::process::Command::new(program).args(arguments).status().unwrap().success()
    };
    for pipe in ["pipe", "b.js.gz"] {
        assert!(run("mkfifo", &[at(pipe).to_str().unwrap()]));
    }
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    // Needs a privilege: where it is missing there can be no device.
    let _ = run("mknod", &[at("device").to_str().unwrap(), "c", "1", "5"]);
    let server = site.serve();
    for path in [
        "out.txt",
        "relative.txt",
        "outside/secret.txt",
        "outside/",
        "outside",
        "up/secret.txt",
        "up/root/a.txt",
        "slash/etc/passwd",
        "inside.txt",
        "inside/",
        "inside/index.html",
        "inside",
        "broken",
        "loop",
        "loop/x",
        "zero",
        "d/x.html",
        "pipe",
        "pipe/",
        "socket",
        "socket/x",
        "device",
    ] {
        let answer = server.get(&format!("/{path}")).await;
        assert_eq!((answer.status(), answer.text()), (404, "Not Found"), "{path}");
    }
    let answer = server.ask("GET /b.js", &[("Accept-Encoding", "br, gzip")]).await;
    assert_eq!((answer.text(), answer.field("content-encoding")), ("b", None));
}

/// While names change between what is ours and what leads out, nothing outside is opened and
/// nothing waits.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn path_a_link_swapped_in_is_never_followed() {
    use std::os::unix::fs::symlink;
    let site = Site::new(&[
        ("spare/secret.txt", b"ours"),
        ("file", b"ours"),
        ("open", b"ours"),
        ("pipe", b"ours"),
        (".env", b"secret"),
    ]);
    let path = |name: &str| site.path(name);
    // Swapped: a folder and a file for links out, a file for a link to what is hidden, and for a pipe.
    symlink(site.outside(), path("spare.other")).unwrap();
    symlink(site.outside().join("secret.txt"), path("file.other")).unwrap();
    symlink(".env", path("open.other")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(path("pipe.other")).status().unwrap();
    assert!(made.success());
    let (root, is_over) = (site.root(), Arc::new(AtomicBool::new(false)));
    let until = Arc::clone(&is_over);
    let swapping = std::thread::spawn(move || {
        let mut swaps = 0u64;
        while !until.load(Ordering::Relaxed) {
            for name in ["spare", "file", "open", "pipe"] {
                let (one, other) = (root.join(name), root.join(format!("{name}.other")));
                let aside = root.join("aside");
                std::fs::rename(&one, &aside).unwrap();
                std::fs::rename(&other, &one).unwrap();
                std::fs::rename(&aside, &other).unwrap();
            }
            swaps += 1;
        }
        swaps
    });
    let files = site.files().memory(0, 0, 0);
    let server = Server::new(App::new().files("/", files));
    let names = ["/spare/secret.txt", "/file", "/open", "/pipe"];
    let mut seen = BTreeSet::new();
    let began = Instant::now();
    let is_done = |seen: &BTreeSet<_>| match began.elapsed().as_secs() {
        0..2 => false,
        2..30 => seen.len() == 2 * names.len(),
        _ => true,
    };
    while !is_done(&seen) {
        for name in names {
            let answer = server.get(name).await;
            let expected = if answer.status() == 200 { "ours" } else { "Not Found" };
            assert_eq!(answer.text(), expected, "{name}");
            seen.insert((name, answer.status()));
        }
    }
    is_over.store(true, Ordering::Relaxed);
    assert!(swapping.join().unwrap() > 100);
    // Both were there to be found, and there was no other answer.
    let expected = names.map(|name| [(name, 200), (name, 404)]);
    assert_eq!(seen, expected.into_iter().flatten().collect());
}
