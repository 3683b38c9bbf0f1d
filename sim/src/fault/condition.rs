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
        slowness: Vec::new(),
        failing_fast: Vec::new(),
        erring: Vec::new(),
        speed: 1.0,
        fails_fast: 0.0,
        error_rate: 0.0,
    };

    fn speed_changed(&mut self) -> Changed {
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
        let (count, first, last) = match transition.what {
            Effect::Down | Effect::Up if condition.absent > 0 => {
                (&mut condition.down, Changed::Nothing, Changed::Nothing)
            }
            Effect::Down | Effect::Up => {
                (&mut condition.down, Changed::Crashed, Changed::Restarted)
            }
            Effect::Absent | Effect::Join => {
                (&mut condition.absent, Changed::Left, Changed::Joined)
            }
            Effect::Swallow | Effect::Answer => (
                &mut condition.swallowing,
                Changed::Swallows,
                Changed::Answers,
            ),
            Effect::Pause | Effect::Resume => {
                count(&mut condition.paused, transition.what == Effect::Pause);
                return condition.speed_changed();
            }
            Effect::Slowness { was, is } => {
                replace(&mut condition.slowness, was, is, 1.0);
                return condition.speed_changed();
            }
            Effect::FailFast { was, is } => {
                replace(&mut condition.failing_fast, was, is, 0.0);
                condition.fails_fast = any_of(&condition.failing_fast);
                return Changed::Nothing;
            }
            Effect::Errors { was, is } => {
                replace(&mut condition.erring, was, is, 0.0);
                condition.error_rate = any_of(&condition.erring);
                return Changed::Nothing;
            }
        };
        let begins = matches!(
            transition.what,
            Effect::Down | Effect::Absent | Effect::Swallow
        );
        match (self::count(count, begins), begins) {
            (1, true) => first,
            (0, false) => last,
            _ => Changed::Nothing,
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

/// One more or one less, and how many that makes.
fn count(count: &mut u32, begins: bool) -> u32 {
    *count = match begins {
        true => *count + 1,
        false => {
            debug_assert!(*count > 0, "what ends has begun");
            count.saturating_sub(1)
        }
    };
    *count
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
