//! When the workers of a pool are started, started again and told to stop, and when to give up on them.
//! Cost: O(slots) a call; memory O(slots + crashes of the budget). Source: the restart intensity of Erlang/OTP's
//! supervisors (so many restarts within so much time); `TTIN` and `TTOU` as gunicorn has them.
//!
//! The budget counts crashes only, over a window that slides. fasthttp's prefork counts every exit over a
//! lifetime, so that on two cores the second exit ever ends the service.
//!
//! Deviation from OTP: giving up stops nobody. No worker is started any more; what becomes of those that still
//! serve is for the caller, who can [`Supervisor::want`] none.

mod config;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use rand_core::Rng;

pub use config::{Config, Options};

use crate::time::Instant;

/// How a worker ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// Of its own accord, without an error: it had served its number of requests, say.
    Clean,
    /// By a signal or with an error, or it could not be started at all.
    Crash,
}

/// What follows from an exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// [`Supervisor::due`] will start its successor at `at`.
    Restart {
        /// At the earliest.
        at: Instant,
    },
    /// It has no successor: fewer workers are wanted.
    Retired,
    /// It has no successor, and no other worker will have one: this is a crash loop.
    GiveUp,
    /// Nothing: no such worker was running. The state is the same.
    Stale,
}

/// What the caller is to do now. It is taken as done: a worker that could not be started has crashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Start a worker in this slot.
    Start(Worker),
    /// Tell this worker to end once it has served what it began.
    Stop(Worker),
}

/// A slot and which of its occupants is meant. News of an earlier one changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Worker {
    /// Below the number of workers wanted, or on its way out.
    pub slot: u32,
    /// How often the slot was started before.
    pub incarnation: u32,
}

/// What there is of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Life {
    /// Nothing, and none is wanted.
    Vacant,
    /// Nothing yet.
    Waiting {
        /// When [`Supervisor::due`] starts one.
        until: Instant,
    },
    /// It serves.
    Running {
        /// When it was started.
        since: Instant,
    },
    /// It was told to end.
    Stopping,
}

/// The place of a worker and of its successors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slot {
    /// What there is of a worker.
    pub life: Life,
    /// Of the worker that runs, or ran last.
    pub incarnation: Option<u32>,
    /// Crashes without a settled worker between them.
    pub row: u32,
}

impl Slot {
    const NEW: Slot = Slot {
        life: Life::Vacant,
        incarnation: None,
        row: 0,
    };
}

/// See the [module](self).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Supervisor {
    config: Config,
    slots: Vec<Slot>,
    wanted: u32,
    crashes: VecDeque<Instant>,
    gave_up: bool,
}

impl Supervisor {
    /// Wants `workers` of them, all to be started at `now`.
    pub fn new(config: Config, workers: u32, now: Instant) -> Self {
        let mut supervisor = Supervisor {
            config,
            slots: Vec::new(),
            wanted: 0,
            crashes: VecDeque::new(),
            gave_up: false,
        };
        supervisor.want(workers, now);
        supervisor
    }

    /// From `now` on wants so many: those in the slots below. Ask [`Supervisor::due`] what to do about it.
    pub fn want(&mut self, workers: u32, now: Instant) {
        self.wanted = workers;
        if self.slots.len() < workers as usize {
            self.slots.resize(workers as usize, Slot::NEW);
        }
        for (slot, n) in self.slots.iter_mut().zip(0..) {
            match slot.life {
                Life::Vacant if n < workers => slot.life = Life::Waiting { until: now },
                Life::Waiting { .. } if n >= workers => *slot = slot.retired(),
                _ => {}
            }
        }
    }

    /// How many workers are wanted.
    pub fn wanted(&self) -> u32 {
        self.wanted
    }

    /// Whether there were too many crashes.
    pub fn gave_up(&self) -> bool {
        self.gave_up
    }

