//! What is due next: one pending time for each task, the earliest first.
//! Cost: O(1) to look, and to plan what is planned already; O(log p) to plan anew, with p tasks pending. Memory O(tasks).
//!
//! A binary heap that knows where each task stands in it, so that a plan is changed in place and nothing outdated piles
//! up. Tasks due at the same instant come in the order in which they were planned: what happens must not depend on how
//! the heap is arranged.

use crate::time::Instant;

/// What may be due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// The detector's, for all backends.
    Outliers,
    /// A slot's prober's.
    Probe(u32),
    /// A slot's passive health check's.
    Passive(u32),
    /// A slot's breaker's.
    Breaker(u32),
    /// A slot's slow start's.
    Ramp(u32),
}

const KINDS: u32 = 4;

impl Task {
    fn number(self) -> usize {
        let number = match self {
            Task::Outliers => 0,
            Task::Probe(slot) => 1 + slot * KINDS,
            Task::Passive(slot) => 2 + slot * KINDS,
            Task::Breaker(slot) => 3 + slot * KINDS,
            Task::Ramp(slot) => 4 + slot * KINDS,
        };
        number as usize
    }
}

/// In the order in which they come: no two are planned at once.
#[derive(Clone, Copy, Debug)]
struct Entry {
    at: Instant,
    planned: u64,
    task: Task,
}

impl Entry {
    fn is_before(&self, other: &Entry) -> bool {
        (self.at, self.planned) < (other.at, other.planned)
    }
}

const NOWHERE: u32 = u32::MAX;

/// See the [module](self).
#[derive(Clone, Debug, Default)]
pub(super) struct Deadlines {
    heap: Vec<Entry>,
    /// By a task's number, where it stands in the heap.
    places: Vec<u32>,
    planned: u64,
}

impl Deadlines {
    /// Makes room for the tasks of so many slots.
    pub(super) fn grow(&mut self, slots: u32) {
        let tasks = 1 + slots as usize * KINDS as usize;
        self.places.resize(tasks.max(self.places.len()), NOWHERE);
    }

    /// When the next task is due; [`Instant::NEVER`] if none is.
    #[inline]
    pub(super) fn next_time(&self) -> Instant {
        self.heap.first().map_or(Instant::NEVER, |first| first.at)
    }

    /// The next task, if it is due at `now`. It stays planned until it is planned anew.
    pub(super) fn due(&self, now: Instant) -> Option<Task> {
        let first = self.heap.first().filter(|first| first.at <= now);
        first.map(|first| first.task)
    }

    /// `task` is due at `next`, or never. If that is no news, it keeps its turn among those due at the same instant.
    #[inline]
    pub(super) fn plan(&mut self, task: Task, next: Option<Instant>) {
        let place = self.places[task.number()];
        let known = self.heap.get(place as usize).map(|entry| entry.at);
        if known != next {
            self.plan_anew(task, next);
        }
    }

    /// `task` is due at `next`, or never, and has its turn after those that are planned already.
    pub(super) fn plan_anew(&mut self, task: Task, next: Option<Instant>) {
        let place = self.places[task.number()];
        let at = match next {
            Some(at) if at != Instant::NEVER => at,
            _ => return self.cancel(place),
        };
        self.planned += 1;
        let entry = Entry {
            at,
            planned: self.planned,
            task,
        };
        let place = match place {
            NOWHERE => {
                self.heap.push(entry);
                self.heap.len() - 1
            }
            place => {
                self.heap[place as usize] = entry;
                place as usize
            }
        };
        self.restore(place);
    }

    fn cancel(&mut self, place: u32) {
        if place == NOWHERE {
            return;
        }
        let gone = self.heap.swap_remove(place as usize);
        self.places[gone.task.number()] = NOWHERE;
        if (place as usize) < self.heap.len() {
            self.restore(place as usize);
        }
    }

    /// Whoever stands at `place` goes where it belongs; all others are in order.
    fn restore(&mut self, mut place: usize) {
        while place > 0 && self.heap[place].is_before(&self.heap[(place - 1) / 2]) {
            self.swap(place, (place - 1) / 2);
            place = (place - 1) / 2;
        }
        while let Some(child) = self.first_child(place)
            && self.heap[child].is_before(&self.heap[place])
        {
            self.swap(place, child);
            place = child;
        }
        self.places[self.heap[place].task.number()] = place as u32;
    }

    fn first_child(&self, place: usize) -> Option<usize> {
        let (left, right) = (2 * place + 1, 2 * place + 2);
        let right_first = (self.heap.get(right)).is_some_and(|it| it.is_before(&self.heap[left]));
        match right_first {
            true => Some(right),
            false => (left < self.heap.len()).then_some(left),
        }
    }

    /// `other`'s new place is noted, that of the one that goes on is not yet.
    fn swap(&mut self, moving: usize, other: usize) {
        self.heap.swap(moving, other);
        self.places[self.heap[moving].task.number()] = moving as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const SLOTS: u32 = 6;

    fn task() -> impl Strategy<Value = Task> {
        (0..5, 0..SLOTS).prop_map(|(kind, slot)| match kind {
            0 => Task::Outliers,
            1 => Task::Probe(slot),
            2 => Task::Passive(slot),
            3 => Task::Breaker(slot),
            _ => Task::Ramp(slot),
        })
    }

    proptest! {
        #[test]
        fn agrees_with_a_sorted_map(
            plans in prop::collection::vec((task(), prop::option::of(0..20u64), any::<bool>()), 0..300),
        ) {
            let mut deadlines = Deadlines::default();
            deadlines.grow(SLOTS);
            let mut sorted: BTreeMap<(Instant, usize), Task> = BTreeMap::new();
            for (order, (task, at, anew)) in plans.into_iter().enumerate() {
                let at = at.map(Instant);
                let known = sorted.iter().find(|(_, known)| **known == task).map(|(key, _)| *key);
                if anew {
                    deadlines.plan_anew(task, at);
                } else {
                    deadlines.plan(task, at);
                }
                if anew || known.map(|(at, _)| at) != at {
                    known.map(|known| sorted.remove(&known));
                    at.map(|at| sorted.insert((at, order), task));
                }
                let first = sorted.first_key_value();
                prop_assert_eq!(deadlines.next_time(), first.map_or(Instant::NEVER, |((at, _), _)| *at));
                prop_assert_eq!(deadlines.due(Instant(20)), first.map(|(_, task)| *task));
                prop_assert_eq!(deadlines.heap.len(), sorted.len());
            }
        }
    }

    #[test]
    fn nothing_is_due_before_its_time_or_never() {
        let mut deadlines = Deadlines::default();
        deadlines.grow(1);
        assert_eq!(deadlines.next_time(), Instant::NEVER);
        deadlines.plan(Task::Probe(0), Some(Instant(5)));
        assert_eq!(deadlines.due(Instant(4)), None);
        assert_eq!(deadlines.due(Instant(5)), Some(Task::Probe(0)));
        deadlines.plan(Task::Probe(0), Some(Instant::NEVER));
        assert_eq!(deadlines.due(Instant::NEVER), None);
    }
}
