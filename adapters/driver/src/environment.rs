//! What all connections of one server or client have in common.
//!
//! Decides nothing: the runtime they live on, their limits and memory, and the counters.

use crate::background::Background;
use crate::input::MOST;
use crate::memory::{Memory, SMALLEST};
use crate::runtime::Runtime;
use crate::statistics::Counters;
use crate::timers::Timers;
use blazeio::Limits;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Shared by connections.
pub(crate) struct Environment {
    pub(crate) runtime: Arc<dyn Runtime>,
    pub(crate) memory: Arc<Memory>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) statistics: Counters,
    pub(crate) timers: Arc<Timers>,
    pub(crate) background: Background,
    /// Bytes of input that a connection reads at once, at most.
    pub(crate) read_size: u32,
    /// A handler is dropped when its peer ends its input, as when it is lost.
    pub(crate) end_drops: bool,
    keys: AtomicU64,
}

impl Environment {
    pub(crate) fn new(
        runtime: Arc<dyn Runtime>,
        memory: Arc<Memory>,
        limits: Arc<Limits>,
        read_size: u32,
        end_drops: bool,
    ) -> Self {
        let read_size = read_size.clamp(SMALLEST as u32, MOST as u32);
        let read_size = clamp_read_size(read_size);
        let statistics = Counters::default();
        let timers = Arc::default();
        let background = Background::default();
        let keys = AtomicU64::new(0);
        Self { runtime, memory, limits, statistics, timers, background, read_size, end_drops, keys }
    }

    /// A number that was not given before.
    pub(crate) fn next_key(&self) -> u64 {
        self.keys.fetch_add(1, Ordering::Relaxed)
    }
}

/// A read size that there can be: from the smallest buffer to the most that may be unconsumed.
pub(crate) fn clamp_read_size(bytes: u32) -> u32 {
    bytes.clamp(SMALLEST as u32, MOST as u32)
}
