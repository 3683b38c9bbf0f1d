//! Who is let in.

use spec::Failure;
use spec::admission::{MOST_SLOTS, concurrency, rate, slots, wait};
use spec::value::or_none;

use super::Scoped;
use crate::settings::{Admission, Limits, Pool};

/// How many slots there are if nobody says, and why.
pub(super) struct DefaultSlots {
    number: u32,
    because: &'static str,
}

/// As many as there can be requests at once: workers serve no more, and of a balancer's connections each has one. It does
/// not depend on how many workers there are, which can change while the slots cannot.
pub(super) fn default_slots(
    scoped: &Scoped<'_>,
    concurrency: u32,
    balancers: u32,
    limits: &Limits,
) -> DefaultSlots {
    let (number, because) = match scoped.shape.is_proxied() {
        true => (
            balancers.saturating_mul(limits.connections),
            "default: --max-connections for each balancer",
        ),
        false => (
            Pool::MOST.saturating_mul(concurrency),
            "default: --concurrency for each worker there can be",
        ),
    };
    DefaultSlots {
        number: number.min(MOST_SLOTS),
        because,
    }
}

pub(super) fn resolve(
    scoped: &mut Scoped<'_>,
    default: DefaultSlots,
) -> Result<Admission, Failure> {
    let (rate, limit) = scoped.where_it_matters(scoped.shape.is_proxied(), |given| {
        let rate = given.or("rate-limit", None, |text| or_none(text, rate))?;
        let limit = given.or("concurrency-limit", None, |text| or_none(text, concurrency))?;
        Ok((rate, limit))
    })?;
    let given = &mut *scoped.given;
    let slots = given.given("slots", slots)?.unwrap_or(default.number);
    given.record("slots", &slots, default.because);
    let usual = wait("default").map_err(Failure::usage)?;
    Ok(Admission {
        slots,
        wait: given.or("slot-wait", usual, wait)?.value,
        rate: rate.map(|written| written.value),
        concurrency: limit.map(|written| written.value),
    })
}
