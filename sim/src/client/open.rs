//! Requests that come whether or not earlier ones were answered.

use policy::time::{Duration, Instant};
use workload::arrivals::Process;
use workload::demand::Sampler;
use workload::key::KeySampler;
use workload::stream::Stream;

use super::{Client, Sent};

/// Where request k's demand comes from.
#[derive(Clone, Debug)]
pub enum Demands<'a> {
    /// A distribution, drawn from at k.
    Drawn(Sampler, Stream),
    /// A recording.
    Recorded(&'a [Duration]),
}

/// Where request k's key comes from.
#[derive(Clone, Debug)]
pub enum RequestKeys<'a> {
    /// No strategy looks at keys: all are 0.
    Unused,
    /// A distribution, drawn from at k.
    Drawn(KeySampler, Stream),
    /// A recording.
    Recorded(&'a [u64]),
}

impl Demands<'_> {
    #[inline(always)]
    fn at(&self, number: u64) -> Duration {
        match self {
            Demands::Drawn(sampler, stream) => sampler.sample(&mut stream.at(number)),
            Demands::Recorded(demands) => demands[number as usize],
        }
    }
}

impl RequestKeys<'_> {
    #[inline(always)]
    pub(super) fn at(&self, number: u64) -> u64 {
        match self {
            RequestKeys::Unused => 0,
            RequestKeys::Drawn(sampler, stream) => sampler.sample(&mut stream.at(number)),
            RequestKeys::Recorded(keys) => keys[number as usize],
        }
    }
}

/// An open loop: request k is sent at the k-th arrival.
#[derive(Clone, Debug)]
pub struct OpenLoop<'a> {
    next: Instant,
    arrivals: Process,
    demands: Demands<'a>,
    keys: RequestKeys<'a>,
    sent: u64,
    requests: u64,
}

impl<'a> OpenLoop<'a> {
    /// Sends `requests` and then no more, fewer if `arrivals` end earlier.
    pub fn new(
        mut arrivals: Process,
        demands: Demands<'a>,
        keys: RequestKeys<'a>,
        requests: u64,
    ) -> Self {
        let next = if requests == 0 {
            Instant::NEVER
        } else {
            arrivals.next().unwrap_or(Instant::NEVER)
        };
        OpenLoop {
            next,
            arrivals,
            demands,
            keys,
            sent: 0,
            requests,
        }
    }
}

impl Client for OpenLoop<'_> {
    #[inline(always)]
    fn next_time(&self) -> Instant {
        self.next
    }

    #[inline(always)]
    fn send(&mut self) -> Sent {
        let number = self.sent;
        let sent = Sent {
            time: self.next,
            number,
            client: 0,
            demand: self.demands.at(number),
            key: self.keys.at(number),
        };
        self.sent += 1;
        self.next = if self.sent < self.requests {
            self.arrivals.next().unwrap_or(Instant::NEVER)
        } else {
            Instant::NEVER
        };
        sent
    }

    #[inline]
    fn ended(&mut self, _: u32, _: Instant) {}

    #[inline]
    fn is_exhausted(&self) -> bool {
        self.next == Instant::NEVER
    }

    fn stop(&mut self) {
        self.requests = self.sent;
        self.next = Instant::NEVER;
    }
}
