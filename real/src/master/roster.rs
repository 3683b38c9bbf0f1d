//! Which workers balancers may send requests to, and who has heard of it.

use std::collections::HashMap;

use policy::supervise::Worker;

use super::Master;
use super::child::Stage;
use crate::channel::message::{Backend, Order, Workers};

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Roster {
    /// As balancers were told last.
    pub(super) told: Workers,
    /// Up to which version each balancer has heard.
    applied: HashMap<Worker, u64>,
}

impl Roster {
    /// `balancer` goes by `version`.
    pub(super) fn applied(&mut self, balancer: Worker, version: u64) {
        self.applied.insert(balancer, version);
    }

    /// `balancer` is gone.
    pub(super) fn forget(&mut self, balancer: Worker) {
        self.applied.remove(&balancer);
    }

    fn is_known_to(&self, balancer: Worker, version: u64) -> bool {
        self.applied
            .get(&balancer)
            .is_some_and(|&applied| applied >= version)
    }
}

impl Master {
    /// Tells the balancers which workers there are, if that has changed. The version they then have.
    pub(super) fn publish(&mut self) -> u64 {
        let ready = self
            .workers
            .alive()
            .filter(|child| child.stage == Stage::Ready);
        let ready = ready.filter_map(|child| {
            Some(Backend {
                slot: child.worker.slot,
                incarnation: child.worker.incarnation,
                address: child.address?,
            })
        });
        let ready: Vec<Backend> = ready.collect();
        if ready != self.roster.told.ready {
            let version = self.roster.told.version + 1;
            self.roster.told = Workers { version, ready };
            let order = Order::Workers(self.roster.told.clone());
            self.balancers
                .alive()
                .for_each(|balancer| balancer.order(&order));
        }
        self.roster.told.version
    }

    /// Whether no balancer sends anything any more to those who were last in the version before this one.
    pub(super) fn is_known(&self, version: u64) -> bool {
        // One that is starting may have an earlier version to begin with.
        let told = |stage| !matches!(stage, Stage::Ending { .. });
        let mut balancers = self.balancers.alive().filter(|child| told(child.stage));
        balancers.all(|child| self.roster.is_known_to(child.worker, version))
    }
}
