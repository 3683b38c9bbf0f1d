//! Wake-ups of which there may be many: earliest first, of equal times the one that was set first.
//!
//! [`Timers`] may be set for any time, [`InTurn`] only for later and later ones, as where all wait equally long; in return
//! what need not go off any more is dropped when its turn comes near, so that memory follows what is waited for.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use policy::time::Instant;

/// What `T` is due when. A timer cannot be cancelled: what it was for is gone when it goes off, and it finds nothing.
#[derive(Clone, Debug)]
pub(crate) struct Timers<T> {
    pending: BinaryHeap<Reverse<Entry<T>>>,
    set: u64,
}

#[derive(Clone, Debug)]
struct Entry<T> {
    at: Instant,
    order: u64,
    what: T,
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Timers {
            pending: BinaryHeap::new(),
            set: 0,
        }
    }
}

impl<T> Timers<T> {
    /// `what` is due at `at`; never, if [`Instant::NEVER`]. O(log n).
    pub(crate) fn set(&mut self, at: Instant, what: T) {
        if at == Instant::NEVER {
            return;
        }
        self.set += 1;
        self.pending.push(Reverse(Entry {
            at,
            order: self.set,
            what,
        }));
    }

    /// When the first is due; [`Instant::NEVER`] if there is none.
    pub(crate) fn next_time(&self) -> Instant {
        let first = self.pending.peek();
        first.map_or(Instant::NEVER, |Reverse(entry)| entry.at)
    }

    /// The first.
    pub(crate) fn pop(&mut self) -> Option<T> {
        self.pending.pop().map(|Reverse(entry)| entry.what)
    }
}

impl<T> Entry<T> {
    fn key(&self) -> (Instant, u64) {
        (self.at, self.order)
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<T> Eq for Entry<T> {}

/// Timers that go off in the order in which they were set. O(1).
#[derive(Clone, Debug)]
pub(crate) struct InTurn<T> {
    pending: VecDeque<(Instant, T)>,
}

impl<T> Default for InTurn<T> {
    fn default() -> Self {
        InTurn {
            pending: VecDeque::new(),
        }
    }
}

impl<T: Copy> InTurn<T> {
    /// `what` is due at `at`, no earlier than any before it.
    pub(crate) fn set(&mut self, at: Instant, what: T) {
        debug_assert!(self.pending.back().is_none_or(|last| last.0 <= at));
        self.pending.push_back((at, what));
    }

    /// When the first is due of those that `matters` still; [`Instant::NEVER`] if none does.
    pub(crate) fn next_time(&mut self, matters: impl Fn(T) -> bool) -> Instant {
        while let Some(&(at, what)) = self.pending.front() {
            if matters(what) {
                return at;
            }
            self.pending.pop_front();
        }
        Instant::NEVER
    }

    /// The first.
    pub(crate) fn pop(&mut self) -> Option<T> {
        self.pending.pop_front().map(|(_, what)| what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_go_off_in_order_of_time_and_then_of_setting() {
        let mut timers = Timers::default();
        for (at, what) in [(5, 'c'), (3, 'a'), (5, 'd'), (3, 'b')] {
            timers.set(Instant(at), what);
        }
        timers.set(Instant::NEVER, 'x');
        assert_eq!(timers.next_time(), Instant(3));
        let order: String = std::iter::from_fn(|| timers.pop()).collect();
        assert_eq!(order, "abcd");
        assert_eq!(timers.next_time(), Instant::NEVER);
    }

    #[test]
    fn in_turn_what_does_not_matter_any_more_is_dropped() {
        let mut timers = InTurn::default();
        for (at, what) in [(1, 'a'), (1, 'b'), (4, 'c')] {
            timers.set(Instant(at), what);
        }
        assert_eq!(timers.next_time(|what| what != 'a'), Instant(1));
        assert_eq!(timers.pop(), Some('b'));
        assert_eq!(timers.next_time(|_| false), Instant::NEVER);
        assert!(timers.pending.is_empty());
    }
}
