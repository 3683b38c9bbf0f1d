//! One worker's idle connections, by backend: the one used last is used first.
//! Cost: O(1) to put and to take, amortised; O(slots) to expire. Source: the per-worker pools of nginx's upstream
//! `keepalive` and of the proxy among this project's first documents, which keeps 128 a backend.
//!
//! Last in, first out keeps as few connections warm as the load needs and lets the others go idle long enough to
//! expire; first in, first out keeps all of them open, and is there to be compared.
//!
//! A connection belongs to a [`BackendId`]: when the backend is removed its connections are handed back, one that
//! comes back later is refused, and none is ever given to the next occupant of the slot. A pool that goes by the
//! index alone sends requests to the old host after a reload.

use std::collections::VecDeque;

use crate::invalid::Invalid;
use crate::time::{Duration, Instant};
use crate::view::BackendId;

/// Which of a backend's idle connections is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// The one that came last.
    #[default]
    Lifo,
    /// The one that came first.
    Fifo,
}

/// What can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// Which is taken.
    pub order: Order,
    /// How many connections to one backend are kept. With 0, none.
    pub max_idle: u32,
    /// How long a connection is kept without being used. Less than what the backend itself puts up with, or
    /// requests meet connections that are just being closed.
    pub idle_timeout: Duration,
}

impl Default for Options {
    /// The last of up to 128, each for up to 60 s.
    fn default() -> Self {
        Options {
            order: Order::Lifo,
            max_idle: 128,
            idle_timeout: Duration::from_millis(60_000),
        }
    }
}

/// [`Options`] that were checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Config(Options);

impl Config {
    /// Refuses, with a sentence, a pool that could keep nothing for any time.
    pub fn new(options: Options) -> Result<Config, Invalid> {
        Invalid::unless(
            options.idle_timeout > Duration::ZERO,
            "the time an idle connection is kept must be positive; to keep none, keep 0 of them",
        )?;
        Ok(Config(options))
    }

    /// What was chosen.
    pub fn options(&self) -> &Options {
        &self.0
    }
}

/// Idle connections to one slot's present backend, the one idle for longest in front.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Shelf<C> {
    /// Of the backend. Earlier ones have been removed.
    generation: u32,
    idle: VecDeque<(Instant, C)>,
}

impl<C> Shelf<C> {
    const EMPTY: Shelf<C> = Shelf {
        generation: 0,
        idle: VecDeque::new(),
    };

    /// Takes out those that were idle for `timeout` at `now`.
    fn expired(&mut self, now: Instant, timeout: Duration) -> impl Iterator<Item = C> + '_ {
        let is_young = |&(since, _): &(Instant, C)| since + timeout > now;
        let expired = self
            .idle
            .iter()
            .position(is_young)
            .unwrap_or(self.idle.len());
        self.idle.drain(..expired).map(|(_, connection)| connection)
    }
}

/// See the [module](self). `C` is a connection; the pool moves it and does nothing else with it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pool<C> {
    config: Config,
    /// By slot.
    shelves: Vec<Shelf<C>>,
    /// Found to be of no use any more, and not yet handed back.
    unusable: Vec<C>,
    /// No connection expires before this.
    expires: Instant,
}

impl<C> Pool<C> {
    /// Keeps nothing yet.
    pub fn new(config: Config) -> Self {
        Pool {
            config,
            shelves: Vec::new(),
            unusable: Vec::new(),
            expires: Instant::NEVER,
        }
    }

    /// Keeps `connection`, which has nothing to do from `now` on. Hands back one to close if there are enough
    /// (that idle for longest), or if the backend is not there any more (this one). O(1) amortised.
    pub fn put(&mut self, backend: BackendId, connection: C, now: Instant) -> Option<C> {
        let options = *self.config.options();
        let shelf = shelf(&mut self.shelves, backend.slot);
        if backend.generation < shelf.generation || options.max_idle == 0 {
            return Some(connection);
        }
        if backend.generation > shelf.generation {
            // Its predecessor left without a word.
            shelf.generation = backend.generation;
            self.unusable
                .extend(shelf.idle.drain(..).map(|(_, old)| old));
        }
        let is_full = shelf.idle.len() >= options.max_idle as usize;
        let oldest = if is_full {
            shelf.idle.pop_front()
        } else {
            None
        };
        shelf.idle.push_back((now, connection));
        self.expires = self.expires.min(now + options.idle_timeout);
        oldest.map(|(_, connection)| connection)
    }

    /// An idle connection to `backend` that has not expired at `now`. O(1) amortised.
    pub fn take(&mut self, backend: BackendId, now: Instant) -> Option<C> {
        let options = self.config.options();
        let shelf = self.shelves.get_mut(backend.slot as usize)?;
        if shelf.generation != backend.generation {
            return None;
        }
        self.unusable
            .extend(shelf.expired(now, options.idle_timeout));
        let taken = match options.order {
            Order::Lifo => shelf.idle.pop_back(),
            Order::Fifo => shelf.idle.pop_front(),
        };
        taken.map(|(_, connection)| connection)
    }

