//! One fault of one backend, from one transition to the next.

use policy::time::{Duration, Instant};
use workload::sampling::Exp1;
use workload::stream::Stream;

use super::schedule::Effect;
use super::spec::{Cold, Fault, Kind, Span};

/// In how many steps a cold backend becomes warm.
const STEPS: u64 = 10;

/// One fault of one backend.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    pub(super) fault: u32,
    pub(super) slot: u32,
    /// Whether the fault holds.
    holds: bool,
    /// When it begins or ends to.
    turns: Instant,
    /// When the backend came back, and steps of warming up since.
    back: Instant,
    step: u64,
    /// When the next of these is.
    warms: Instant,
    /// How much longer work takes because it is not yet warm.
    slowness: f64,
    stream: Stream,
    spans: u64,
}

impl Machine {
    pub(super) fn new(
        fault: &Fault,
        (number, slot): (u32, u32),
        stream: Stream,
        exp1: &Exp1,
    ) -> Machine {
        let mut machine = Machine {
            fault: number,
            slot,
            holds: false,
            turns: fault.begins,
            back: Instant::ZERO,
            step: 0,
            warms: Instant::NEVER,
            slowness: 1.0,
            stream,
            spans: 0,
        };
        if fault.kind == Kind::Join {
            // It is away until it comes.
            machine.turns = Instant::ZERO;
        } else if fault.recurs.is_some() {
            machine.turns = machine.begins_again(fault.begins, fault, exp1);
        }
        machine
    }

    pub(super) fn next_time(&self) -> Instant {
        self.turns.min(self.warms)
    }

    /// Its next transition's effect.
    pub(super) fn advance(&mut self, fault: &Fault, exp1: &Exp1) -> Effect {
        let now = self.next_time();
        if now < self.turns
            && let Some(cold) = fault.cold
        {
            return self.warm_up(cold);
        }
        if !self.holds {
            self.holds = true;
            // What was still cold then stays so until it is back.
            self.warms = Instant::NEVER;
            self.turns = self.ends(now, fault, exp1);
            return effect(fault.kind, true);
        }
        if let Some(cold) = fault.cold
            && self.slowness != cold.factor
        {
            // First cold, then back: whoever hears that it is back finds it cold.
            return self.becomes(cold.factor);
        }
        self.holds = false;
        self.turns = self.begins_again(now, fault, exp1);
        if let Some(cold) = fault.cold {
            (self.back, self.step) = (now, 0);
            self.warms = now + after(cold, 1);
        }
        effect(fault.kind, false)
    }

    /// When the fault, which begins `now`, ends.
    fn ends(&mut self, now: Instant, fault: &Fault, exp1: &Exp1) -> Instant {
        let over = match fault.kind {
            Kind::Join => fault.begins,
            _ => fault.ends().unwrap_or(Instant::NEVER),
        };
        match fault.recurs {
            Some(recurs) => over.min(now + self.draw(recurs.down, exp1)),
            None => over,
        }
    }

    /// When the fault, which does not hold since `now`, holds again.
    fn begins_again(&mut self, now: Instant, fault: &Fault, exp1: &Exp1) -> Instant {
        let Some(recurs) = fault.recurs else {
            return Instant::NEVER;
        };
        let begins = now + self.draw(recurs.up, exp1);
        let is_over = fault.ends().is_some_and(|ends| begins >= ends);
        if is_over { Instant::NEVER } else { begins }
    }

    /// A step of warming up, the last of which is to the usual speed.
    fn warm_up(&mut self, cold: Cold) -> Effect {
        self.step += 1;
        self.warms = match self.step {
            STEPS => Instant::NEVER,
            step => self.back + after(cold, step + 1),
        };
        let left = (STEPS - self.step) as f64 / STEPS as f64;
        self.becomes(1.0 + (cold.factor - 1.0) * left)
    }

    fn becomes(&mut self, is: f64) -> Effect {
        let was = std::mem::replace(&mut self.slowness, is);
        Effect::Slowness { was, is }
    }

    /// The next span, at least 1 ns: time must go on.
    fn draw(&mut self, span: Span, exp1: &Exp1) -> Duration {
        let number = self.spans;
        self.spans += 1;
        match span {
            Span::Fixed(span) => span,
            Span::Exponential(mean) => {
                let times = exp1.sample(&mut self.stream.at(number));
                Duration((times * mean.0 as f64 + 0.5).max(1.0) as u64)
            }
        }
    }
}

/// How long after it came back a cold backend takes a step.
fn after(cold: Cold, step: u64) -> Duration {
    Duration((u128::from(cold.within.0) * u128::from(step) / u128::from(STEPS)) as u64)
}

/// What `kind` does when it begins or ends.
fn effect(kind: Kind, begins: bool) -> Effect {
    let change = |neutral, value| match begins {
        true => (neutral, value),
        false => (value, neutral),
    };
    match (kind, begins) {
        (Kind::Crash, true) => Effect::Down,
        (Kind::Crash, false) => Effect::Up,
        (Kind::Drain, true) => Effect::Drain,
        (Kind::Drain, false) => Effect::Return,
        (Kind::Pause, true) => Effect::Pause,
        (Kind::Pause, false) => Effect::Resume,
        (Kind::Blackhole, true) => Effect::Swallow,
        (Kind::Blackhole, false) => Effect::Answer,
        (Kind::Join, true) => Effect::Absent,
        (Kind::Join, false) => Effect::Join,
        (Kind::Slow { factor }, _) => {
            let (was, is) = change(1.0, factor);
            Effect::Slowness { was, is }
        }
        (Kind::FailFast { p }, _) => {
            let (was, is) = change(0.0, p);
            Effect::FailFast { was, is }
        }
        (Kind::Errors { p }, _) => {
            let (was, is) = change(0.0, p);
            Effect::Errors { was, is }
        }
    }
}
