//! The board: MPS2 with the image AN386, at its reset clock of 25 MHz. Its serial lines' registers
//! and its interrupts, which do no more than wake the task.
//!
//! All that the firmware has of `unsafe` stands here.

use cortex_m::peripheral::syst::SystClkSource;
use cortex_m::peripheral::{NVIC, Peripherals};
use cortex_m_rt::exception;

const CLOCK_HZ: u32 = 25_000_000;
/// How many lines are used; the board has five.
pub const LINES: usize = 2;
const LINE_ADDRESSES: [usize; LINES] = [0x4000_4000, 0x4000_5000];
/// Lines have two interrupts each: something was received, something was sent.
const LINE_INTERRUPTS: u16 = 2 * LINES as u16;

/// Registers of a line, as offsets (CMSDK APB UART).
const DATA: usize = 0x0;
const STATE: usize = 0x4;
const CONTROL: usize = 0x8;
const INTERRUPT: usize = 0xC;
const DIVISOR: usize = 0x10;

const STATE_SEND_FULL: u32 = 1;
const STATE_RECEIVE_FULL: u32 = 2;
/// Sending and receiving, and an interrupt for either.
const CONTROL_ALL: u32 = 0b1111;

/// Starts the tick of one millisecond and the lines.
pub fn start() {
    let Some(mut peripherals) = Peripherals::take() else { return };
    peripherals.SYST.set_clock_source(SystClkSource::Core);
    peripherals.SYST.set_reload(CLOCK_HZ / 1000 - 1);
    peripherals.SYST.clear_current();
    peripherals.SYST.enable_interrupt();
    peripherals.SYST.enable_counter();
    for line in 0..LINES {
        write(line, DIVISOR, CLOCK_HZ / 115_200);
        write(line, CONTROL, CONTROL_ALL);
    }
    for number in 0..LINE_INTERRUPTS {
        // SAFETY: their handler is the one below, which breaks no critical section.
        unsafe { NVIC::unmask(Interrupt(number)) };
    }
}

/// The byte that a line has received, if there is one.
pub fn receive(line: usize) -> Option<u8> {
    (read(line, STATE) & STATE_RECEIVE_FULL != 0).then(|| read(line, DATA) as u8)
}

/// Sends a byte, unless the one before is still on its way. Whether it did.
pub fn send(line: usize, byte: u8) -> bool {
    let is_free = read(line, STATE) & STATE_SEND_FULL == 0;
    if is_free {
        write(line, DATA, byte.into());
    }
    is_free
}

fn read(line: usize, register: usize) -> u32 {
    // SAFETY: an aligned register of the board; reading one disturbs no memory of Rust's.
    unsafe { ((LINE_ADDRESSES[line] + register) as *const u32).read_volatile() }
}

fn write(line: usize, register: usize, value: u32) {
    // SAFETY: as above; the line's registers refer to no memory.
    unsafe { ((LINE_ADDRESSES[line] + register) as *mut u32).write_volatile(value) }
}

#[derive(Clone, Copy)]
struct Interrupt(u16);

// SAFETY: a number stays the same, and the board has more than 4 interrupts.
unsafe impl cortex_m::interrupt::InterruptNumber for Interrupt {
    fn number(self) -> u16 {
        self.0
    }
}

#[exception]
fn SysTick() {
    crate::clock::tick();
}

/// A line's interrupt: that it came has woken the task.
#[exception]
unsafe fn DefaultHandler(number: i16) {
    if let Ok(number) = u16::try_from(number) {
        write(usize::from(number / 2), INTERRUPT, CONTROL_ALL);
    }
}
