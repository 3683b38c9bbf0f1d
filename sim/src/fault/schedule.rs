//! When each backend's condition changes: faults as one transition after the other.
//!
//! Every fault of every backend is a small state machine that knows its next transition; a heap says whose
//! is the earliest. Memory follows the targets, not how often a fault recurs.
//! Cost: O(log(faults * targets)) a transition.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use policy::time::Instant;
use workload::sampling::Exp1;
use workload::stream::{Purpose, Stream};

use super::machine::Machine;
use super::spec::Fault;

/// Parts of a fault's stream that are no backend's: whom a share hits, and what all targets share.
const CHOICE: u64 = u64::MAX;
const TOGETHER: u64 = u64::MAX - 1;

/// A change of what holds of one backend. Those of several faults add up; [`Conditions`](super::Conditions)
/// does so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Effect {
    /// The process dies.
    Down,
    /// It is back, with nothing in it.
    Up,
    /// It no longer serves.
    Pause,
    /// It goes on where it was.
    Resume,
    /// It no longer answers.
    Swallow,
    /// It answers again.
    Answer,
    /// It gets nothing new.
    Drain,
    /// It is given requests again.
    Return,
    /// It is not there: the state before a join, at the epoch.
    Absent,
    /// It is there.
    Join,
    /// Work takes `is` times as long on this fault's account, instead of `was` times. 1 is no change.
    Slowness {
        /// Before.
        was: f64,
        /// From now on.
        is: f64,
    },
    /// So many requests are answered with an error at once. 0 is none.
    FailFast {
        /// The probability before.
        was: f64,
        /// From now on.
        is: f64,
    },
    /// So many requests are answered with an error after their service. 0 is none.
    Errors {
        /// The probability before.
        was: f64,
        /// From now on.
        is: f64,
    },
}

/// One change of one backend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transition {
    /// When.
    pub at: Instant,
    /// Whose.
    pub slot: u32,
    /// What.
    pub what: Effect,
}

/// All transitions of some faults, in order of (time, fault, backend).
#[derive(Clone, Debug)]
pub struct Schedule {
    faults: Vec<Fault>,
    machines: Vec<Machine>,
    /// Time, fault, backend, machine: the earliest on top.
    next: BinaryHeap<Reverse<(Instant, u32, u32, u32)>>,
    exp1: Exp1,
}

impl Schedule {
    /// What `faults` do to a fleet of `slots` in `replication`. Which backends a share hits follows from the
    /// seed alone, so that it is the same in every replication. Backends that the fleet does not have are left
    /// out; [`Fault::check`] refuses them.
    pub fn new(faults: &[Fault], slots: u32, seed: u64, replication: u32) -> Schedule {
        let chosen = Stream::new(seed, 0, Purpose::Faults);
        let stream = Stream::new(seed, replication, Purpose::Faults);
        let mut schedule = Schedule {
            faults: faults.to_vec(),
            machines: Vec::new(),
            next: BinaryHeap::new(),
            exp1: Exp1::new(),
        };
        for (number, fault) in (0u32..).zip(faults) {
            let part = u64::from(number);
            let mut draws = chosen.part(part).part(CHOICE).at(0);
            let together = fault.recurs.is_some_and(|recurs| recurs.together);
            for (order, slot) in (0u32..).zip(fault.targets.resolve(slots, &mut draws)) {
                let own = if together { TOGETHER } else { u64::from(slot) };
                let stream = stream.part(part).part(own);
                let fault = match fault.stagger {
                    Some(stagger) => schedule.add(fault.later(stagger, order)),
                    None => number,
                };
                let of = &schedule.faults[fault as usize];
                let machine = Machine::new(of, (fault, slot), stream, &schedule.exp1);
                schedule.machines.push(machine);
                schedule.push(schedule.machines.len() - 1);
            }
        }
        schedule
    }

    /// One target's own.
    fn add(&mut self, fault: Fault) -> u32 {
        self.faults.push(fault);
        self.faults.len() as u32 - 1
    }

    /// When the next transition is; [`Instant::NEVER`] if there is none. O(1).
    pub fn next_time(&self) -> Instant {
        self.next.peek().map_or(Instant::NEVER, |next| next.0.0)
    }

