//! From settings to a scenario: defaults filled in, every value read, every check made, and a record kept of
//! what was resolved and from where.

mod effort;
mod fleet;
mod headline;
mod limits;
mod not_built;
mod policy;
mod trace;
mod traffic;

use sim::scenario::Scenario;

use super::failure::Failure;
use super::settings::{Config, Settings};

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
pub(crate) fn resolve(mut settings: Settings) -> Result<Resolved, Failure> {
    not_built::refuse(&settings)?;
    traffic::settle(&mut settings)?;
    let mut notes = Vec::new();
    let policy = policy::resolve(&mut settings)?;
    let fleet = fleet::resolve(&mut settings, &policy.strategies, &mut notes)?;
    let traffic = traffic::resolve(&mut settings, &fleet, &mut notes)?;
    let keys = traffic::keys(&mut settings, &traffic)?;
    let timeout = traffic::timeout(&mut settings)?;
    let effort = effort::resolve(&mut settings, &traffic)?;
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
        operations: None,
        effort,
        seed,
    };
    limits::check(&settings, &scenario)?;
    Ok(Resolved {
        headline: headline::of(&scenario, settings.text("trace")),
        config: settings.config,
        scenario,
        notes,
    })
}
