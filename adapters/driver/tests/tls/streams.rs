//! Content both ways at once, with a reader and a writer each.

use crate::certificates::VERSIONS;
use crate::pairs::{End, session};
use crate::support::pipe::Manners;
use crate::support::tasks::Tasks;

fn content(length: usize, seed: u8) -> Vec<u8> {
    (0..length).map(|at| (at / 251) as u8 ^ (at as u8).wrapping_mul(seed)).collect()
}

async fn send(end: &End, content: &[u8]) {
    end.write_all(content).await.unwrap();
    end.shutdown().await.unwrap();
}

/// Reads to the end, with rooms of this many bytes.
async fn receive(end: &End, room: usize, expected: &[u8]) {
    let (mut received, mut room) = (Vec::new(), vec![0; room]);
    loop {
        match end.read(&mut room).await.unwrap() {
            0 => break,
            read => received.extend_from_slice(&room[..read]),
        }
    }
    assert!(received == expected, "{} of {} bytes", received.len(), expected.len());
}

/// Exchanges `length` bytes each way; polls per call of the wire.
fn exchange(length: usize, room: usize, manners: Manners) {
    let (ours, theirs) = (content(length, 3), content(length, 5));
    for version in VERSIONS {
        let (server, client, _) = session(version, manners);
        let mut tasks = Tasks::default();
        tasks.begin(send(&server, &ours));
        tasks.begin(receive(&server, room, &theirs));
        tasks.begin(send(&client, &theirs));
        tasks.begin(receive(&client, room, &ours));
        tasks.finish();
    }
}

#[test]
fn io_four_mebibytes_both_ways_at_once_through_little_room() {
    exchange(4 << 20, 4096, Manners { room: 2000, chop: 777, ..Manners::GOOD });
}

#[test]
fn io_content_both_ways_in_storms_and_byte_by_byte() {
    for (room, manners) in [
        (1, Manners::GOOD),
        (4096, Manners { chop: 1, ..Manners::GOOD }),
        (4096, Manners { room: 1, chop: 1, ..Manners::GOOD }),
        (17, Manners { room: 5, chop: 3, is_stormy: true, ..Manners::GOOD }),
        (4096, Manners { room: 70, chop: 29, is_stormy: true, is_held: true }),
        (65_536, Manners { is_stormy: true, is_held: true, ..Manners::GOOD }),
    ] {
        exchange(40_000, room, manners);
    }
}
