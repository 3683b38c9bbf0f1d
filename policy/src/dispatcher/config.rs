//! What a dispatcher does about requests and backends. The default is to do nothing but choose.

use crate::admission::{Limiter, Rate};
use crate::health::{active, passive};
use crate::retry::{self, Hedge, Retries};
use crate::standing::Panic;
use crate::{breaker, outlier, slow_start};

/// Who counts the requests in flight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Counting {
    /// The dispatcher: what it sent itself and has not come back. Exact if it is alone, a part if it is not.
    #[default]
    Own,
    /// Somebody else, for all dispatchers together: it is shown to [`observe`](super::Dispatcher::observe) from time to
    /// time, or looked up when choosing by [`assign_over`](super::Dispatcher::assign_over).
    Elsewhere,
}

/// Which controls there are. Each was checked when it was made.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Who counts.
    pub counting: Counting,

    /// Health by probes.
    pub probes: Option<active::Config>,
    /// Health by what becomes of requests.
    pub passive: Option<passive::Config>,
    /// Circuit breakers, one for each backend.
    pub breaker: Option<breaker::Config>,
    /// Ejection of backends that are worse than the others.
    pub outlier: Option<outlier::Config>,
    /// When too few are left, health is ignored.
    pub panic: Panic,
    /// How a backend that comes back is brought up to its share.
    pub slow_start: Option<slow_start::Config>,

    /// Requests let in in a time.
    pub rate: Option<Rate>,
    /// Requests let in at once: what the dispatcher begins with.
    pub concurrency: Option<Limiter>,

    /// Which failures are tried again, and how often.
    pub retries: Option<Retries>,
    /// How many retries and hedges there may be of all requests.
    pub budget: Option<retry::Config>,
    /// When a second attempt is sent beside the first: what the dispatcher begins with.
    pub hedge: Option<Hedge>,
}