    /// `backend` is gone: hands back its connections, to be closed. Those in use are refused when they come back.
    pub fn remove(&mut self, backend: BackendId) -> Vec<C> {
        let shelf = shelf(&mut self.shelves, backend.slot);
        if backend.generation < shelf.generation {
            return Vec::new();
        }
        shelf.generation = backend.generation.saturating_add(1);
        shelf
            .idle
            .drain(..)
            .map(|(_, connection)| connection)
            .collect()
    }

    /// Hands back the connections that are of no use at `now`, to be closed: those that expired, and those of
    /// backends that were replaced without [`Pool::remove`].
    pub fn expire(&mut self, now: Instant) -> Vec<C> {
        if now >= self.expires {
            let timeout = self.config.options().idle_timeout;
            self.expires = Instant::NEVER;
            for shelf in &mut self.shelves {
                self.unusable.extend(shelf.expired(now, timeout));
                if let Some(&(since, _)) = shelf.idle.front() {
                    self.expires = self.expires.min(since + timeout);
                }
            }
        }
        std::mem::take(&mut self.unusable)
    }

    /// When to call [`Pool::expire`]. It may be early, when a connection was taken that would have expired then;
    /// it is never late. O(1).
    pub fn next_deadline(&self) -> Option<Instant> {
        if !self.unusable.is_empty() {
            return Some(Instant::ZERO);
        }
        (self.expires < Instant::NEVER).then_some(self.expires)
    }

    /// How many connections to `backend` are kept.
    pub fn idle(&self, backend: BackendId) -> usize {
        let shelf = self.shelves.get(backend.slot as usize);
        let of_backend = shelf.filter(|shelf| shelf.generation == backend.generation);
        of_backend.map_or(0, |shelf| shelf.idle.len())
    }
}

