//! By how much a busy worker puts off accepting.
//!
//! puma's idea (`wait_for_less_busy_worker`): where workers share a socket the kernel does not know who is busy, so whoever
//! is waits a little, in proportion to what it has to do, and the idle are quicker.

use std::time::Duration;

/// At most `limit`; none for an idle worker, all of it for one that serves `concurrency` requests or more.
pub(crate) fn delay(limit: Duration, in_flight: u64, concurrency: u32) -> Duration {
    let full = u64::from(concurrency.max(1));
    let share = in_flight.min(full) as f64 / full as f64;
    limit.mul_f64(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_is_in_proportion_and_bounded() {
        let limit = Duration::from_millis(5);
        assert_eq!(delay(limit, 0, 4), Duration::ZERO);
        assert_eq!(delay(limit, 2, 4), limit / 2);
        assert_eq!(delay(limit, 400, 4), limit);
        assert_eq!(delay(limit, 1, 0), limit);
        assert_eq!(delay(Duration::ZERO, 1, 1), Duration::ZERO);
    }
}
