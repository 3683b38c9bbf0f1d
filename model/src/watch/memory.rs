//! The watching memory itself.

#![expect(
    unsafe_code,
    reason = "a memory promises to be one; a mutated one breaks it to be caught"
)]

use std::marker::PhantomData;
use std::panic::Location;
use std::sync::atomic::Ordering::{self, Relaxed};

use policy::shared::{Atomic, Memory};

use super::cell::WatchedCell;
use super::run::Fate;
use super::step::Call;
use super::{Mutation, Run, Site};
use crate::platform::Platform;

/// `P`, watched by the current [`Run`].
#[derive(Clone, Copy, Debug)]
pub struct Watched<P>(PhantomData<P>);

/// A word of `P`'s, each step on which is a step of the run.
pub struct WatchedWord<P: Platform>(P::U64);

// SAFETY: as `P`'s, as long as nothing is mutated. A mutated word breaks the promise on purpose, in a process of its own,
// under loom, whose cells then refuse the access that would have been unsound.
unsafe impl<P: Platform> Memory for Watched<P> {
    type U64 = WatchedWord<P>;
    type Cell<T: Send> = WatchedCell<T, P>;
}

impl<P: Platform> Platform for Watched<P> {
    type Thread<T: Send + 'static> = P::Thread<T>;

    fn spawn<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> Self::Thread<T> {
        P::spawn(body)
    }

    fn join<T: Send + 'static>(thread: Self::Thread<T>) -> T {
        P::join(thread)
    }

    fn yield_now() {
        P::yield_now();
    }

    fn thread() -> u64 {
        P::thread()
    }
}

impl<P: Platform> WatchedWord<P> {
    /// Takes a read-modify-write, or what has become of it.
    #[track_caller]
    fn modify(
        &self,
        name: &'static str,
        operand: u64,
        order: Ordering,
        whole: impl Fn(&P::U64, Ordering) -> u64,
        result: impl Fn(u64) -> u64,
    ) -> u64 {
        let site = Site::from(Location::caller());
        let fate = fate::<P>(site);
        let before = match fate {
            Fate::AsWritten => whole(&self.0, order),
            Fate::Mutated(Mutation::Order(weaker)) => whole(&self.0, weaker),
            Fate::Mutated(Mutation::Torn) => {
                let before = self.0.load(of_load(order));
                self.0.store(result(before), of_store(order));
                before
            }
            Fate::Mutated(_) | Fate::Void => self.0.load(of_load(order)),
        };
        took::<P>(
            site,
            fate,
            Call::ReadModifyWrite {
                name,
                operand,
                order,
                before,
            },
        );
        before
    }
}

impl<P: Platform> Atomic for WatchedWord<P> {
    fn new(value: u64) -> Self {
        WatchedWord(P::U64::new(value))
    }

    #[track_caller]
    fn load(&self, order: Ordering) -> u64 {
        let site = Site::from(Location::caller());
        let fate = fate::<P>(site);
        let value = match fate {
            Fate::Mutated(Mutation::Order(weaker)) => self.0.load(weaker),
            _ => self.0.load(order),
        };
        took::<P>(site, fate, Call::Load { order, value });
        value
    }

    #[track_caller]
    fn store(&self, value: u64, order: Ordering) {
        let site = Site::from(Location::caller());
        let fate = fate::<P>(site);
        match fate {
            Fate::AsWritten => self.0.store(value, order),
            Fate::Mutated(Mutation::Order(weaker)) => self.0.store(value, weaker),
            Fate::Mutated(_) | Fate::Void => {}
        }
        took::<P>(site, fate, Call::Store { value, order });
    }

    #[track_caller]
    fn compare_exchange_weak(
        &self,
        current: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        let site = Site::from(Location::caller());
        let swap = |success, failure| {
            if spuriously_fails() {
                return Err(self.0.load(failure));
            }
            self.0.compare_exchange_weak(current, new, success, failure)
        };
        let fate = fate::<P>(site);
        let result = match fate {
            Fate::AsWritten => swap(success, failure),
            Fate::Mutated(Mutation::Order(weaker)) => swap(weaker, failure),
            Fate::Mutated(Mutation::FailureOrder(weaker)) => swap(success, weaker),
            Fate::Mutated(Mutation::Torn) => match self.0.load(of_load(success)) {
                found if found == current => {
                    self.0.store(new, of_store(success));
                    Ok(found)
                }
                found => Err(found),
            },
            Fate::Mutated(Mutation::Dropped) => match self.0.load(of_load(success)) {
                found if found == current => Ok(found),
                found => Err(found),
            },
            // A loop around it must come to its end.
            Fate::Void => Ok(current),
        };
        let call = Call::CompareExchange {
            current,
            new,
            success,
            failure,
            result,
        };
        took::<P>(site, fate, call);
        result
    }

    #[track_caller]
    fn fetch_add(&self, value: u64, order: Ordering) -> u64 {
        let whole = |word: &P::U64, order| word.fetch_add(value, order);
        self.modify("fetch_add", value, order, whole, |before| {
            before.wrapping_add(value)
        })
    }

    #[track_caller]
    fn fetch_sub(&self, value: u64, order: Ordering) -> u64 {
        let whole = |word: &P::U64, order| word.fetch_sub(value, order);
        self.modify("fetch_sub", value, order, whole, |before| {
            before.wrapping_sub(value)
        })
    }

    #[track_caller]
    fn fetch_or(&self, value: u64, order: Ordering) -> u64 {
        let whole = |word: &P::U64, order| word.fetch_or(value, order);
        self.modify("fetch_or", value, order, whole, |before| before | value)
    }

    #[track_caller]
    fn fetch_and(&self, value: u64, order: Ordering) -> u64 {
        let whole = |word: &P::U64, order| word.fetch_and(value, order);
        self.modify("fetch_and", value, order, whole, |before| before & value)
    }
}

fn fate<P: Platform>(site: Site) -> Fate {
    Run::current().map_or(Fate::AsWritten, |run| run.fate::<P>(site))
}

fn spuriously_fails() -> bool {
    Run::current().is_some_and(|run| run.fails_spuriously())
}

/// Notes a step that was taken; a dead process takes none.
fn took<P: Platform>(site: Site, fate: Fate, call: Call) {
    let mutation = match fate {
        Fate::Void => return,
        Fate::AsWritten => None,
        Fate::Mutated(mutation) => Some(mutation),
    };
    if let Some(run) = Run::current() {
        run.took::<P>(site, mutation, call);
    }
}

/// The half of a read-modify-write's ordering that its load keeps.
fn of_load(order: Ordering) -> Ordering {
    match order {
        Ordering::Release => Relaxed,
        Ordering::AcqRel => Ordering::Acquire,
        other => other,
    }
}

/// The half that its store keeps.
fn of_store(order: Ordering) -> Ordering {
    match order {
        Ordering::Acquire => Relaxed,
        Ordering::AcqRel => Ordering::Release,
        other => other,
    }
}