fn shelf<C>(shelves: &mut Vec<Shelf<C>>, slot: u32) -> &mut Shelf<C> {
    let slot = slot as usize;
    if shelves.len() <= slot {
        shelves.resize_with(slot + 1, || Shelf::EMPTY);
    }
    &mut shelves[slot]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TIMEOUT: u64 = 100;

    fn pool(order: Order, max_idle: u32) -> Pool<u32> {
        let idle_timeout = Duration(TIMEOUT);
        Pool::new(
            Config::new(Options {
                order,
                max_idle,
                idle_timeout,
            })
            .unwrap(),
        )
    }

    fn id(slot: u32, generation: u32) -> BackendId {
        BackendId { slot, generation }
    }

    #[test]
    fn the_last_or_the_first_is_taken() {
        for (order, expected) in [(Order::Lifo, [3, 2, 1]), (Order::Fifo, [1, 2, 3])] {
            let mut pool = pool(order, 8);
            (1..=3).for_each(|n| assert_eq!(pool.put(id(0, 0), n, Instant(0)), None));
            assert_eq!(pool.take(id(1, 0), Instant(0)), None);
            let taken = [(); 3].map(|()| pool.take(id(0, 0), Instant(0)).unwrap());
            assert_eq!(taken, expected);
            assert_eq!(pool.take(id(0, 0), Instant(0)), None);
        }
    }

    #[test]
    fn the_one_idle_for_longest_makes_room() {
        let mut pool = pool(Order::Lifo, 2);
        let put = [1, 2, 3].map(|n| pool.put(id(0, 0), n, Instant(0)));
        assert_eq!(put, [None, None, Some(1)]);
        assert_eq!(pool.idle(id(0, 0)), 2);
    }

    #[test]
    fn nothing_is_taken_that_has_expired() {
        for order in [Order::Lifo, Order::Fifo] {
            let mut pool = pool(order, 8);
            pool.put(id(0, 0), 1, Instant(0));
            pool.put(id(0, 0), 2, Instant(50));
            assert_eq!(pool.next_deadline(), Some(Instant(TIMEOUT)));
            assert_eq!(pool.take(id(0, 0), Instant(TIMEOUT)), Some(2));
            assert_eq!(pool.next_deadline(), Some(Instant::ZERO));
            assert_eq!(pool.expire(Instant(TIMEOUT)), [1]);
            assert_eq!(pool.next_deadline(), None);
        }
    }

    /// A pool by index hands the old host's sockets to the new one.
    #[test]
    fn the_next_occupant_of_a_slot_gets_none_of_its_predecessors_connections() {
        let (old, new) = (id(3, 0), id(3, 1));
        let mut pool = pool(Order::Lifo, 8);
        pool.put(old, 1, Instant(0));
        pool.put(old, 2, Instant(0));
        assert_eq!(pool.take(new, Instant(0)), None);
        assert_eq!(pool.remove(old), [1, 2]);
        assert_eq!(pool.put(old, 3, Instant(0)), Some(3));
        assert_eq!(pool.put(new, 4, Instant(0)), None);
        assert_eq!(pool.remove(old), []);
        assert_eq!(pool.put(id(3, 2), 5, Instant(0)), None);
        assert_eq!(pool.expire(Instant(0)), [4]);
        assert_eq!(pool.take(id(3, 2), Instant(0)), Some(5));
    }

    #[test]
    fn a_pool_that_keeps_nothing_for_any_time_is_refused() {
        let idle_timeout = Duration::ZERO;
        let refusal = Config::new(Options {
            idle_timeout,
            ..Options::default()
        })
        .unwrap_err();
        assert!(
            refusal.to_string().contains("must be positive"),
            "{refusal}"
        );
        assert_eq!(pool(Order::Lifo, 0).put(id(0, 0), 1, Instant(0)), Some(1));
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Put,
        Take,
        Remove,
        Expire,
        Pass(u64),
    }

    /// What the pool should hold: backend, since when, connection, in the order in which they came.
    #[derive(Default)]
    struct List {
        kept: Vec<(BackendId, Instant, u32)>,
        /// Found expired, to be handed back by the next `expire`.
        aside: Vec<u32>,
    }

    impl List {
        fn remove_where(&mut self, out: impl Fn(BackendId, Instant) -> bool) -> Vec<u32> {
            let gone = self
                .kept
                .extract_if(.., |&mut (of, since, _)| out(of, since));
            gone.map(|(.., connection)| connection).collect()
        }

        fn set_aside(&mut self, of: impl Fn(BackendId) -> bool, now: Instant) {
            let expired = self.remove_where(|id, since| of(id) && since + Duration(TIMEOUT) <= now);
            self.aside.extend(expired);
        }

        fn take(&mut self, backend: BackendId, order: Order) -> Option<u32> {
            let mut places = (0..self.kept.len()).filter(|&place| self.kept[place].0 == backend);
            let place = match order {
                Order::Lifo => places.next_back(),
                Order::Fifo => places.next(),
            };
            place.map(|place| self.kept.remove(place).2)
        }

        fn count(&self, backend: BackendId) -> usize {
            self.kept.iter().filter(|(of, ..)| *of == backend).count()
        }
    }

    proptest! {
        /// Every connection is in one place: kept, in use, or handed back to be closed.
        #[test]
        fn agrees_with_a_list(
            fifo: bool,
            max_idle in 0..4u32,
            steps in prop::collection::vec((0..3u32, prop_oneof![
                4 => Just(Step::Put),
                3 => Just(Step::Take),
                1 => Just(Step::Remove),
                1 => Just(Step::Expire),
                3 => (0..TIMEOUT).prop_map(Step::Pass),
            ]), 0..150),
        ) {
            let order = if fifo { Order::Fifo } else { Order::Lifo };
            let (mut pool, mut list) = (pool(order, max_idle), List::default());
            let (mut now, mut made) = (Instant(0), 0);
            let mut generation = [0; 3];
            for (slot, step) in steps {
                let backend = id(slot, generation[slot as usize]);
                match step {
                    Step::Put => {
                        made += 1;
                        list.kept.push((backend, now, made));
                        let is_full = list.count(backend) > max_idle as usize;
                        let oldest = is_full.then(|| list.take(backend, Order::Fifo)).flatten();
                        prop_assert_eq!(pool.put(backend, made, now), oldest);
                    }
                    Step::Take => {
                        list.set_aside(|of| of == backend, now);
                        prop_assert_eq!(pool.take(backend, now), list.take(backend, order));
                    }
                    Step::Remove => {
                        prop_assert_eq!(pool.remove(backend), list.remove_where(|of, _| of == backend));
                        made += 1;
                        prop_assert_eq!(pool.put(backend, made, now), Some(made));
                        generation[slot as usize] += 1;
                    }
                    Step::Expire => {
                        list.set_aside(|_| true, now);
                        let is_due = pool.next_deadline().is_some_and(|at| at <= now);
                        prop_assert!(is_due || list.aside.is_empty());
                        let (mut closed, mut expected) = (pool.expire(now), std::mem::take(&mut list.aside));
                        closed.sort();
                        expected.sort();
                        prop_assert_eq!(closed, expected);
                        prop_assert!(pool.next_deadline().is_none_or(|at| at > now));
                    }
                    Step::Pass(span) => now += Duration(span),
                }
                prop_assert_eq!(pool.idle(backend), list.count(backend));
            }
        }
    }
}
