//! HTTP/1.1 on a Cortex-M4F without an operating system and without a heap: each serial line of
//! the board carries one connection after the other, all of them served by one task.
#![no_std]
#![no_main]

mod board;
mod clock;
mod executor;
mod line;
mod pages;

use blazeio::{Limits, Timeout, Timeouts};
use blazeio_embedded_io::{Buffers, Server, Together};
use clock::Clock;
use core::convert::Infallible;
use core::pin::pin;
use cortex_m_semihosting::{debug, hprintln};
use line::Line;
use pages::Pages;

/// What a peer may send, and how long it may take. The time-outs are short for those who wait
/// for them.
static LIMITS: Limits = Limits {
    head: 1024,
    start_line: 512,
    timeouts: Timeouts {
        head: Timeout::secs(1),
        idle: Timeout::secs(2),
        linger_silence: Timeout::millis(300),
        ..Timeouts::DEFAULT
    },
    ..Limits::DEFAULT
};

#[cortex_m_rt::entry]
fn main() -> ! {
    board::start();
    let (one, two) = (pin!(serve(0)), pin!(serve(1)));
    hprintln!("ready: {} bytes for a line with its buffers", size_of_val(&*one));
    executor::run(Together::new([one, two]))
}

/// Serves one connection after the other. A serial line tells neither where one ends nor where
/// the next begins; so this does, on the debugger's console.
async fn serve(number: usize) -> Infallible {
    let (mut input, mut landing, mut output) = ([0; 1024], [0; 64], [0; 512]);
    let pages = Pages::new();
    let server = Server::new(&pages, &Clock, &LIMITS);
    loop {
        let buffers = Buffers { input: &mut input, landing: &mut landing, output: &mut output };
        let reason = server.serve(Line::new(number), buffers, pages.stopped()).await;
        hprintln!("line {}: {}", number, reason);
        if pages.is_stopped() {
            debug::exit(debug::EXIT_SUCCESS);
        }
    }
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    hprintln!("{}", info);
    loop {
        debug::exit(debug::EXIT_FAILURE);
    }
}
