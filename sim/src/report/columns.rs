//! The ranked strategies' numbers as columns of text, for the table at the terminal and the one on the page.

mod incidents;

use super::rank::{Against, against, ranked, some_answered_more};
use super::text::{align_left, align_points, align_right, columns};
use super::units::{Unit, decimals, half_decimals, percent, significant, with_half};
use crate::outcome::{Outcome, ResponseTime, StrategyResult};

/// A heading and one text for each strategy, all equally wide.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Column {
    pub(super) head: &'static str,
    pub(super) cells: Vec<String>,
}

impl Column {
    /// Without the heading.
    pub(super) fn cell_width(&self) -> usize {
        self.cells.first().map_or(0, |cell| columns(cell))
    }

    /// With the heading.
    pub(super) fn width(&self) -> usize {
        self.cell_width().max(columns(self.head))
    }
}

/// All columns but the names. Nobody failed: no column says so.
pub(super) fn columns_of(outcome: &Outcome, unicode: bool) -> Vec<Column> {
    let results = ranked(outcome);
    let told = is_told(outcome);
    let any_failed = results.iter().any(|result| result.failed.total() > 0);
    let mut all = Vec::new();
    if told && any_failed {
        let answered = |result: &StrategyResult| percent(result.answered_share());
        all.push(ratio("answered", &results, answered));
    }
    all.extend(how_fast(outcome, &results, unicode));
    all.extend(incidents::columns(&results, unicode));
    all.extend(how_even(&results));
    if any_failed && !told {
        all.push(ratio("failed", &results, failed));
    }
    all
}

/// Response times, and how the means compare.
fn how_fast(outcome: &Outcome, results: &[&StrategyResult], unicode: bool) -> [Column; 5] {
    let quantile = |head, of: fn(&ResponseTime) -> Option<f64>| Column {
        head,
        cells: times(results, of, unicode),
    };
    let mean = if unicode {
        "mean ± 95 %"
    } else {
        "mean +- 95 %"
    };
    [
        Column {
            head: mean,
            cells: means(results, unicode),
        },
        quantile("p50", |time| time.p50),
        quantile("p99", |time| time.p99),
        quantile("p99.9", |time| time.p999),
        Column {
            head: "vs best",
            cells: differences(outcome, results, unicode),
        },
    ]
}

/// How the backends shared the work.
fn how_even(results: &[&StrategyResult]) -> [Column; 3] {
    let known = |number: f64, written: fn(f64) -> String| match number.is_finite() {
        true => written(number),
        false => "-".to_string(),
    };
    let utilisations = results.iter().map(|result| utilisation(result));
    [
        ratio("Jain", results, |result| {
            known(result.fairness.jain, |jain| format!("{jain:.4}"))
        }),
        ratio("max/mean", results, |result| {
            known(result.fairness.max_over_mean, |ratio| significant(ratio, 3))
        }),
        Column {
            head: "utilisation",
            cells: align_right(&utilisations.collect::<Vec<_>>()),
        },
    ]
}

/// Whether more is told than how strategies rank: variants, or what went wrong.
fn is_told(outcome: &Outcome) -> bool {
    let mut results = outcome.results.iter();
    results.any(|result| result.variant.is_some() || result.incidents.is_some())
}

fn ratio(
    head: &'static str,
    results: &[&StrategyResult],
    of: impl Fn(&StrategyResult) -> String,
) -> Column {
    let texts: Vec<String> = results.iter().map(|result| of(result)).collect();
    let (numbers, units): (Vec<String>, Vec<String>) = texts
        .iter()
        .map(|text| text.split_once(' ').unwrap_or((text, "")))
        .map(|(number, unit)| (number.to_string(), unit.to_string()))
        .unzip();
    Column {
        head,
        cells: joined(&align_points(&numbers), &units),
    }
}

