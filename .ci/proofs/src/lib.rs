//! What every proof program needs: an entry point, memory functions, a panic handler, and
//! values the optimiser knows nothing of.
#![no_std]

#[cfg(feature = "control-alloc")]
extern crate alloc;

#[cfg(target_arch = "x86_64")]
mod memory;

pub use core::hint::black_box as opaque;

/// Calls `main` at the program's entry point. There is no system to return to.
#[macro_export]
macro_rules! entry {
    ($main:path) => {
        #[unsafe(no_mangle)]
        pub extern "C" fn _start() -> ! {
            $main();
            loop {}
        }
    };
}

#[panic_handler]
#[inline(never)]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    #[cfg(feature = "panic-is-undefined")]
    {
        unsafe extern "C" {
            fn a_panic_is_reachable() -> !;
        }
        // SAFETY: never runs: a program that reaches this cannot be linked.
        unsafe { a_panic_is_reachable() }
    }
    #[cfg(not(feature = "panic-is-undefined"))]
    loop {}
}
