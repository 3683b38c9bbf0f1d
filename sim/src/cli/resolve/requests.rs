//! What balancers do about a request that is not answered.

use policy::retry::{self, After, Delays, Hedge, Reason, Reasons, Retries, Spread, decide};
use policy::time::Duration;
use serde_json::Value;
use sim::operations::{Abandoned, RequestControls};
use workload::quantity::Human;

use super::spec::{Pairs, Written};
use crate::cli::failure::Failure;
use crate::cli::settings::{Settings, Shown, Spec};
use crate::cli::value::{Parsed, Share, duration, list, number, share, small_count, word};

const MOST_RETRIES: u32 = 100;
/// Retries a second that a budget always allows.
const LEAST_RATES: std::ops::RangeInclusive<f64> = 1e-3..=1e6;

const ABANDONED: &[(&str, Abandoned)] = &[
    ("serve", Abandoned::Serve),
    ("leave", Abandoned::Leave),
    ("cancel", Abandoned::Cancel),
];

const REASONS: &[(&str, Reason)] = &[
    ("refused", Reason::Refused),
    ("unreachable", Reason::Unreachable),
    ("full", Reason::Full),
    ("reset", Reason::Reset),
    ("error", Reason::Error),
    ("timeout", Reason::Timeout),
    ("shed", Reason::Shed),
];

const SPREADS: &[(&str, Spread)] = &[
    ("full", Spread::Full),
    ("equal", Spread::Equal),
    ("decorrelated", Spread::Decorrelated),
    ("exact", Spread::None),
];

/// Refuses what says something about nothing.
pub(super) fn settle(settings: &mut Settings) -> Result<(), Failure> {
    settings.needs_one_of("abandoned", &["timeout", "attempt-timeout", "hedge-after"])?;
    settings.needs_one_of("deadlines", &["timeout", "attempt-timeout"])?;
    settings.needs("retry-backoff", "retries")?;
    settings.needs("retry-on", "retries")?;
    settings.needs_one_of("retry-budget", &["retries", "hedge-after"])
}

