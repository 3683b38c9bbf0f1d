//! Explicit-state search: every state that a small system built of shipped policy code can get into.
//!
//! Where loom and shuttle switch between the instructions of a few threads, this switches between whole decisions: a
//! request fails, a worker dies, time passes, in any order and as often as the order allows. Three kinds of things are
//! claimed of the states: something *always* holds, something *sometimes* happens (or nothing was shown), and something
//! stays *within reach*: from every state, whatever led there, it comes about if from then on only what helps happens.
//! That is liveness under strong fairness: a finite system that takes every step which is open to it for ever comes
//! to a goal that is always within reach.
//!
//! stateright has a property `eventually`, which is not used here: it judges only paths that end, so that a system
//! which goes round and round without ever getting there passes; and where two paths join it asks only the one that
//! came first. Instead the graph of all steps is searched backwards from the goals.

mod breaker;
mod reload;
mod search;
mod supervisor;

use std::convert::Infallible;
use std::fmt;

use rand_core::TryRng;

/// A system, searched from end to end.
#[derive(Clone, Copy, Debug)]
pub struct Explicit {
    /// `breaker::two_clients_one_probe`: the file it stands in, and the system.
    pub name: &'static str,
    /// Searches it.
    pub run: fn() -> Result<Explored, Violation>,
}

/// What a search did. That there is one means that everything held.
#[derive(Clone, Debug)]
pub struct Explored {
    /// Of the system.
    pub name: &'static str,
    /// Different states.
    pub states: usize,
    /// Steps between them.
    pub transitions: usize,
    /// How many steps lead to the state that is farthest away.
    pub depth: usize,
    /// Whether those are all states there are. Always so: a search that stops early fails.
    pub exhaustive: bool,
    /// What was claimed: name, kind, whether it holds.
    pub properties: Vec<(&'static str, Kind, bool)>,
}

/// A system with a fault, and what it violates: that the claim has teeth. The bug museum may show them.
pub struct Faulty {
    /// Which system, by its file.
    pub model: &'static str,
    /// What is wrong with it.
    pub fault: String,
    /// What does not hold any more.
    pub property: &'static str,
    /// Searches until it finds that; `None` if it does not.
    pub run: Box<dyn Fn() -> Option<Violation> + Send + Sync>,
}

/// What is claimed of all the states together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It holds in every state.
    Always,
    /// It holds in some state.
    Sometimes,
    /// From every state one can be reached in which it holds, by helpful steps alone.
    WithinReach,
}

/// Something does not hold.
#[derive(Clone, Debug)]
pub struct Violation {
    /// Of the system.
    pub model: &'static str,
    /// What does not hold.
    pub property: &'static str,
    /// In what sense.
    pub kind: Kind,
    /// One of the shortest ways there, one line a step. The search is deterministic: it finds the same again.
    pub steps: Vec<String>,
    /// What is wrong at its end.
    pub message: String,
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Faulty {
            model,
            fault,
            property,
            ..
        } = self;
        write!(f, "{model} that {fault}, which violates: {property}")
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Always => "always",
            Kind::Sometimes => "sometimes",
            Kind::WithinReach => "within reach",
        })
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Violation {
            model,
            property,
            kind,
            steps,
            message,
        } = self;
        writeln!(f, "{model}: not {kind}: {property}")?;
        for step in steps {
            writeln!(f, "  {step}")?;
        }
        write!(f, "{message}")
    }
}

impl std::error::Error for Violation {}

/// For every `cargo test`: seconds.
pub fn all() -> Vec<Explicit> {
    [breaker::QUICK, supervisor::QUICK, reload::QUICK].concat()
}

/// Larger systems: a minute.
pub fn deep() -> Vec<Explicit> {
    [breaker::DEEP, supervisor::DEEP, reload::DEEP].concat()
}

/// Every system with every fault: each is to be found out.
pub fn faulty() -> Vec<Faulty> {
    let mut all = breaker::faulty();
    all.extend(supervisor::faulty());
    all.extend(reload::faulty());
    all
}

/// A generator for policies that are configured to draw nothing: with jitter a state would have as many successors
/// as there are numbers.
struct NoJitter;

impl TryRng for NoJitter {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("there is no jitter to draw")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("there is no jitter to draw")
    }

    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Infallible> {
        unreachable!("there is no jitter to draw")
    }
}
