//! The system's allocator, and a count of what is allocated.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts bytes as they were asked for.
pub struct Heap {
    held: AtomicUsize,
}

impl Heap {
    /// With nothing held.
    pub const fn new() -> Self {
        Self { held: AtomicUsize::new(0) }
    }

    /// Bytes that are allocated now.
    pub fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }
}

// SAFETY: every call is passed on to the system's allocator as it came, and its answer passed
// back as it is; counting touches no allocation.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.held.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise about `layout` is the one that is asked for here.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        self.held.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: `place` came from `alloc` above with this `layout`, so from the system.
        unsafe { System.dealloc(place, layout) }
    }
}