pub(super) fn resolve(settings: &mut Settings) -> Result<RequestControls, Failure> {
    let attempt_timeout = settings.unless_none("attempt-timeout", duration)?;
    let abandoned = settings.optional("abandoned", |text| {
        word(text, "what becomes of an abandoned attempt", ABANDONED)
    })?;
    let deadlines = settings.optional("deadlines", |text| {
        let words = [("stay", Deadlines(false)), ("travel", Deadlines(true))];
        word(text, "what deadlines do", &words)
    })?;
    let retries = retries(settings)?;
    let budget = settings.unless_none("retry-budget", budget)?;
    let hedge = settings.unless_none("hedge-after", hedge)?;
    let may_send_again = retries.is_some() || hedge.is_some();
    Ok(RequestControls {
        attempt_timeout,
        abandoned: abandoned.unwrap_or_default(),
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

impl Shown for Abandoned {
    fn shown(&self) -> Value {
        let named = ABANDONED.iter().find(|(_, abandoned)| abandoned == self);
        named.map(|(name, _)| *name).into()
    }
}

fn retries(settings: &mut Settings) -> Result<Option<Retries>, Failure> {
    let retries = settings.optional("retries", |text| match text.trim() {
        "none" => Ok(0),
        text => small_count(text, 0..=MOST_RETRIES),
    })?;
    let retries = retries.unwrap_or(0);
    let on = retries > 0;
    let default = Spec(Backoff(Delays::default()));
    let Spec(Backoff(delays)) = settings.detail(on, "retry-backoff", default, |text| {
        backoff(text).map(Backoff).map(Spec)
    })?;
    // Who sheds asks for less.
    let all = Reason::ALL.into_iter().fold(Reasons::NONE, Reasons::with);
    let default = all.without(Reason::Shed);
    let reasons = settings.detail(on, "retry-on", default, reasons)?;
    let options = decide::Options {
        retries,
        delays,
        any: reasons,
        idempotent: Reasons::NONE,
        needed: Duration::ZERO,
    };
    let made = Retries::new(options);
    let made = made.map_err(|error| settings.refuse("retry-backoff", &error.to_string()))?;
    Ok(on.then_some(made))
}

/// Delays, written as `25ms..250ms,full`.
#[derive(Clone, Copy)]
struct Backoff(Delays);

impl std::fmt::Display for Backoff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Delays { first, max, spread } = self.0;
        if self.0 == Delays::NONE {
            return f.write_str("none");
        }
        let named = SPREADS.iter().find(|(_, known)| *known == spread);
        let name = named.map_or("full", |(name, _)| name);
        write!(f, "{}..{},{name}", Human(first), Human(max))
    }
}

fn backoff(text: &str) -> Parsed<Delays> {
    if text.trim() == "none" {
        return Ok(Delays::NONE);
    }
    let (range, spread) = text.split_once(',').unwrap_or((text, "full"));
    let Some((first, max)) = range.split_once("..") else {
        return Err(format!(
            "`{text}` is not a backoff; write FIRST..MAX[,full|equal|decorrelated|exact], such as 25ms..250ms,full, or \
             none"
        ));
    };
    Ok(Delays {
        first: duration(first)?,
        max: duration(max)?,
        spread: word(spread, "a way to draw delays", SPREADS)?,
    })
}

impl Shown for Reasons {
    fn shown(&self) -> Value {
        if *self == Reasons::NONE {
            return "none".into();
        }
        let those = REASONS.iter().filter(|(_, reason)| self.contains(*reason));
        those.map(|(name, _)| *name).collect()
    }
}

fn reasons(text: &str) -> Parsed<Reasons> {
    if text.trim() == "none" {
        return Ok(Reasons::NONE);
    }
    let reasons = list(text, |text| word(text, "a reason to try again", REASONS))?;
    Ok(reasons.into_iter().fold(Reasons::NONE, Reasons::with))
}

fn budget(text: &str) -> Parsed<Written<retry::Config>> {
    const FORM: &str = "PCT[,min=RATE/s][,window=DURATION], such as 20%,min=10/s,window=10s";
    let mut pairs = Pairs::behind(text, text, FORM);
    let Share(thousandths) = pairs.first("share", |text| share(text, 0..=1000))?;
    let PerSecond(least) = pairs.or("min", PerSecond(10.0), |text| {
        let text = text.trim();
        number(text.strip_suffix("/s").unwrap_or(text), LEAST_RATES).map(PerSecond)
    })?;
    let window = pairs.or("window", Duration::from_millis(10_000), duration)?;
    pairs.finish(retry::Config::new(retry::Options {
        thousandths,
        every: Duration((1e9 / least).round() as u64),
        window,
    }))
}

struct PerSecond(f64);

impl Shown for PerSecond {
    fn shown(&self) -> Value {
        format!("{}/s", self.0).into()
    }
}

fn hedge(text: &str) -> Parsed<Written<Hedge>> {
    let trimmed = text.trim();
    let after = match trimmed.strip_prefix(['P', 'p']) {
        Some(percent) => {
            let Ok(Share(thousandths)) = share(percent, 500..=999) else {
                return Err(format!(
                    "`{text}` is no percentile; allowed are P50 to P99.9"
                ));
            };
            let thousandths = thousandths as u16;
            After::Quantile { thousandths }
        }
        None => After::Fixed(duration(trimmed).map_err(|error| {
            format!("{error}; or a percentile of the response times from P50 to P99.9")
        })?),
    };
    let text = match after {
        After::Fixed(delay) => Human(delay).to_string(),
        After::Quantile { thousandths } => format!("P{}", f64::from(thousandths) / 10.0),
    };
    let value = Hedge::new(after).map_err(|error| error.to_string())?;
    Ok(Written { value, text })
}
