//! Stations that serve everybody at once.

use policy::time::{Duration, Instant};

use super::{Dropped, Job, Taken, VariableStations};
use crate::attempt::AttemptKey;

/// All attempts at a station share its cores equally; none gets more than one core. O(n) an operation, for n at the
/// station.
///
/// Kept in virtual time, as [`crate::station::ProcessorSharing`].
#[derive(Clone, Debug)]
pub struct Sharing {
    stations: Vec<Station>,
    cores: f64,
    limit: u32,
}

#[derive(Clone, Debug)]
struct Station {
    speed: f64,
    /// In order of arrival.
    serving: Vec<Service>,
    /// Service that each attempt here has attained since the station was last idle, in nanoseconds.
    attained: f64,
    updated: Instant,
    /// Time that cores were at work until `updated`, in nanoseconds of one core.
    busy: f64,
}

#[derive(Clone, Copy, Debug)]
struct Service {
    /// What has been attained here when it ends.
    ends: f64,
    whole: Duration,
    key: AttemptKey,
}

impl Service {
    /// What it was given when its station has attained so much, at full speed.
    fn given(&self, attained: f64) -> Duration {
        let missing = (self.ends - attained).max(0.0);
        Duration(self.whole.0.saturating_sub(missing as u64))
    }
}

impl Sharing {
    /// `n` idle stations of `cores` cores, each for at most `limit` attempts at a time.
    pub fn new(n: u32, cores: u32, limit: u32) -> Self {
        let idle = || Station {
            speed: 1.0,
            serving: Vec::new(),
            attained: 0.0,
            updated: Instant::ZERO,
            busy: 0.0,
        };
        Sharing {
            stations: (0..n).map(|_| idle()).collect(),
            cores: f64::from(cores),
            limit,
        }
    }
}

impl Station {
    /// How fast each attempt is served at full speed, as a share of one core.
    fn share(&self, cores: f64) -> f64 {
        (cores / self.serving.len() as f64).min(1.0)
    }

    fn each_since_update(&self, cores: f64, now: Instant) -> f64 {
        if self.serving.is_empty() {
            return 0.0;
        }
        (now - self.updated).0 as f64 * self.share(cores)
    }

    fn busy_until(&self, cores: f64, now: Instant) -> f64 {
        if self.speed == 0.0 {
            return self.busy;
        }
        self.busy + self.each_since_update(cores, now) * self.serving.len() as f64
    }

    /// Brings virtual time up to `now`.
    fn advance(&mut self, cores: f64, now: Instant) {
        self.busy = self.busy_until(cores, now);
        self.attained = if self.serving.is_empty() {
            0.0
        } else {
            self.attained + self.each_since_update(cores, now) * self.speed
        };
        self.updated = now;
    }

    /// Where in `serving` the first to end is; of equal ends, the one that came first.
    fn first(&self) -> Option<usize> {
        let ends = |at: &usize| self.serving[*at].ends;
        (0..self.serving.len()).min_by(|a, b| ends(a).total_cmp(&ends(b)))
    }
}

impl VariableStations for Sharing {
    fn accept(&mut self, slot: u32, job: Job) -> Taken {
        let station = &mut self.stations[slot as usize];
        if station.serving.len() as u64 >= u64::from(self.limit) {
            return Taken::Refused;
        }
        station.advance(self.cores, job.since);
        station.serving.push(Service {
            ends: station.attained + job.service.0 as f64,
            whole: job.service,
            key: job.key,
        });
        Taken::Serving
    }

    fn next_departure(&self, slot: u32) -> Instant {
        let station = &self.stations[slot as usize];
        let Some(first) = station.first().filter(|_| station.speed > 0.0) else {
            return Instant::NEVER;
        };
        let missing = (station.serving[first].ends - station.attained).max(0.0);
        let wall = missing / station.share(self.cores) / station.speed;
        station.updated + Duration((wall + 0.5) as u64)
    }

    fn depart(
        &mut self,
        slot: u32,
        now: Instant,
        _: &mut Vec<(AttemptKey, Dropped)>,
    ) -> AttemptKey {
        let station = &mut self.stations[slot as usize];
        station.advance(self.cores, now);
        let Some(first) = station.first() else {
            unreachable!("a departure from an idle station")
        };
        let done = station.serving.remove(first);
        // Departures are rounded to whole nanoseconds; virtual time must not fall behind an end it reached.
        station.attained = station.attained.max(done.ends);
        done.key
    }

    fn leave(
        &mut self,
        slot: u32,
        key: AttemptKey,
        now: Instant,
        _: &mut Vec<(AttemptKey, Dropped)>,
    ) -> Duration {
        let station = &mut self.stations[slot as usize];
        station.advance(self.cores, now);
        let Some(at) = station
            .serving
            .iter()
            .position(|service| service.key == key)
        else {
            return Duration::ZERO;
        };
        let left = station.serving.remove(at);
        left.given(station.attained)
    }

    fn is_waiting(&self, _: u32, _: AttemptKey) -> bool {
        false
    }

    fn set_speed(&mut self, slot: u32, speed: f64, now: Instant) {
        let station = &mut self.stations[slot as usize];
        station.advance(self.cores, now);
        station.speed = speed;
    }

    fn clear(&mut self, slot: u32, now: Instant) -> Vec<(AttemptKey, Duration)> {
        let station = &mut self.stations[slot as usize];
        station.advance(self.cores, now);
        let attained = station.attained;
        let given = |service: Service| (service.key, service.given(attained));
        station.serving.drain(..).map(given).collect()
    }

    fn waiting(&self, _: u32) -> u32 {
        0
    }

    fn in_system(&self, slot: u32) -> u32 {
        self.stations[slot as usize].serving.len() as u32
    }

    fn work_done(&self, slot: u32, now: Instant) -> u64 {
        self.stations[slot as usize].busy_until(self.cores, now) as u64
    }
}

#[cfg(test)]
mod tests;
