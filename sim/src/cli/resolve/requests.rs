//! What balancers do about a request that is not answered.

use policy::retry::{Delays, Reason, Reasons};
use sim::operations::{Abandoned, RequestControls};
use spec::requests::{Again, budget, hedge};
use spec::value::duration;
use spec::{Failure, Table, Word, Written};

const ABANDONED: &[(&str, Abandoned)] = &[
    ("serve", Abandoned::Serve),
    ("leave", Abandoned::Leave),
    ("cancel", Abandoned::Cancel),
];

/// Whether they travel.
const DEADLINES: &[(&str, bool)] = &[("stay", false), ("travel", true)];

/// Refuses what says something about nothing.
pub(super) fn settle(settings: &mut Table) -> Result<(), Failure> {
    settings.needs_one_of("abandoned", &["timeout", "attempt-timeout", "hedge-after"])?;
    settings.needs_one_of("deadlines", &["timeout", "attempt-timeout"])?;
    settings.needs("retry-backoff", "retries")?;
    settings.needs("retry-on", "retries")?;
    settings.needs_one_of("retry-budget", &["retries", "hedge-after"])
}

pub(super) fn resolve(settings: &mut Table) -> Result<RequestControls, Failure> {
    let attempt_timeout = settings.unless_none("attempt-timeout", duration)?;
    let abandoned = settings.optional("abandoned", |text| {
        Word::read(text, "what becomes of an abandoned attempt", ABANDONED)
    })?;
    let deadlines = settings.optional("deadlines", |text| {
        Word::read(text, "what deadlines do", DEADLINES)
    })?;
    // Every request may be executed twice. Who sheds asks for less.
    let all = Reason::ALL.into_iter().fold(Reasons::NONE, Reasons::with);
    let default = Again {
        retries: 0,
        delays: Delays::default(),
        reasons: all.without(Reason::Shed),
    };
    let again = Again::resolve(settings, default)?;
    let retries = again.made(settings, again.reasons, Reasons::NONE)?;
    let budget = settings.unless_none("retry-budget", budget)?;
    let hedge = settings.unless_none("hedge-after", hedge)?;
    let may_send_again = retries.is_some() || hedge.is_some();
    Ok(RequestControls {
        attempt_timeout,
        abandoned: abandoned.map(|word| word.value).unwrap_or_default(),
        deadlines_travel: deadlines.is_some_and(|travel| travel.value),
        retries,
        budget: budget
            .filter(|_| may_send_again)
            .map(|Written { value, .. }| value),
        hedge: hedge.map(|Written { value, .. }| value),
    })
}
