//! What holds of each backend now: faults that overlap, added up.
//!
//! Two crashes of one backend are over when both are; factors of slowness multiply; an error rate is the
//! probability that any of them strikes. Cost: O(1) a question, O(faults of the backend) a change.

use super::schedule::{Effect, Transition};

/// What the world must do about a transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// Nothing: it held already, holds still, or matters only to requests yet to come.
    Nothing,
    /// Everything in the backend is lost, and connections are refused.
    Crashed,
    /// It accepts again, and is empty.
    Restarted,
    /// What is in service ends at another time; [`Conditions::speed`] says how fast it is now.
    SpeedChanged,
    /// It gets nothing new.
    Drains,
    /// It is given requests again.
    Returns,
    /// It is no longer part of the fleet.
    Left,
    /// It is part of the fleet.
    Joined,
    /// What it finishes from now on is never answered.
    Swallows,
    /// It answers again.
    Answers,
}

/// The condition of every backend.
#[derive(Clone, Debug)]
pub struct Conditions {
    slots: Vec<Condition>,
}

/// How many faults of each kind hold, and what follows from them.
#[derive(Clone, Debug)]
struct Condition {
    down: u32,
    paused: u32,
    swallowing: u32,
    absent: u32,
    draining: u32,
    slowness: Vec<f64>,
    failing_fast: Vec<f64>,
    erring: Vec<f64>,
    speed: f64,
    fails_fast: f64,
    error_rate: f64,
}

impl Condition {
    const SOUND: Condition = Condition {
        down: 0,
        paused: 0,
        swallowing: 0,
        absent: 0,
        draining: 0,
        slowness: Vec::new(),
        failing_fast: Vec::new(),
        erring: Vec::new(),
        speed: 1.0,
        fails_fast: 0.0,
        error_rate: 0.0,
    };

    fn new_speed(&mut self) -> Changed {
        let speed = match self.paused {
            // From the factors anew, so that nothing is left of those that are over.
            0 => 1.0 / self.slowness.iter().product::<f64>(),
            _ => 0.0,
        };
        if std::mem::replace(&mut self.speed, speed) == speed {
            return Changed::Nothing;
        }
        Changed::SpeedChanged
    }
}

impl Conditions {
    /// `slots` backends, all sound.
    pub fn new(slots: u32) -> Conditions {
        Conditions {
            slots: vec![Condition::SOUND; slots as usize],
        }
    }

    /// Takes note of `transition`, and says what it changes in sum.
    pub fn apply(&mut self, transition: &Transition) -> Changed {
        let condition = &mut self.slots[transition.slot as usize];
        // A process that is not part of the fleet dies unseen.
        let is_seen = condition.absent == 0;
        let changed = |holds: bool, changed| if holds { changed } else { Changed::Nothing };
        match transition.what {
            Effect::Down => changed(begins(&mut condition.down) && is_seen, Changed::Crashed),
            Effect::Up => changed(ends(&mut condition.down) && is_seen, Changed::Restarted),
            Effect::Drain => changed(begins(&mut condition.draining), Changed::Drains),
            Effect::Return => changed(ends(&mut condition.draining), Changed::Returns),
            Effect::Absent => changed(begins(&mut condition.absent), Changed::Left),
            Effect::Join => changed(ends(&mut condition.absent), Changed::Joined),
            Effect::Swallow => changed(begins(&mut condition.swallowing), Changed::Swallows),
            Effect::Answer => changed(ends(&mut condition.swallowing), Changed::Answers),
            Effect::Pause => changed(begins(&mut condition.paused), condition.new_speed()),
            Effect::Resume => changed(ends(&mut condition.paused), condition.new_speed()),
            Effect::Slowness { was, is } => {
                replace(&mut condition.slowness, was, is, 1.0);
                condition.new_speed()
            }
            Effect::FailFast { was, is } => {
                replace(&mut condition.failing_fast, was, is, 0.0);
                condition.fails_fast = any_of(&condition.failing_fast);
                Changed::Nothing
            }
            Effect::Errors { was, is } => {
                replace(&mut condition.erring, was, is, 0.0);
                condition.error_rate = any_of(&condition.erring);
                Changed::Nothing
            }
        }
    }

    /// Whether its process lives. A backend that is not there yet may be said to live.
    #[inline]
    pub fn is_up(&self, slot: u32) -> bool {
        self.slots[slot as usize].down == 0
    }

    /// Whether it is part of the fleet.
    #[inline]
    pub fn is_joined(&self, slot: u32) -> bool {
        self.slots[slot as usize].absent == 0
    }

    /// Work done in a unit of time, 1 for a sound backend, 0 while it is paused.
    #[inline]
    pub fn speed(&self, slot: u32) -> f64 {
        self.slots[slot as usize].speed
    }

    /// Whether what it finishes, and what probes it, is answered.
    #[inline]
    pub fn answers(&self, slot: u32) -> bool {
        self.slots[slot as usize].swallowing == 0
    }

    /// The probability that a request is answered with an error at once.
    #[inline]
    pub fn fails_fast(&self, slot: u32) -> f64 {
        self.slots[slot as usize].fails_fast
    }

    /// The probability that a request which was served is answered with an error.
    #[inline]
    pub fn error_rate(&self, slot: u32) -> f64 {
        self.slots[slot as usize].error_rate
    }
}

/// One more, and whether it is the first.
fn begins(count: &mut u32) -> bool {
    *count += 1;
    *count == 1
}

/// One less, and whether it was the last.
fn ends(count: &mut u32) -> bool {
    debug_assert!(*count > 0, "what ends has begun");
    *count = count.saturating_sub(1);
    *count == 0
}