fn joined(numbers: &[String], units: &[String]) -> Vec<String> {
    let texts = numbers.iter().zip(units);
    let texts: Vec<String> = texts
        .map(|(number, unit)| match unit.as_str() {
            "" => number.clone(),
            unit => format!("{number} {unit}"),
        })
        .collect();
    align_left(&texts)
}

/// In what each time is written.
fn units(times: &[Option<f64>]) -> Vec<Option<Unit>> {
    let common = Unit::common(times.iter().flatten().copied());
    let known = |time: &f64| time.is_finite();
    times
        .iter()
        .map(|time| {
            time.filter(known)
                .map(|time| common.unwrap_or(Unit::of(time)))
        })
        .collect()
}

fn symbols(units: &[Option<Unit>], unicode: bool) -> Vec<String> {
    let symbol = |unit: &Option<Unit>| unit.map_or("", |unit| unit.symbol(unicode)).to_string();
    units.iter().map(symbol).collect()
}

fn times(
    results: &[&StrategyResult],
    of: fn(&ResponseTime) -> Option<f64>,
    unicode: bool,
) -> Vec<String> {
    let times: Vec<Option<f64>> = results
        .iter()
        .map(|result| of(&result.response_time_seconds))
        .collect();
    let units = units(&times);
    let numbers: Vec<String> = times
        .iter()
        .zip(&units)
        .map(|pair| match pair {
            (Some(time), Some(unit)) => significant(time * unit.per_second, 3),
            _ => "-".to_string(),
        })
        .collect();
    joined(&align_points(&numbers), &symbols(&units, unicode))
}

fn means(results: &[&StrategyResult], unicode: bool) -> Vec<String> {
    let times: Vec<&ResponseTime> = results
        .iter()
        .map(|result| &result.response_time_seconds)
        .collect();
    let means: Vec<Option<f64>> = times.iter().map(|time| time.mean).collect();
    let units = units(&means);
    let (numbers, halves): (Vec<String>, Vec<String>) = times
        .iter()
        .zip(&units)
        .map(|(time, unit)| match (time.mean, unit) {
            (Some(mean), Some(unit)) => with_half(
                mean * unit.per_second,
                time.mean_ci95.map(|half| half * unit.per_second),
            ),
            _ => ("-".to_string(), "?".to_string()),
        })
        .unzip();
    let plus_minus = if unicode { "±" } else { "+-" };
    let both: Vec<String> = align_points(&numbers)
        .iter()
        .zip(align_points(&halves))
        .map(|(mean, half)| format!("{mean} {plus_minus} {half}"))
        .collect();
    joined(&both, &symbols(&units, unicode))
}

fn differences(outcome: &Outcome, results: &[&StrategyResult], unicode: bool) -> Vec<String> {
    let Some(best) = results.first() else {
        return Vec::new();
    };
    let all: Vec<Against> = results
        .iter()
        .map(|result| against(outcome, best, result))
        .collect();
    let (numbers, halves): (Vec<String>, Vec<String>) = all.iter().map(longer).unzip();
    let plus_minus = if unicode { "±" } else { "+-" };
    let texts: Vec<String> = all
        .iter()
        .zip(align_points(&numbers))
        .zip(align_points(&halves))
        .map(|((against, number), half)| match against {
            Against::Best => "best".to_string(),
            Against::Same => "= best (not significant)".to_string(),
            Against::Longer { .. } => format!("{number} % {plus_minus} {half}")
                .trim_end()
                .to_string(),
            Against::Unknown => "-".to_string(),
        })
        .collect();
    align_left(&texts)
}

fn longer(against: &Against) -> (String, String) {
    let &Against::Longer { share, half } = against else {
        return (String::new(), String::new());
    };
    let (number, half) = percent_with_half(share * 100.0, half.map(|half| half * 100.0));
    (
        if share < 0.0 {
            number
        } else {
            format!("+{number}")
        },
        half,
    )
}

