//! What goes wrong, and what becomes of the arrivals.

use sim::fault::{Fault, Kind};
use sim::scenario::{FleetSpec, Traffic};
use spec::{Failure, Specs, Table};
use workload::arrivals::{Profile, Surge};

/// `is_patient`: nothing ends the wait for an answer that never comes.
pub(super) fn faults(
    settings: &mut Table,
    fleet: &FleetSpec,
    is_patient: bool,
) -> Result<Vec<Fault>, Failure> {
    let faults = settings.optional("fault", |text| list(text, Fault::list))?;
    let Specs(faults) = faults.unwrap_or(Specs(Vec::new()));
    for fault in &faults {
        let checked = fault.check(fleet.len());
        checked.map_err(|error| settings.refuse("fault", &error.to_string()))?;
        // One that comes and goes ends every time; what a backend has swallowed until then is cut off.
        let stays = fault.ends().is_none() && fault.recurs.is_none();
        let holds = matches!(fault.kind, Kind::Blackhole | Kind::Pause) && stays;
        if holds && is_patient {
            let reason = format!(
                "`{fault}` is never over for good, and nothing ends the wait for an answer; give it a duration \
                 (+10s), or give --timeout or --attempt-timeout"
            );
            return Err(settings.refuse("fault", &reason));
        }
    }
    Ok(faults)
}

pub(super) fn surges(settings: &mut Table, traffic: &Traffic) -> Result<Vec<Surge>, Failure> {
    let surges = settings.optional("surge", |text| list(text, Surge::list))?;
    let Specs(surges) = surges.unwrap_or(Specs(Vec::new()));
    if !surges.is_empty() && matches!(traffic, Traffic::Closed { .. }) {
        let reason =
            "contradicts --clients: in a closed loop requests come as fast as they are answered";
        return Err(settings.refuse("surge", reason));
    }
    let profile = Profile::new(&surges);
    profile.map_err(|error| settings.refuse("surge", &error.to_string()))?;
    Ok(surges)
}

fn list<T, E: ToString>(
    text: &str,
    read: impl FnOnce(&str) -> Result<Vec<T>, E>,
) -> Result<Specs<T>, String> {
    match text.trim() {
        "none" => Ok(Specs(Vec::new())),
        text => read(text).map(Specs).map_err(|error| error.to_string()),
    }
}