/// Puts `is` in the place of `was`, where `neutral` is not kept.
fn replace(values: &mut Vec<f64>, was: f64, is: f64, neutral: f64) {
    if was != neutral {
        let place = values.iter().position(|value| *value == was);
        debug_assert!(place.is_some(), "what ends has begun");
        place.map(|place| values.remove(place));
    }
    if is != neutral {
        values.push(is);
    }
}

/// The probability that any of independent events happens.
fn any_of(probabilities: &[f64]) -> f64 {
    match probabilities {
        // Not 1 - (1 - p), which is p rounded.
        [] => 0.0,
        [only] => *only,
        several => 1.0 - several.iter().map(|p| 1.0 - p).product::<f64>(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::{Fault, Schedule};
    use policy::time::Instant;
    use proptest::prelude::*;

    fn apply(conditions: &mut Conditions, what: Effect) -> Changed {
        let at = Instant::ZERO;
        conditions.apply(&Transition { at, slot: 1, what })
    }

    #[test]
    fn crashes_nest() {
        let mut conditions = Conditions::new(2);
        let mut told = |what| (apply(&mut conditions, what), conditions.is_up(1));
        assert_eq!(told(Effect::Down), (Changed::Crashed, false));
        assert_eq!(told(Effect::Down), (Changed::Nothing, false));
        assert_eq!(told(Effect::Up), (Changed::Nothing, false));
        assert_eq!(told(Effect::Up), (Changed::Restarted, true));
        assert!(conditions.is_up(0), "the other one never was down");
    }

    #[test]
    fn what_is_not_there_dies_unseen() {
        let mut conditions = Conditions::new(2);
        let mut told = |what| (apply(&mut conditions, what), conditions.is_joined(1));
        assert_eq!(told(Effect::Absent), (Changed::Left, false));
        assert_eq!(told(Effect::Down), (Changed::Nothing, false));
        assert_eq!(told(Effect::Join), (Changed::Joined, true));
        assert_eq!(told(Effect::Up), (Changed::Restarted, true));
    }

    #[test]
    fn slowness_multiplies_and_leaves_nothing_behind() {
        let mut conditions = Conditions::new(2);
        let mut told = |what| (apply(&mut conditions, what), conditions.speed(1));
        let slower = |was, is| Effect::Slowness { was, is };
        assert_eq!(told(slower(1.0, 10.0)), (Changed::SpeedChanged, 0.1));
        assert_eq!(told(slower(1.0, 0.5)), (Changed::SpeedChanged, 0.2));
        assert_eq!(told(Effect::Pause), (Changed::SpeedChanged, 0.0));
        assert_eq!(told(slower(10.0, 4.0)), (Changed::Nothing, 0.0));
        assert_eq!(told(Effect::Resume), (Changed::SpeedChanged, 0.5));
        assert_eq!(told(slower(0.5, 1.0)), (Changed::SpeedChanged, 0.25));
        assert_eq!(told(slower(4.0, 1.0)), (Changed::SpeedChanged, 1.0));
        assert_eq!(told(slower(1.0, 1.0)), (Changed::Nothing, 1.0));
    }

    #[test]
    fn any_of_several_error_rates_strikes() {
        let mut conditions = Conditions::new(2);
        let mut told = |was, is| {
            apply(&mut conditions, Effect::Errors { was, is });
            apply(&mut conditions, Effect::FailFast { was, is });
            (conditions.error_rate(1), conditions.fails_fast(1))
        };
        assert_eq!(told(0.0, 0.1), (0.1, 0.1));
        assert_eq!(told(0.0, 0.5), (0.55, 0.55));
        assert_eq!(told(0.1, 0.0), (0.5, 0.5));
        assert_eq!(told(0.5, 0.0), (0.0, 0.0));
        let mut swallows = |what| (apply(&mut conditions, what), conditions.answers(1));
        assert_eq!(swallows(Effect::Swallow), (Changed::Swallows, false));
        assert_eq!(swallows(Effect::Answer), (Changed::Answers, true));
    }

    proptest! {
        /// Whatever overlaps, when all is over each backend is as it was: to the last bit.
        #[test]
        fn what_ends_leaves_no_trace(
            specs in prop::collection::vec(
                ("(crash|slow|pause|blackhole|failfast|errors|flap|join)", 0..4u32, 0..9u32, 1..9u32, 1..9u32),
                1..8,
            ),
            seed: u64,
        ) {
            let faults: Vec<Fault> = specs.iter().map(|(kind, slot, begins, lasts, value)| {
                let (factor, option) = match kind.as_str() {
                    "slow" => (format!("x{value}.7"), String::new()),
                    "join" => (format!("x{value}.3"), String::new()),
                    "errors" | "failfast" => (String::new(), format!(",p=0.{value}")),
                    "flap" => (String::new(), format!(",up=exp:1s,down=exp:0.{value}s,cold={value}sx3")),
                    _ => Default::default(),
                };
                format!("{kind}:{slot}/3@{begins}s+{lasts}s{factor}{option}").parse().unwrap()
            }).collect();
            let mut schedule = Schedule::new(&faults, 4, seed, 0);
            let mut conditions = Conditions::new(4);
            while let Some(transition) = schedule.pop() {
                conditions.apply(&transition);
            }
            for slot in 0..4 {
                prop_assert!(conditions.is_up(slot) && conditions.is_joined(slot));
                prop_assert!(conditions.answers(slot));
                prop_assert_eq!(conditions.speed(slot), 1.0);
                prop_assert_eq!(conditions.error_rate(slot), 0.0);
                prop_assert_eq!(conditions.fails_fast(slot), 0.0);
            }
        }
    }
}
