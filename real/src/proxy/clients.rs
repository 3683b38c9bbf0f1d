//! A limit on each client's rate: a token bucket for every key, as many as there is room for.
//! Cost: O(1), no draw; about 80 bytes a client.
//!
//! The client heard of longest ago leaves when there is no room: its bucket has had the most time to fill up, so
//! forgetting it gives away the least.

use std::num::NonZeroUsize;

use lru::LruCache;
use policy::admission::{Rate, TokenBucket};
use policy::hash::MixKeys;
use policy::time::{Duration, Instant};

/// How many clients are remembered.
const ROOM: NonZeroUsize = NonZeroUsize::new(65_536).unwrap();

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Clients {
    rate: Rate,
    buckets: LruCache<u64, TokenBucket, MixKeys>,
}

impl Clients {
    pub(super) fn new(rate: Rate) -> Self {
        Clients::with_room(rate, ROOM)
    }

    fn with_room(rate: Rate, room: NonZeroUsize) -> Self {
        // The table is made as large as it may become: it never stops to grow while requests wait.
        Clients {
            rate,
            buckets: LruCache::with_hasher(room, MixKeys::default()),
        }
    }

    /// Whether the client known by `key` may send a request at `now`.
    ///
    /// # Errors
    /// How long it should wait before it sends another.
    pub(super) fn admit(&mut self, key: u64, now: Instant) -> Result<(), Duration> {
        let rate = self.rate;
        let bucket = self
            .buckets
            .get_or_insert_mut(key, || TokenBucket::new(rate));
        bucket.admit(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clients(room: usize) -> Clients {
        let rate = Rate::new(1, Duration::from_millis(1_000), 2).unwrap();
        Clients::with_room(rate, NonZeroUsize::new(room).unwrap())
    }

    #[test]
    fn one_client_that_asks_too_much_is_no_other_clients_trouble() {
        let mut clients = clients(8);
        let now = Instant(5_000_000_000);
        assert_eq!([(); 2].map(|()| clients.admit(1, now)), [Ok(()); 2]);
        assert_eq!(clients.admit(1, now), Err(Duration::from_millis(1_000)));
        assert_eq!(clients.admit(2, now), Ok(()));
        assert_eq!(clients.admit(1, now + Duration::from_millis(1_000)), Ok(()));
    }

    #[test]
    fn however_many_come_only_so_many_are_remembered() {
        let mut clients = clients(3);
        let now = Instant(5_000_000_000);
        for key in 0..1_000 {
            assert_eq!(clients.admit(key, now), Ok(()));
            assert!(clients.buckets.len() <= 3);
        }
        clients.admit(999, now).unwrap();
        assert!(clients.admit(999, now).is_err(), "still remembered");
        assert!(clients.admit(0, now).is_ok(), "long forgotten");
    }
}
