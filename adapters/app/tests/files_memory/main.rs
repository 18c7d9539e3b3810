//! What sending large files holds in memory, counted.

#[path = "../../../driver/examples/tls_memory/heap.rs"]
mod heap;

use blazeio_app::{App, Files};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[global_allocator]
static HEAP: heap::Heap = heap::Heap::new();

const FILE: u64 = 24 << 20;

/// What may stay in memory, where anything may: less than the file is.
const KEPT: usize = 16 << 20;
const CLIENTS: usize = 8;

/// For each response: a slice, and half of one for all else. Content is not queued but written from
/// the slice.
const EACH: usize = (64 << 10) + (32 << 10);

/// Clients that read in turn, so that all responses are on their way to the end.
#[tokio::test]
async fn memw_a_large_file_costs_a_slice_for_each_response() {
    // By its own size, or because it has no place beside what stays.
    let most =
        [a_slice_each(|files| files).await, a_slice_each(|f| f.memory(1 << 30, 9, KEPT)).await];
    // It is counted at all.
    assert!(most.iter().all(|most| *most > 64 << 10), "{most:?}");
}

async fn a_slice_each(configure: fn(Files) -> Files) -> usize {
    let folder = tempfile::tempdir().unwrap();
    std::fs::File::create(folder.path().join("f")).unwrap().set_len(FILE).unwrap();
    let app = App::new().files("/", configure(Files::new(folder.path()).unwrap()));
    let server = blazeio_tokio::serve("127.0.0.1:0", app).start().unwrap();
    let address = server.addresses()[0].as_tcp().unwrap();
    let mut room = vec![0; 256 << 10];
    let mut clients = Vec::with_capacity(CLIENTS);
    for _ in 0..CLIENTS {
        clients.push((TcpStream::connect(address).await.unwrap(), 0u64));
    }
    let before = HEAP.held();
    for (stream, _) in &mut clients {
        stream.write_all(b"GET /f HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();
    }
    let mut most = 0;
    while !clients.is_empty() {
        for (stream, read) in &mut clients {
            let n = stream.read(&mut room).await.unwrap();
            most = most.max(HEAP.held().saturating_sub(before));
            assert!(n > 0 || *read > FILE, "cut off");
            *read = if n == 0 { u64::MAX } else { *read + n as u64 };
        }
        clients.retain(|(_, read)| *read != u64::MAX);
    }
    println!("{most} bytes for {CLIENTS} responses of {FILE}");
    assert!(most <= CLIENTS * EACH, "{most} bytes for {CLIENTS} responses");
    most
}
