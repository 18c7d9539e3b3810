//! The system's allocator, and how often this thread asked it for memory.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

pub struct Heap;

thread_local! {
    // Constant, and nothing to drop: neither asks for memory.
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

/// Allocations and reallocations of this thread so far.
pub fn count() -> u64 {
    COUNT.get()
}

// SAFETY: every call is passed on to the system's allocator as it came, and its answer passed
// back as it is; counting touches no allocation.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller's promise about `layout` is the one that is asked for here.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: `place` came from here with this `layout`, so from the system; `size` is the
        // caller's promise.
        unsafe { System.realloc(place, layout, size) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: `place` came from here with this `layout`, so from the system.
        unsafe { System.dealloc(place, layout) }
    }
}
