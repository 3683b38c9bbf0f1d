//! Who is there: backends that come, go, and are otherwise than requests and probes can tell.
//!
//! A reload says who is to be there, and changes nothing about whoever was before.

use super::Dispatcher;
use super::backend::Backend;
use super::deadlines::Task;
use crate::breaker::Breaker;
use crate::health::active::Prober;
use crate::health::passive::Observer;
use crate::slow_start::Ramp;
use crate::standing::Reason;
use crate::time::Instant;
use crate::view::{BackendId, Member, Weight};

impl Dispatcher {
    /// A backend comes, into the lowest free slot: nothing is known of it, and it is probed at once. `identity` is a hash of
    /// its address. O(n).
    pub fn add(&mut self, weight: Weight, identity: u64, now: Instant) -> BackendId {
        let id = self.balancer.add(weight, identity);
        self.welcome(id, weight, now);
        id
    }

    /// [`Dispatcher::add`] where somebody else gives the slots away, as a [list](crate::shared::BackendList) that several
    /// balancers share does. `false`, and nothing changes, if somebody is in its slot. O(n).
    pub fn join(&mut self, member: Member, now: Instant) -> bool {
        let joined = self.balancer.join(member);
        if joined {
            self.welcome(member.id, member.weight, now);
        }
        joined
    }

    /// A backend goes. Nothing is counted there any more, and what comes back from it is ignored. `false` if it is gone
    /// already. O(n).
    pub fn remove(&mut self, id: BackendId, now: Instant) -> bool {
        let Some(backend) = self.member(id) else {
            return false;
        };
        backend.is_member = false;
        self.hold(id.slot, Reason::Absent, true, now);
        self.forget(id.slot, now);
        self.deadlines.plan(Task::Probe(id.slot), None);
        for reason in [Reason::Draining, Reason::Starting] {
            self.hold(id.slot, reason, false, now);
        }
        self.balancer.remove(id);
        self.version += 1;
        self.recount_members();
        true
    }

    /// Its share from now on, as far as its slow start lets it. `false` if it has gone. O(n).
    pub fn set_weight(&mut self, id: BackendId, weight: Weight) -> bool {
        let Some(backend) = self.member(id) else {
            return false;
        };
        if backend.weight != weight {
            backend.weight = weight;
            self.weigh(id.slot);
        }
        true
    }

    /// From now on exactly `members` are there: who is not among them goes, who is new comes, and whoever stays keeps
    /// all but its weight. For a reload, from [`BackendList::members`](crate::shared::BackendList::members). O(n log n), and
    /// O(n) for each that comes or goes.
    pub fn follow(&mut self, members: &[Member], now: Instant) {
        let mut wanted = members.to_vec();
        wanted.sort_unstable_by_key(|member| member.id);
        let stays = |id: &BackendId| wanted.binary_search_by_key(id, |member| member.id).is_ok();
        let here: Vec<_> = (self.members().iter()).map(|member| member.id).collect();
        for id in here.into_iter().filter(|id| !stays(id)) {
            self.remove(id, now);
        }
        for member in wanted {
            if !self.set_weight(member.id, member.weight) {
                self.join(member, now);
            }
        }
    }

    /// Somebody else knows that `reason` keeps `id` from being chosen, or no longer does. Of one that was
    /// [`Reason::Absent`] and comes back nothing is known. `false` if it has left for good.
    pub fn stand(&mut self, id: BackendId, reason: Reason, holds: bool, now: Instant) -> bool {
        if self.member(id).is_none() {
            return false;
        }
        let came = reason == Reason::Absent && !holds && self.standings.holds(id.slot, reason);
        if came && self.begun {
            self.forget(id.slot, now);
        } else if came {
            // It may have been passed over while it was away.
            self.plan_probe(id.slot);
        }
        self.hold(id.slot, reason, holds, now);
        self.recount_members();
        true
    }

    /// The fleet has `id`. It may be chosen once nothing is held against it, not before.
    fn welcome(&mut self, id: BackendId, weight: Weight, now: Instant) {
        self.balancer.set_eligible(id, false);
        self.grow(id.slot + 1);
        let backend = &mut self.backends[id.slot as usize];
        backend.id = id;
        backend.weight = weight;
        backend.is_member = true;
        self.forget(id.slot, now);
        self.hold(id.slot, Reason::Absent, false, now);
        self.recount_members();
    }

    /// Another process is in `slot`: nothing is known of it.
    fn forget(&mut self, slot: u32, now: Instant) {
        let at = slot as usize;
        if let Some(prober) = self.probers.get_mut(at) {
            prober.renew(now);
        }
        if let Some(observer) = self.passive.get_mut(at) {
            *observer = Observer::new(observer.config());
        }
        if let Some(breaker) = self.breakers.get_mut(at) {
            breaker.renew();
        }
        self.plan_probe(slot);
        self.deadlines.plan(Task::Passive(slot), None);
        self.look_at_breaker(slot, now);
        if let Some(detector) = &mut self.outlier {
            detector.forget(slot);
            self.plan_outliers();
        }
        self.hold(slot, Reason::Unhealthy, self.starts_ill(slot), now);
        self.hold(slot, Reason::Failing, false, now);
        self.hold(slot, Reason::Ejected, false, now);
    }

    /// Makes room for so many slots, with nobody in the new ones.
    pub(super) fn grow(&mut self, slots: u32) {
        let config = &self.config;
        let new = self.slots()..slots;
        self.backends.extend(new.map(Backend::nobody));
        let slots = self.slots();
        let first = Instant::NEVER;
        extend(&mut self.probers, slots, config.probes, |config| {
            Prober::new(config, first)
        });
        extend(&mut self.passive, slots, config.passive, Observer::new);
        extend(&mut self.breakers, slots, config.breaker, Breaker::new);
        extend(&mut self.ramps, slots, config.slow_start, Ramp::new);
        self.standings.grow(slots);
        self.deadlines.grow(slots);
        if let Some(detector) = &mut self.outlier {
            detector.grow(slots);
        }
    }
}

/// A control for each slot, where they are configured.
fn extend<T, C: Copy>(all: &mut Vec<T>, slots: u32, config: Option<C>, new: impl Fn(C) -> T) {
    if let Some(config) = config {
        all.resize_with(slots as usize, || new(config));
    }
}
