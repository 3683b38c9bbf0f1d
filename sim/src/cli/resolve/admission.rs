//! Whom balancers let in.

use sim::operations::{AdmissionControls, SlotsSpec};
use sim::scenario::{FleetSpec, Service};
use spec::admission::{codel, concurrency, rate, slots, wait};
use spec::{Failure, Table, Written};

/// Refuses what says something about nothing.
pub(super) fn settle(settings: &mut Table) -> Result<(), Failure> {
    settings.needs("slot-wait", "slots")
}

pub(super) fn resolve(
    settings: &mut Table,
    fleet: &FleetSpec,
) -> Result<AdmissionControls, Failure> {
    let rate = settings.unless_none("rate-limit", rate)?;
    let concurrency = settings.unless_none("concurrency-limit", concurrency)?;
    let codel = settings.unless_none("codel", codel)?;
    if codel.is_some() && fleet.queue == Service::Sharing {
        let reason = "under --queue ps all are served at once, so there is no queue to shorten";
        return Err(settings.refuse("codel", reason));
    }
    let slots = settings.unless_none("slots", slots)?;
    let default = wait("default").map_err(Failure::usage)?;
    let wait = settings.detail(slots.is_some(), "slot-wait", default, wait)?;
    Ok(AdmissionControls {
        rate: rate.map(|Written { value, .. }| value),
        concurrency: concurrency.map(|Written { value, .. }| value),
        codel: codel.map(|Written { value, .. }| value),
        slots: slots.map(|slots| SlotsSpec {
            slots,
            wait: wait.value,
        }),
    })
}
