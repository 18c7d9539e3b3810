//! Hundreds of thousands of connections, most of which end by a reset (RST).

use crate::endurance::dice::Dice;
use crate::endurance::program::Echo;
use crate::endurance::response::{Received, receive};
use crate::endurance::{await_descriptors, count, resident, share, source};
use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// How a connection goes.
#[derive(Clone, Copy, Debug)]
enum Course {
    BeforeTheHead,
    InMidHead,
    AfterTheRequest,
    InMidResponse,
    InMidUpload,
    /// The server ends it, then the client.
    Closed,
    /// The client ends it, then the server.
    Left,
}

const COURSES: [Course; 7] = [
    Course::BeforeTheHead,
    Course::InMidHead,
    Course::AfterTheRequest,
    Course::InMidResponse,
    Course::InMidUpload,
    Course::Closed,
    Course::Left,
];

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn rst_descriptors_and_memory_flat() {
    let (warm_up, connections) = (count(1_500, 20_000), count(3_000, 200_000));
    let echo = Echo::start(&["--threads", "2"]);
    let base = echo.descriptors();
    run(&echo, 0..warm_up);
    await_descriptors(&echo, base, Duration::from_secs(10));
    let before = resident(&echo);
    let began = Instant::now();
    let took = run(&echo, warm_up..warm_up + connections);
    let let_go = await_descriptors(&echo, base, Duration::from_secs(10));
    let after = resident(&echo);
    println!(
        "rst_descriptors_and_memory_flat: {connections} connections {took:?} in {:.1?}, {base} \
         descriptors before, and again {let_go:.1?} after the last; {before} KiB of memory \
         before, {after} KiB after",
        began.elapsed()
    );
    let allowed = (before / 100).max(512);
    assert!(after.saturating_sub(before) < allowed, "{before} KiB, then {after} KiB");
    assert!(echo.stop().lines().count() <= warm_up + connections);
}

/// Runs the connections of these numbers; how many took each course.
fn run(echo: &Echo, numbers: std::ops::Range<usize>) -> [(Course, usize); COURSES.len()] {
    let counts = [const { AtomicUsize::new(0) }; COURSES.len()];
    share(numbers.len(), 4, |round| {
        let number = numbers.start + round;
        let mut dice = Dice::new(number);
        let course = dice.below(COURSES.len());
        counts[course].fetch_add(1, Relaxed);
        go(COURSES[course], echo.address, number, &mut dice);
    });
    let mut counts = counts.into_iter().map(AtomicUsize::into_inner);
    COURSES.map(|course| (course, counts.next().unwrap_or(0)))
}

fn go(course: Course, address: SocketAddr, number: usize, dice: &mut Dice) {
    let mut stream = source::connect(address, number).unwrap();
    match course {
        Course::BeforeTheHead => {}
        Course::InMidHead => stream.write_all(&GET[..1 + dice.below(GET.len() - 1)]).unwrap(),
        Course::AfterTheRequest => stream.write_all(GET).unwrap(),
        Course::InMidResponse => {
            let size = 1 + dice.below(100_000);
            upload(&stream, size, size);
            let mut some = vec![0; 1 + dice.below(size)];
            stream.read_exact(&mut some).unwrap();
        }
        Course::InMidUpload => {
            let size = 1 + dice.below(100_000);
            upload(&stream, size, dice.below(size));
        }
        Course::Closed => {
            stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
            let mut input = BufReader::new(&stream);
            assert!(matches!(receive(&mut input), Received::Whole(_)));
            return assert!(matches!(receive(&mut input), Received::Ended));
        }
        Course::Left => {
            stream.write_all(GET).unwrap();
            let response = receive(&mut BufReader::new(&stream));
            return assert!(matches!(response, Received::Whole(_)));
        }
    }
    // Now and then the server gets further before the reset comes.
    if dice.below(4) == 0 {
        thread::sleep(Duration::from_micros(dice.below(2000) as u64));
    }
    source::reset(stream);
}

/// Sends a head that tells of `size` bytes of content, and the first `sent` of them.
fn upload(mut stream: &TcpStream, size: usize, sent: usize) {
    let head = format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&vec![b'x'; sent]).unwrap();
}
