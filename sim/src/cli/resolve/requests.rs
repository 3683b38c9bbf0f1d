//! What balancers do about a request that is not answered.

use policy::retry::{Delays, Reason, Reasons};
use serde_json::Value;
use sim::operations::{Abandoned, RequestControls};
use spec::requests::{Again, budget, hedge};
use spec::value::{duration, word};
use spec::{Failure, Shown, Table, Written};

const ABANDONED: &[(&str, Abandoned)] = &[
    ("serve", Abandoned::Serve),
    ("leave", Abandoned::Leave),
    ("cancel", Abandoned::Cancel),
];

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
        word(text, "what becomes of an abandoned attempt", ABANDONED).map(Left)
    })?;
    let deadlines = settings.optional("deadlines", |text| {
        let words = [("stay", Deadlines(false)), ("travel", Deadlines(true))];
        word(text, "what deadlines do", &words)
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
        abandoned: abandoned.map_or_else(Abandoned::default, |Left(what)| what),
        deadlines_travel: deadlines.is_some_and(|Deadlines(travel)| travel),
        retries,
        budget: budget
            .filter(|_| may_send_again)
            .map(|Written { value, .. }| value),
        hedge: hedge.map(|Written { value, .. }| value),
    })
}

#[derive(Clone, Copy)]
struct Deadlines(bool);

impl Shown for Deadlines {
    fn shown(&self) -> Value {
        if self.0 { "travel" } else { "stay" }.into()
    }
}

struct Left(Abandoned);

impl Shown for Left {
    fn shown(&self) -> Value {
        let named = ABANDONED.iter().find(|(_, what)| *what == self.0);
        named.map(|(name, _)| *name).into()
    }
}
