//! In its steady state a connection allocates nothing for an exchange, in either role.
//!
//! Both sides run on the thread of the test, whose allocations are counted.

mod client;
mod heap;
mod server;
mod service;

#[global_allocator]
static HEAP: heap::Heap = heap::Heap;

#[test]
fn what_is_allocated_is_counted() {
    let before = heap::count();
    let mut bytes = std::hint::black_box(vec![1u8]);
    bytes.reserve_exact(1000);
    let zeros = std::hint::black_box(vec![0u8; 1000]);
    assert_eq!((heap::count() - before, zeros.len() + bytes.len()), (3, 1001));
}
