//! The disk is read on each runtime.

use crate::site::Site;
use crate::support::Server;
use blazeio_app::App;
use blazeio_driver::Standalone;

crate::on_each_runtime!(small_and_large_files_are_served);

fn small_and_large_files_are_served<R: Standalone>() {
    let large = "0123456789".repeat(50_000);
    let site = Site::new(&[("a.txt", b"hello"), ("large.txt", large.as_bytes())]);
    let server = Server::start::<R>(App::new().files("/files", site.files()));
    for _ in 0..3 {
        assert_eq!(server.ask("GET /files/a.txt").content(), "hello");
        assert_eq!(server.ask("GET /files/large.txt").content(), large);
        let answer = server.ask("GET /files/large.txt\r\nRange: bytes=70005-140009\r\n\r\n");
        assert_eq!((answer.status(), answer.content()), (206, &large[70_005..140_010]));
        assert_eq!(server.ask("GET /files/nope").status(), 404);
    }
}