/// Two significant digits, more where the interval gives them meaning.
fn percent_with_half(value: f64, half: Option<f64>) -> (String, String) {
    match half.filter(|half| half.is_finite() && *half > 0.0) {
        None => (significant(value, 2), "?".to_string()),
        Some(half) => {
            let places = half_decimals(half).min(decimals(value, 4));
            let text = format!("{half:.places$}");
            (format!("{value:.places$}"), text)
        }
    }
}

/// The mean, or the least and the greatest where they differ in whole percents.
fn utilisation(result: &StrategyResult) -> String {
    let all = || {
        result
            .backends
            .iter()
            .map(|backend| backend.utilization * 100.0)
    };
    let (least, greatest) = (
        all().fold(f64::INFINITY, f64::min),
        all().fold(0.0, f64::max),
    );
    if result.backends.is_empty() || !(least + greatest).is_finite() {
        return "-".to_string();
    }
    if greatest - least < 1.0 {
        let mean = all().sum::<f64>() / result.backends.len() as f64;
        return format!("{mean:.1} %");
    }
    format!("{least:.0}..{greatest:.0} %")
}

fn failed(result: &StrategyResult) -> String {
    match result.failed.total() {
        0 => "0 %".to_string(),
        failed => percent(failed as f64 / result.requests.max(1) as f64),
    }
}

/// What a reader needs to know of the columns, one sentence each.
pub(super) fn footnotes(outcome: &Outcome) -> Vec<String> {
    let results = &outcome.results;
    let mut notes = Vec::new();
    if results.is_empty() {
        return notes;
    }
    notes.push(interval_note(outcome));
    let mut compared = outcome.comparisons.iter();
    if compared.any(|comparison| comparison.ci95.is_none()) {
        notes.push("A difference of single replications has no interval: vs best ± ?.".to_string());
    }
    if results.iter().any(|result| result.failed.total() > 0) {
        notes.push(
            "Response times are those of answered requests: who turns many away can look fast."
                .to_string(),
        );
    }
    notes.extend(incidents::note(results));
    notes
}

fn interval_note(outcome: &Outcome) -> String {
    let results = &outcome.results;
    let (least, most) = results.iter().fold((u32::MAX, 0), |(least, most), result| {
        (
            least.min(result.replications),
            most.max(result.replications),
        )
    });
    let missing = |result: &StrategyResult| result.response_time_seconds.mean_ci95.is_none();
    if most <= 1 && results.iter().all(missing) {
        return "± ?: one replication gives no interval; --replications 10 does.".to_string();
    }
    let runs = match (least, most) {
        (_, 1) => "from batch means of one replication".to_string(),
        (least, most) if least == most => format!("over {most} replications"),
        (least, most) => format!("over {least} to {most} replications"),
    };
    let unknown = if results.iter().any(missing) {
        "; ± ? is not known"
    } else {
        ""
    };
    let left_out = warmup_note(results);
    let by = if some_answered_more(outcome) {
        "the share answered, then by mean response time, which `vs best` compares"
    } else {
        "mean response time"
    };
    format!("Ranked by {by}; ± is half a 95 % interval {runs}{unknown}.{left_out}")
}

/// How much of each run is in no number; nothing if that is nothing.
fn warmup_note(results: &[StrategyResult]) -> String {
    let share = |result: &StrategyResult| {
        let sent = result.requests + result.warmup_discarded;
        result.warmup_discarded as f64 / sent.max(1) as f64 * 100.0
    };
    let shares = results.iter().map(share);
    let (least, most) = (
        shares.clone().fold(f64::INFINITY, f64::min),
        shares.fold(0.0, f64::max),
    );
    if most == 0.0 {
        String::new()
    } else if most - least < 0.05 {
        format!(" The first {most:.1} % of each run are left out as warm-up.")
    } else {
        format!(" The first {least:.1} to {most:.1} % of each run are left out as warm-up.")
    }
}
