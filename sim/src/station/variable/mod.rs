//! Stations to which things happen: their speed changes, they are emptied, what waits is minded.
//!
//! They serve as the plain stations do, to the nanosecond, while nothing happens; they cost more. What is served is
//! called by the world's key for it, and the station keeps all it needs to know of it.

mod queueing;
mod sharing;

use policy::deadline::Deadline;
use policy::time::{Duration, Instant};

pub use queueing::Queueing;
pub use sharing::Sharing;

use crate::attempt::AttemptKey;

/// What a station is told of an attempt.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// Whose it is.
    pub key: AttemptKey,
    /// What it takes, alone on one server at full speed.
    pub service: Duration,
    /// When it came.
    pub since: Instant,
    /// After this nobody wants the answer any more. [`Deadline::NEVER`] where the station is not told.
    pub deadline: Deadline,
}

/// What became of an attempt that reached a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Its service began.
    Serving,
    /// It waits.
    Waiting,
    /// The queue is full. It is not here.
    Refused,
}

/// Why an attempt was dropped when its turn had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// It had waited too long for the queue's own good.
    Shed,
    /// Its deadline had passed.
    Late,
}

/// All stations of a fleet, by slot. After each call at a slot the world asks for [`VariableStations::next_departure`].
pub trait VariableStations {
    /// Takes `job`, which arrives at `slot` now, at `job.since`.
    fn accept(&mut self, slot: u32, job: Job) -> Taken;

    /// When the next service at `slot` ends if nothing happens; [`Instant::NEVER`] if none does.
    fn next_departure(&self, slot: u32) -> Instant;

    /// The attempt whose service ends at `now`, which is the next departure. Begins the next service; what is dropped
    /// on the way is added to `dropped`.
    fn depart(
        &mut self,
        slot: u32,
        now: Instant,
        dropped: &mut Vec<(AttemptKey, Dropped)>,
    ) -> AttemptKey;

    /// `key`, which is at `slot`, leaves before its service ends. The service it was given, at full speed.
    fn leave(
        &mut self,
        slot: u32,
        key: AttemptKey,
        now: Instant,
        dropped: &mut Vec<(AttemptKey, Dropped)>,
    ) -> Duration;

    /// Whether `key`, which is at `slot`, has not begun its service.
    fn is_waiting(&self, slot: u32, key: AttemptKey) -> bool;

    /// From `now` on `slot` works at `speed` times its own; 0: not at all.
    fn set_speed(&mut self, slot: u32, speed: f64, now: Instant);

    /// Everybody at `slot` is gone, in the order in which they came or were served; with the service each was given, at
    /// full speed.
    fn clear(&mut self, slot: u32, now: Instant) -> Vec<(AttemptKey, Duration)>;

    /// How many wait at `slot`.
    fn waiting(&self, slot: u32) -> u32;

    /// How many are at `slot`, waiting or served.
    fn in_system(&self, slot: u32) -> u32;

    /// How long servers of `slot` have been at work until `now`, in nanoseconds of one server.
    fn work_done(&self, slot: u32, now: Instant) -> u64;
}

#[cfg(test)]
mod testing {
    use super::*;
    use slotmap::KeyData;

    /// The `number`-th attempt's key.
    pub(super) fn key(number: u64) -> AttemptKey {
        KeyData::from_ffi(number).into()
    }

    /// One that nobody is waiting for in vain, ever.
    pub(super) fn job(number: u64, service: u64, since: u64) -> Job {
        Job {
            key: key(number),
            service: Duration(service),
            since: Instant(since),
            deadline: Deadline::NEVER,
        }
    }
}
