//! What every proof program needs: an entry point, memory functions, a panic handler, and
//! values the optimiser knows nothing of.
#![no_std]

#[cfg(feature = "control-alloc")]
extern crate alloc;

#[cfg(target_arch = "x86_64")]
mod memory;

/// What a processor without compare-and-swap cannot do.
#[cfg(feature = "control-atomics")]
pub fn compare_and_swap(word: &core::sync::atomic::AtomicU32) {
    use core::sync::atomic::Ordering::Relaxed;
    let _ = word.compare_exchange(0, 1, Relaxed, Relaxed);
}

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

/// Gives the program a symbol `RAM` of so many bytes: so that what a connection takes can be read
/// from the program, for whatever target.
#[macro_export]
macro_rules! ram {
    ($size:expr) => {
        #[used]
        #[unsafe(no_mangle)]
        static RAM: [core::sync::atomic::AtomicU8; $size] =
            [const { core::sync::atomic::AtomicU8::new(0) }; $size];
    };
}

/// The size of what a function of one argument returns: of a future, say, that has no name.
#[must_use]
pub const fn future_size<A, F>(_: &fn(A) -> F) -> usize {
    size_of::<F>()
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
