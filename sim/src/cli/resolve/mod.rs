//! From settings to a scenario: defaults filled in, every value read, every check made, and a record kept of
//! what was resolved and from where.

mod admission;
mod effort;
mod faults;
mod fleet;
mod headline;
mod limits;
mod not_built;
mod operations;
mod policy;
mod pool;
mod requests;
mod trace;
mod traffic;

use sim::scenario::Scenario;
use spec::{Config, Failure, Table};

/// What is simulated, and what is said about it.
#[derive(Debug)]
pub(crate) struct Resolved {
    /// What is simulated.
    pub(crate) scenario: Scenario,
    /// The settings it came from.
    pub(crate) config: Config,
    /// In one line.
    pub(crate) headline: String,
    /// What a reader must know of it.
    pub(crate) notes: Vec<String>,
}

/// Resolves `settings` or says what is wrong with them.
pub(crate) fn resolve(mut settings: Table) -> Result<Resolved, Failure> {
    not_built::refuse(&settings)?;
    traffic::settle(&mut settings)?;
    operations::settle(&mut settings)?;
    let mut notes = Vec::new();
    let policy = policy::resolve(&mut settings)?;
    let fleet = fleet::resolve(&mut settings, &policy.strategies, &mut notes)?;
    let traffic = traffic::resolve(&mut settings, &fleet, &mut notes)?;
    let keys = traffic::keys(&mut settings, &traffic)?;
    let timeout = traffic::timeout(&mut settings)?;
    let operations = operations::resolve(&mut settings, &fleet, &traffic, timeout)?;
    let effort = effort::resolve(&mut settings, &traffic, operations.is_some())?;
    let seed = effort::seed(&mut settings)?;
    let scenario = Scenario {
        strategies: policy.strategies,
        options: policy.options,
        secure_rng: policy.secure_rng,
        fleet,
        traffic,
        keys,
        timeout,
        dispatchers: policy.dispatchers,
        knowledge: policy.knowledge,
        operations: operations.map(Box::new),
        effort,
        seed,
    };
    limits::check(&settings, &scenario)?;
    notes.extend(operations::comes_too_late(&scenario));
    Ok(Resolved {
        headline: headline::of(&scenario, settings.text("trace")),
        config: settings.config,
        scenario,
        notes,
    })
}
