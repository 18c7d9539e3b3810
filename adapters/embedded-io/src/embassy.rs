//! Embassy's clock and sockets.
//!
//! Decides nothing but how ticks round: a deadline is never met too early. Sets no time limit on
//! a socket: see [`Transport`](crate::Transport).

/// [`embassy_time`] as the timer.
#[cfg(feature = "embassy-time")]
#[derive(Clone, Copy, Default, Debug)]
pub struct EmbassyTimer;

#[cfg(feature = "embassy-time")]
impl crate::Timer for EmbassyTimer {
    fn now(&self) -> u64 {
        embassy_time::Instant::now().as_micros()
    }

    fn wait_until(&self, at: u64) -> impl Future<Output = ()> {
        // Up to a whole tick; a time too far for ticks is never.
        let tick = embassy_time::Duration::from_ticks(1);
        let at = embassy_time::Instant::try_from_micros(at).and_then(|at| at.checked_add(tick));
        embassy_time::Timer::at(at.unwrap_or(embassy_time::Instant::MAX))
    }
}

#[cfg(feature = "embassy-net")]
impl crate::Transport for embassy_net::tcp::TcpSocket<'_> {
    type Error = embassy_net::tcp::Error;

    /// It waits until the peer has acknowledged everything, and does nothing else.
    const CAN_DROP_FLUSH: bool = true;

    fn split(
        &mut self,
    ) -> (
        impl embedded_io_async::Read<Error = Self::Error>,
        impl embedded_io_async::Write<Error = Self::Error>,
    ) {
        embassy_net::tcp::TcpSocket::split(self)
    }

    fn end(&mut self) {
        self.close();
    }

    fn abort(&mut self) {
        embassy_net::tcp::TcpSocket::abort(self);
    }
}
