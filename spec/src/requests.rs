//! What may be done about a request that is not answered.

use policy::retry::{self, After, Delays, Hedge, Reason, Reasons, Retries, Spread, decide};
use policy::time::Duration;
use serde_json::Value;
use workload::quantity::Human;

use crate::failure::Failure;
use crate::pairs::{Pairs, Written};
use crate::shown::{Shown, Spec};
use crate::table::Table;
use crate::value::{Parsed, Share, duration, list, number, share, small_count, word};

const MOST_RETRIES: u32 = 100;
/// Retries a second that a budget always allows.
const LEAST_RATES: std::ops::RangeInclusive<f64> = 1e-3..=1e6;

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

/// How requests are sent again.
#[derive(Clone, Copy, Debug)]
pub struct Again {
    /// How often.
    pub retries: u32,
    /// After how long.
    pub delays: Delays,
    /// After what.
    pub reasons: Reasons,
}

impl Again {
    /// `--retries`, `--retry-backoff` and `--retry-on`; what was not given is as in `default`, and on record only if
    /// there are retries.
    pub fn resolve(settings: &mut Table, default: Again) -> Result<Again, Failure> {
        let given = settings.given("retries", often)?;
        let retries = given.unwrap_or(default.retries);
        let on = retries > 0;
        if on || given.is_some() {
            settings.record("retries", &retries, "default");
        }
        let written = Spec(Backoff(default.delays));
        let Spec(Backoff(delays)) = settings.detail(on, "retry-backoff", written, |text| {
            backoff(text).map(Backoff).map(Spec)
        })?;
        let reasons = settings.detail(on, "retry-on", default.reasons, reasons)?;
        Ok(Again {
            retries,
            delays,
            reasons,
        })
    }

    /// The retries, where `any` request is sent again after these failures, and an `idempotent` one after those, too.
    pub fn made(
        self,
        settings: &Table,
        any: Reasons,
        idempotent: Reasons,
    ) -> Result<Option<Retries>, Failure> {
        let made = Retries::new(decide::Options {
            retries: self.retries,
            delays: self.delays,
            any,
            idempotent,
            needed: Duration::ZERO,
        });
        let made = made.map_err(|error| settings.refuse("retry-backoff", &error.to_string()))?;
        Ok((self.retries > 0).then_some(made))
    }
}

fn often(text: &str) -> Parsed<u32> {
    match text.trim() {
        "none" => Ok(0),
        text => small_count(text, 0..=MOST_RETRIES),
    }
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

/// `--retry-budget`
pub fn budget(text: &str) -> Parsed<Written<retry::Config>> {
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

/// `--hedge-after`
pub fn hedge(text: &str) -> Parsed<Written<Hedge>> {
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
