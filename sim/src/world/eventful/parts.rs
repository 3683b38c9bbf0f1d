//! What an eventful world is made of, and what it tells of its requests.

use policy::time::Duration;
use rand_xoshiro::SplitMix64;
use workload::stream::{Purpose, Stream};

use crate::accept::PolicyRng;
use crate::client::Redraw;
use crate::control::{Dispatcher, Gate, Pool};
use crate::fault::Schedule;
use crate::operations::RequestControls;
use crate::probe::{Chronicle, Recorder};
use crate::station::VariableStations;
use crate::world::Speeds;

/// Where a run's coin tosses come from, apart from what balancers draw for themselves: by request and attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draws {
    /// Which balancer a request meets.
    pub(crate) meets: Stream,
    /// Delays of retries.
    pub(crate) retries: Stream,
    /// Whether an answer is an error.
    pub(crate) outcomes: Stream,
    /// How waits for a slot are spread.
    pub(crate) waits: Stream,
}

impl Draws {
    /// Of one replication.
    pub(crate) fn new(stream: impl Fn(Purpose) -> Stream) -> Draws {
        Draws {
            meets: stream(Purpose::Dispatch),
            retries: stream(Purpose::Retries),
            outcomes: stream(Purpose::Outcomes),
            waits: stream(Purpose::Waits),
        }
    }
}

/// What attempt `attempt` at request `number` draws from `stream`. The first draws what a request of a steady world does.
pub(super) fn draw(stream: Stream, number: u64, attempt: u32) -> SplitMix64 {
    match attempt {
        0 => stream.at(number),
        again => stream.part(u64::from(again)).at(number),
    }
}

/// How many requests there were, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Sent by their clients.
    pub sent: u64,
    /// Answered.
    pub completed: u64,
    /// Failed, for whatever reason.
    pub failed: u64,
    /// Neither yet.
    pub in_flight: u64,
}

/// What a world is made of.
pub(crate) struct Parts<C> {
    pub(crate) client: C,
    pub(crate) patience: Option<Duration>,
    pub(crate) controls: RequestControls,
    pub(crate) redraw: Redraw,
    pub(crate) draws: Draws,
    pub(crate) picks: PolicyRng,
    pub(crate) dispatchers: Vec<Dispatcher>,
    pub(crate) board: Option<Duration>,
    pub(crate) gate: Option<Gate>,
    pub(crate) pool: Option<Pool>,
    pub(crate) stations: Box<dyn VariableStations>,
    pub(crate) backends: u32,
    pub(crate) speeds: Speeds,
    pub(crate) schedule: Schedule,
    pub(crate) recorder: Recorder,
    pub(crate) chronicle: Chronicle,
}
