//! What is due next: an [`Agenda`] with a task for each of the things that keep an eye on a slot. Tasks due at the same
//! instant come in the order in which they were planned.

use crate::agenda::Agenda;
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

/// Of each slot. The detector comes before all of them.
const KINDS: u32 = 4;

impl Task {
    #[inline]
    fn component(self) -> u32 {
        match self {
            Task::Outliers => 0,
            Task::Probe(slot) => 1 + slot * KINDS,
            Task::Passive(slot) => 2 + slot * KINDS,
            Task::Breaker(slot) => 3 + slot * KINDS,
            Task::Ramp(slot) => 4 + slot * KINDS,
        }
    }

    fn of(component: u32) -> Task {
        let Some(number) = component.checked_sub(1) else {
            return Task::Outliers;
        };
        let slot = number / KINDS;
        match number % KINDS {
            0 => Task::Probe(slot),
            1 => Task::Passive(slot),
            2 => Task::Breaker(slot),
            _ => Task::Ramp(slot),
        }
    }
}

/// See the [module](self).
#[derive(Clone, Debug)]
pub(super) struct Deadlines {
    agenda: Agenda,
}

impl Deadlines {
    /// Nothing is planned, for nobody but the detector.
    pub(super) fn new() -> Self {
        Deadlines {
            agenda: Agenda::new(1),
        }
    }

    /// Makes room for the tasks of so many slots.
    pub(super) fn grow(&mut self, slots: u32) {
        self.agenda.grow(1 + slots * KINDS);
    }

    /// When the next task is due; [`Instant::NEVER`] if none is.
    #[inline]
    pub(super) fn next_time(&self) -> Instant {
        self.agenda.next_time()
    }

    /// The next task, if it is due at `now`. It stays planned until it is planned anew.
    pub(super) fn due(&self, now: Instant) -> Option<Task> {
        let next = self.next_time();
        let is_due = next <= now && next != Instant::NEVER;
        is_due.then(|| Task::of(self.agenda.next_component()))
    }

    /// `task` is due at `next`, or never. If that is no news, it keeps its turn among those due at the same instant.
    #[inline]
    pub(super) fn plan(&mut self, task: Task, next: Option<Instant>) {
        let next = next.unwrap_or(Instant::NEVER);
        if self.agenda.time_of(task.component()) != next {
            self.agenda.schedule(task.component(), next);
        }
    }

    /// `task` is due at `next`, or never, and has its turn after those that are planned already.
    pub(super) fn plan_anew(&mut self, task: Task, next: Option<Instant>) {
        let next = next.unwrap_or(Instant::NEVER);
        self.agenda.schedule(task.component(), next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_task_of_each_slot_has_a_place_of_its_own() {
        let slots = 3;
        let of_slot = |slot| {
            [
                Task::Probe(slot),
                Task::Passive(slot),
                Task::Breaker(slot),
                Task::Ramp(slot),
            ]
        };
        let all = (0..slots).flat_map(of_slot);
        let all: Vec<_> = std::iter::once(Task::Outliers).chain(all).collect();
        for (task, component) in all.into_iter().zip(0..) {
            assert_eq!((task.component(), Task::of(component)), (component, task));
        }
    }

    #[test]
    fn what_is_no_news_keeps_its_turn_and_what_is_planned_anew_does_not() {
        let mut deadlines = Deadlines::new();
        deadlines.grow(1);
        let at = Some(Instant(5));
        deadlines.plan(Task::Probe(0), at);
        deadlines.plan(Task::Outliers, at);
        deadlines.plan(Task::Probe(0), at);
        assert_eq!(deadlines.due(Instant(5)), Some(Task::Probe(0)));
        deadlines.plan_anew(Task::Probe(0), at);
        assert_eq!(deadlines.due(Instant(5)), Some(Task::Outliers));
    }

    #[test]
    fn nothing_is_due_before_its_time_or_never() {
        let mut deadlines = Deadlines::new();
        deadlines.grow(1);
        assert_eq!(deadlines.next_time(), Instant::NEVER);
        deadlines.plan(Task::Probe(0), Some(Instant(5)));
        assert_eq!(deadlines.due(Instant(4)), None);
        assert_eq!(deadlines.due(Instant(5)), Some(Task::Probe(0)));
        deadlines.plan(Task::Probe(0), None);
        assert_eq!(deadlines.due(Instant::NEVER), None);
    }
}
