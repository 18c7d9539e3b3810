//! The signals that stop a server.
//!
//! Decides which: SIGINT, as from Ctrl-C, and on Unix SIGTERM, as from whoever supervises it.

use std::future::Future;
use std::io;

/// Ends at the next SIGINT or SIGTERM. Signals count from this call on.
///
/// # Errors
/// The signal cannot be listened to.
///
/// # Panics
/// Outside of a tokio runtime.
#[cfg(unix)]
pub fn stop_signal() -> io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ends at the next Ctrl-C.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn stop_signal() -> io::Result<impl Future<Output = ()> + Send> {
    Ok(async {
        // One that cannot be listened to never comes.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
