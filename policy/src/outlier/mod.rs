//! Outlier ejection: backends that fail in a row, or more often than the others, get no requests for a while, and
//! the longer the more often that happened. There is a limit to how many are out at once.
//! Cost: O(1) a result, O(log n) an ejection, O(n) an interval; memory O(n). Source: Envoy's outlier detection
//! (`outlier_detection_impl.cc`), with its defaults and `always_eject_one_host`.
//!
//! As there, the multiplier falls by one at each interval that begins with the backend no longer ejected; failures in
//! a row start afresh after an ejection, also after one that the limit prevented; and results of an ejected backend
//! eject it no further.
//!
//! Deviation: an ejection ends when its time is up, in Envoy at the next interval after. Only that one failure or
//! success is counted, not gateway and local-origin errors apart, and no jitter.

mod config;
mod host;
mod success_rate;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, VecDeque};

pub use config::{Config, Options, SuccessRate};

use crate::time::Instant;
use host::Host;

/// A backend was ejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ejected {
    /// Which.
    pub slot: u32,
    /// When [`Detector::due`] takes it back.
    pub until: Instant,
}

/// A backend was ejected, or is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Change {
    /// Which.
    pub slot: u32,
    /// Whether it is ejected now.
    pub ejected: bool,
}

/// All backends of one balancer.
#[derive(Clone, Debug)]
pub struct Detector {
    config: Config,
    hosts: Vec<Host>,
    members: u32,
    /// Those that are ejected, by when they are taken back.
    ejected: BTreeSet<(Instant, u32)>,
    interval_ends: Instant,
    /// Ejected when the interval ended, and not told yet.
    untold: VecDeque<u32>,
}

impl Detector {
    /// All of `slots` are members; the clock starts at [`Instant::ZERO`].
    pub fn new(config: Config, slots: u32) -> Self {
        Detector::started(config, slots, Instant::ZERO)
    }

    /// [`Detector::new`] of a clock that shows `now`: the first interval begins then.
    pub fn started(config: Config, slots: u32, now: Instant) -> Self {
        Detector {
            config,
            hosts: vec![Host::default(); slots as usize],
            members: slots,
            ejected: BTreeSet::new(),
            interval_ends: now + config.options().interval,
            untold: VecDeque::new(),
        }
    }

    /// How many members there are, of which a share may be ejected. Slots beyond those known are made room for.
    pub fn set_members(&mut self, members: u32) {
        self.members = members;
        self.grow(members);
    }

    /// Makes room for so many slots, whoever of them is a member.
    pub fn grow(&mut self, slots: u32) {
        let slots = self.hosts.len().max(slots as usize);
        self.hosts.resize(slots, Host::default());
    }

    /// Another backend is in `slot`, or none: what was known of the one before is forgotten, its ejection too.
    pub fn forget(&mut self, slot: u32) {
        self.take_back(slot);
        self.hosts[slot as usize] = Host::default();
        self.untold.retain(|&other| other != slot);
    }

    /// A request to `slot` succeeded.
    #[inline]
    pub fn success(&mut self, slot: u32) {
        let host = &mut self.hosts[slot as usize];
        host.row = 0;
        host.tally.count(true);
    }

    /// A request to `slot` failed, as is known at `now`. If it is ejected for that, until when.
    pub fn failure(&mut self, slot: u32, now: Instant) -> Option<Ejected> {
        let host = &mut self.hosts[slot as usize];
        host.tally.count(false);
        host.row = host.row.saturating_add(1);
        if host.is_ejected || self.config.options().consecutive_failures != Some(host.row) {
            return None;
        }
        host.row = 0;
        self.eject(slot, now)
    }

    /// What has changed by `now` without anything happening, one at a time: ask until there is nothing left.
    pub fn due(&mut self, now: Instant) -> Option<Change> {
        loop {
            if let Some(slot) = self.untold.pop_front() {
                let ejected = true;
                return Some(Change { slot, ejected });
            }
            match self.ejected.first() {
                Some(&(until, slot)) if until <= now.min(self.interval_ends) => {
                    self.take_back(slot);
                    let ejected = false;
                    return Some(Change { slot, ejected });
                }
                _ if self.interval_ends <= now => self.end_interval(),
                _ => return None,
            }
        }
    }

    /// From when on [`Detector::due`] has something to do, if nothing else happens.
    pub fn next_deadline(&self) -> Option<Instant> {
        let returning = self.ejected.first();
        Some(returning.map_or(self.interval_ends, |&(until, _)| {
            until.min(self.interval_ends)
        }))
    }

    /// How many are ejected.
    pub fn ejected(&self) -> u32 {
        self.ejected.len() as u32
    }

    fn eject(&mut self, slot: u32, now: Instant) -> Option<Ejected> {
        if self.ejected() >= self.config.max_ejected(self.members) {
            return None;
        }
        let until = self.hosts[slot as usize].eject(now, self.config.options());
        self.ejected.insert((until, slot));
        Some(Ejected { slot, until })
    }

    fn take_back(&mut self, slot: u32) {
        let host = &mut self.hosts[slot as usize];
        self.ejected.remove(&(host.until, slot));
        host.take_back();
    }

    fn end_interval(&mut self) {
        let now = self.interval_ends;
        let Options {
            success_rate,
            interval,
            ..
        } = *self.config.options();
        if let Some(rate) = success_rate {
            self.eject_those_below(rate, now);
        }
        for host in &mut self.hosts {
            host.end_interval(now, interval);
        }
        self.interval_ends += interval;
    }

    fn eject_those_below(&mut self, rate: SuccessRate, now: Instant) {
        let inside = self.hosts.iter().filter(|host| !host.is_ejected);
        let Some(threshold) = rate.threshold(inside.map(|host| host.tally)) else {
            return;
        };
        for slot in 0..self.hosts.len() as u32 {
            let host = self.hosts[slot as usize];
            if !host.is_ejected && rate.is_outlier(host.tally, threshold) {
                let ejected = self.eject(slot, now);
                self.untold.extend(ejected.map(|it| it.slot));
            }
        }
    }
}
