//! Backends as stations: who is served, who waits, who is turned away.
//!
//! A station keeps state and answers what happens next; it never schedules, the world does. All stations of
//! a fleet are of one kind, so the world is compiled once for each kind and calls are static.

mod queueing;
mod several;
mod sharing;
mod single;
mod variable;

use policy::time::Instant;

pub use queueing::{Discipline, Limits};
pub use several::SeveralServers;
pub use sharing::ProcessorSharing;
pub use single::SingleServer;
pub use variable::{Dropped, Job, Queueing, Sharing, Taken, VariableStations};

use crate::request::{RequestId, Requests};

/// What became of a request that reached a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// Its service began. The station's next departure is then.
    Serving(Instant),
    /// It waits. The station's next departure is as it was.
    Waiting,
    /// The queue is full. The request is not here.
    Refused,
}

/// All stations of a fleet, by slot.
pub trait Stations {
    /// Takes `id`, which arrives at `slot` at `now`.
    fn accept(
        &mut self,
        slot: u32,
        id: RequestId,
        requests: &mut Requests,
        now: Instant,
    ) -> Accepted;

    /// The request whose service ends at `now`, the time that was said to be the next departure. Begins the
    /// next service. Also the next departure after this one; [`Instant::NEVER`] if nobody is left.
    fn depart(&mut self, slot: u32, requests: &mut Requests, now: Instant) -> (RequestId, Instant);

    /// The client of `id` gives up. `true` if it was waiting and is gone; `false` if its service goes on.
    fn abandon(&mut self, slot: u32, id: RequestId, requests: &mut Requests) -> bool;

    /// The service that `slot` has given until `now`, in nanoseconds of one server; `departure` is its next. Not on
    /// the way of a request: O(servers), or O(1).
    fn work_done(&self, slot: u32, now: Instant, departure: Instant) -> u64;

    /// How many requests are at `slot`, waiting or served.
    fn in_system(&self, slot: u32) -> u32;
}