    /// The next transition; `None` if nothing will change any more.
    pub fn pop(&mut self) -> Option<Transition> {
        let Reverse((at, number, slot, index)) = self.next.pop()?;
        let fault = &self.faults[number as usize];
        let what = self.machines[index as usize].advance(fault, &self.exp1);
        self.push(index as usize);
        Some(Transition { at, slot, what })
    }

    fn push(&mut self, index: usize) {
        let machine = &self.machines[index];
        let Machine { fault, slot, .. } = *machine;
        if machine.next_time() < Instant::NEVER {
            let entry = (machine.next_time(), fault, slot, index as u32);
            self.next.push(Reverse(entry));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn schedule(faults: &str, slots: u32, replication: u32) -> Schedule {
        Schedule::new(&Fault::list(faults).unwrap(), slots, 1, replication)
    }

    /// All transitions: seconds, backend, what.
    fn all(faults: &str) -> Vec<(f64, u32, Effect)> {
        let mut schedule = schedule(faults, 4, 0);
        let transitions = std::iter::from_fn(|| {
            let next = schedule.next_time();
            let transition = schedule.pop();
            let at = transition.map_or(Instant::NEVER, |transition| transition.at);
            assert_eq!(next, at);
            transition
        });
        let seconds = |time: Instant| time.0 as f64 / SECOND as f64;
        transitions
            .map(|Transition { at, slot, what }| (seconds(at), slot, what))
            .collect()
    }

    #[test]
    fn transitions_come_by_time_then_fault_then_backend() {
        let faults = "pause:1-2@10s+5s,crash:0@10s,blackhole:2@15s,slow:1@2s+13sx3";
        let slowness = |was, is| Effect::Slowness { was, is };
        assert_eq!(
            all(faults),
            [
                (2.0, 1, slowness(1.0, 3.0)),
                (10.0, 1, Effect::Pause),
                (10.0, 2, Effect::Pause),
                (10.0, 0, Effect::Down),
                (15.0, 1, Effect::Resume),
                (15.0, 2, Effect::Resume),
                (15.0, 2, Effect::Swallow),
                (15.0, 1, slowness(3.0, 1.0)),
            ]
        );
    }

    #[test]
    fn what_recurs_begins_well_and_is_over_in_time() {
        assert_eq!(
            all("flap:1@10s+8s,up=3s,down=2s"),
            [(13.0, 1, Effect::Down), (15.0, 1, Effect::Up),]
        );
        assert_eq!(
            all("errors:1@10s+9s,p=0.5,up=3s,down=2s"),
            [
                (13.0, 1, Effect::Errors { was: 0.0, is: 0.5 }),
                (15.0, 1, Effect::Errors { was: 0.5, is: 0.0 }),
                (18.0, 1, Effect::Errors { was: 0.0, is: 0.5 }),
                (19.0, 1, Effect::Errors { was: 0.5, is: 0.0 }),
            ]
        );
    }

    #[test]
    fn a_backend_joins_cold_and_warms_up_in_ten_steps() {
        let transitions = all("join:2@30s+20sx6");
        assert_eq!(transitions[0], (0.0, 2, Effect::Absent));
        let cold = Effect::Slowness { was: 1.0, is: 6.0 };
        assert_eq!(
            transitions[1..3],
            [(30.0, 2, cold), (30.0, 2, Effect::Join)]
        );
        let steps: Vec<(f64, f64)> = transitions[3..]
            .iter()
            .map(|(at, _, what)| match what {
                Effect::Slowness { is, .. } => (*at, *is),
                other => panic!("{other:?}"),
            })
            .collect();
        let expected: Vec<(f64, f64)> = (1..=10u32)
            .map(|step| (30.0 + 2.0 * f64::from(step), 6.0 - 0.5 * f64::from(step)))
            .collect();
        assert_eq!(steps, expected);
    }

    /// Down before it is warm: it is cold again when it is back, in one step from where it was.
    #[test]
    fn who_crashes_cold_comes_back_cold() {
        let transitions = all("flap:1@0s+6s,up=2s,down=1s,cold=10sx3");
        let slowness = |was, is| Effect::Slowness { was, is };
        assert_eq!(
            transitions[..7],
            [
                (2.0, 1, Effect::Down),
                (3.0, 1, slowness(1.0, 3.0)),
                (3.0, 1, Effect::Up),
                (4.0, 1, slowness(3.0, 2.8)),
                (5.0, 1, Effect::Down),
                (6.0, 1, slowness(2.8, 3.0)),
                (6.0, 1, Effect::Up),
            ]
        );
        let (at, _, last) = transitions[transitions.len() - 1];
        assert_eq!(at, 16.0);
        assert!(matches!(last, Effect::Slowness { is: 1.0, .. }), "{last:?}");
    }

    #[test]
    fn together_means_at_the_same_moments() {
        let moments = |option: &str, slot: u32| -> Vec<f64> {
            let faults = format!("flap:all@0s+100s,up=exp:1s,down=exp:1s{option}");
            let own = all(&faults)
                .into_iter()
                .filter(|(_, whose, _)| *whose == slot);
            own.map(|(at, ..)| at).collect()
        };
        assert!(moments("", 0).len() > 50);
        assert_ne!(moments("", 0), moments("", 1));
        assert_eq!(moments(",together", 0), moments(",together", 1));
    }

    #[test]
    fn replications_differ_in_time_but_not_in_whom_a_share_hits() {
        let faults = "flap:20%@0s,up=exp:1s,down=exp:1s";
        let first = |replication| {
            let mut schedule = schedule(faults, 50, replication);
            let mut slots: Vec<u32> = schedule
                .machines
                .iter()
                .map(|machine| machine.slot)
                .collect();
            slots.sort_unstable();
            (slots, schedule.pop())
        };
        assert_eq!(first(0), first(0));
        assert_eq!(first(0).0, first(1).0);
        assert_eq!(first(0).0.len(), 10);
        assert_ne!(first(0).1, first(1).1);
        // Two faults choose on their own.
        let two = schedule("crash:20%@1s,pause:20%@1s", 50, 0);
        let of = |fault| {
            two.machines
                .iter()
                .filter(move |machine| machine.fault == fault)
        };
        assert!(!of(0).map(|m| m.slot).eq(of(1).map(|m| m.slot)));
    }

    /// A backend's moments do not depend on who else is hit.
    #[test]
    fn draws_do_not_depend_on_order() {
        let of_third = |faults: &str| -> Vec<(f64, u32, Effect)> {
            let transitions = all(faults).into_iter();
            transitions.filter(|(_, slot, _)| *slot == 3).collect()
        };
        let alone = of_third("flap:3@0s+50s,up=exp:1s,down=exp:1s");
        assert_eq!(of_third("flap:0-3@0s+50s,up=exp:1s,down=exp:1s"), alone);
    }

    #[test]
    fn exponential_spans_have_their_means_and_memory_follows_targets() {
        let mut schedule = schedule("flap:0@0s,up=exp:3s,down=exp:500ms", 1, 0);
        let n = 20_000;
        let (mut last, mut sums, mut squares) = (0.0, [0.0; 2], [0.0; 2]);
        for turn in 0..2 * n {
            let at = schedule.pop().unwrap().at.0 as f64 / SECOND as f64;
            sums[turn % 2] += at - last;
            squares[turn % 2] += (at - last) * (at - last);
            last = at;
        }
        for (which, mean) in [3.0, 0.5].into_iter().enumerate() {
            let (first, second) = (sums[which] / n as f64, squares[which] / n as f64);
            // The standard errors are mean / sqrt(n), and sqrt(20) mean^2 / sqrt(n) of the square.
            assert!(
                (first / mean - 1.0).abs() < 3.5 / (n as f64).sqrt(),
                "{first}"
            );
            let square = second / (2.0 * mean * mean) - 1.0;
            assert!(
                square.abs() < 3.5 * 5f64.sqrt() / (n as f64).sqrt(),
                "{second}"
            );
        }
        assert_eq!((schedule.next.len(), schedule.machines.len()), (1, 1));
    }

    #[test]
    fn who_is_not_there_is_not_hit() {
        let mut nobody = schedule("crash:7@1s", 4, 0);
        assert_eq!((nobody.next_time(), nobody.pop()), (Instant::NEVER, None));
    }
}