    /// The workers that were started and have not exited, those told to stop among them.
    pub fn alive(&self) -> impl Iterator<Item = Worker> + '_ {
        (self.slots.iter().zip(0..)).filter_map(|(slot, n)| slot.alive(n))
    }

    /// How each slot stands, from 0 on: with those above the number wanted that ever were.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The crashes that were put up with and may still count against the budget, oldest first.
    pub fn crashes(&self) -> impl Iterator<Item = Instant> + '_ {
        self.crashes.iter().copied()
    }

    /// `worker` ended, as is known at `now`. At most one draw.
    pub fn exited<R: Rng>(
        &mut self,
        worker: Worker,
        exit: Exit,
        now: Instant,
        rng: &mut R,
    ) -> Decision {
        let Some(slot) = self.slots.get(worker.slot as usize) else {
            return Decision::Stale;
        };
        if slot.alive(worker.slot) != Some(worker) {
            return Decision::Stale;
        }
        let at = match slot.life {
            Life::Running { since } => self.restart_at(worker.slot, since, exit, now, rng),
            // Whoever was told to stop may be killed for being slow about it: that is no crash.
            _ => now,
        };
        let slot = &mut self.slots[worker.slot as usize];
        if worker.slot < self.wanted && !self.gave_up {
            slot.life = Life::Waiting { until: at };
            return Decision::Restart { at };
        }
        *slot = slot.retired();
        if self.gave_up {
            Decision::GiveUp
        } else {
            Decision::Retired
        }
    }

    /// What is to be done at `now`, one thing at a time: ask until there is nothing left.
    pub fn due(&mut self, now: Instant) -> Option<Action> {
        let index = (0..self.slots.len()).find(|&n| self.due_at(n).is_some_and(|at| at <= now))?;
        let n = index as u32;
        let slot = &mut self.slots[index];
        match slot.alive(n) {
            Some(worker) => {
                slot.life = Life::Stopping;
                Some(Action::Stop(worker))
            }
            None => {
                let incarnation = slot.incarnation.map_or(0, |last| last.wrapping_add(1));
                slot.incarnation = Some(incarnation);
                slot.life = Life::Running { since: now };
                Some(Action::Start(Worker {
                    slot: n,
                    incarnation,
                }))
            }
        }
    }

    /// From when on [`Supervisor::due`] has something to say, if nothing else happens.
    pub fn next_deadline(&self) -> Option<Instant> {
        (0..self.slots.len()).filter_map(|n| self.due_at(n)).min()
    }

    fn due_at(&self, index: usize) -> Option<Instant> {
        match self.slots[index].life {
            Life::Waiting { until } => (!self.gave_up).then_some(until),
            Life::Running { since } => (index >= self.wanted as usize).then_some(since),
            Life::Vacant | Life::Stopping => None,
        }
    }

    /// When the successor of a worker that ran since `since` and ended by itself may be started, if anybody
    /// still may.
    fn restart_at<R: Rng>(
        &mut self,
        slot: u32,
        since: Instant,
        exit: Exit,
        now: Instant,
        rng: &mut R,
    ) -> Instant {
        let options = *self.config.options();
        let slot = &mut self.slots[slot as usize];
        if now - since >= options.settled {
            slot.row = 0;
        }
        if exit == Exit::Clean {
            // At once; but one that ends as soon as it is started must not keep the machine busy.
            return now.max(since + options.restart.first);
        }
        let earlier = slot.row;
        slot.row = earlier.saturating_add(1);
        self.gave_up |= !self.affords_a_crash(now);
        now + options.restart.delay(earlier, rng)
    }

    /// Counts a crash, unless it is one too many: then `false`.
    fn affords_a_crash(&mut self, now: Instant) -> bool {
        let Options {
            crashes, window, ..
        } = *self.config.options();
        while self
            .crashes
            .front()
            .is_some_and(|&first| now - first >= window)
        {
            self.crashes.pop_front();
        }
        let affords = self.crashes.len() < crashes as usize;
        if affords {
            self.crashes.push_back(now);
        }
        affords
    }
}

impl Slot {
    fn retired(self) -> Slot {
        Slot {
            life: Life::Vacant,
            row: 0,
            ..self
        }
    }

    fn alive(self, slot: u32) -> Option<Worker> {
        let incarnation = self.incarnation?;
        matches!(self.life, Life::Running { .. } | Life::Stopping)
            .then_some(Worker { slot, incarnation })
    }
}
