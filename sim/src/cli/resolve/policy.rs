//! Who chooses, how, and knowing what.

use policy::strategy::{Options, StrategyName};
use sim::accept::Knowledge;
use spec::strategy::options;
use spec::value::{Parsed, duration, list, small_count, spec, switch};
use spec::{Failure, Table};

pub(super) struct Policy {
    pub(super) strategies: Vec<StrategyName>,
    pub(super) options: Options,
    pub(super) secure_rng: bool,
    pub(super) dispatchers: u16,
    pub(super) knowledge: Knowledge,
}

const MOST_DISPATCHERS: u32 = 1_000;
pub(super) fn resolve(settings: &mut Table) -> Result<Policy, Failure> {
    let round_robin = vec![StrategyName::RoundRobin];
    let strategies = settings.or("strategy", round_robin, strategies)?;
    let options = options(settings)?;
    let secure_rng = settings.or("secure-rng", false, switch)?;
    settings.or("accept", "proxy".to_owned(), |_| Ok("proxy".to_owned()))?;
    let some = |text: &str| small_count(text, 1..=MOST_DISPATCHERS);
    let dispatchers = settings.or("dispatchers", 1, some)? as u16;
    let staleness = settings.unless_none("staleness", duration)?;
    Ok(Policy {
        strategies,
        options,
        secure_rng,
        dispatchers,
        knowledge: staleness.map_or(Knowledge::Own, Knowledge::Board),
    })
}

fn strategies(text: &str) -> Parsed<Vec<StrategyName>> {
    if text.trim() == "all" {
        return Ok(StrategyName::ALL.to_vec());
    }
    if text.split(',').any(|name| name.trim() == "all") {
        return Err("`all` is every strategy and is named alone".to_owned());
    }
    let names = list(text, spec::<StrategyName>)?;
    for (at, name) in names.iter().enumerate() {
        if names[..at].contains(name) {
            return Err(format!("`{name}` is named twice"));
        }
    }
    Ok(names)
}
