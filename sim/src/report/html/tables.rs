//! The page's tables.

use crate::outcome::{
    BackendResult, COMPLETED_SHARE, Comparison, MEAN_RESPONSE, Outcome, P99_RESPONSE,
    StrategyResult,
};
use crate::report::columns::columns_of;
use crate::report::label::Labels;
use crate::report::rank::ranked as by_rank;
use crate::report::shares::relative_shares;
use crate::report::svg::escaped;
use crate::report::units::{count, duration, significant};

/// More rows than this nobody reads; all are in the JSON.
const MOST_BACKENDS: usize = 256;
/// Up to this many rows are shown without being asked for.
const FEW: usize = 16;

/// The terminal's table.
pub(super) fn ranked(outcome: &Outcome) -> String {
    let columns = columns_of(outcome, true);
    let results = by_rank(outcome);
    let heads = columns
        .iter()
        .map(|column| format!("<th>{}</th>", escaped(column.head)));
    let labels = Labels::of(outcome);
    let names: String = labels
        .heads()
        .iter()
        .map(|head| format!("<th>{head}</th>"))
        .collect();
    let head = format!("{names}{}<th>throughput</th>", heads.collect::<String>());
    let rows = results.iter().enumerate().map(|(at, result)| {
        let cells = columns
            .iter()
            .map(|column| format!("<td class=\"m\">{}</td>", escaped(&column.cells[at])));
        let rate = format!(
            "<td class=\"n\">{} /s</td>",
            number(result.throughput_per_second)
        );
        format!(
            "{}{}{rate}",
            name_cells(outcome, result),
            cells.collect::<String>()
        )
    });
    table(&head, rows)
}

/// Every pair and metric, collapsed if there are many.
pub(super) fn comparisons(outcome: &Outcome) -> String {
    if outcome.comparisons.is_empty() {
        return String::new();
    }
    let head = "<th>metric</th><th>of</th><th>less that of</th><th class=\"n\">difference</th>\
                <th class=\"n\">± 95 %</th><th>significant</th>";
    let labels = Labels::of(outcome);
    let rows = outcome.comparisons.iter();
    let table = table(head, rows.map(|pair| comparison(labels, pair)));
    let heading = "Differences on identical requests";
    details(heading, &table, outcome.comparisons.len() <= FEW)
}

fn comparison(labels: Labels, comparison: &Comparison) -> String {
    let (metric, written): (&str, fn(f64) -> String) = match comparison.metric {
        MEAN_RESPONSE => ("mean response time", duration),
        P99_RESPONSE => ("p99 response time", duration),
        COMPLETED_SHARE => ("share answered", points),
        other => (other, |value| significant(value, 3)),
    };
    let name = |variant: &Option<String>, strategy: &str| {
        escaped(&labels.compared(variant.as_deref(), strategy))
    };
    let significant = match (comparison.ci95, comparison.significant) {
        (None, _) => "unknown",
        (_, true) => "yes",
        (_, false) => "no",
    };
    format!(
        "<td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{significant}</td>",
        escaped(metric),
        name(&comparison.b_variant, &comparison.b),
        name(&comparison.a_variant, &comparison.a),
        signed(comparison.difference, written),
        comparison.ci95.map_or("?".to_string(), written),
    )
}

/// A difference of shares.
fn points(share: f64) -> String {
    format!("{} points", significant(share * 100.0, 3))
}

fn signed(value: f64, written: fn(f64) -> String) -> String {
    let text = written(value);
    if value > 0.0 {
        format!("+{text}")
    } else {
        text.replace('-', "−")
    }
}

/// A row for each backend, two columns for each strategy.
pub(super) fn backends(outcome: &Outcome) -> String {
    let results = by_rank(outcome);
    let Some(first) = results.first().filter(|first| !first.backends.is_empty()) else {
        return String::new();
    };
    let shares: Vec<Vec<f64>> = results
        .iter()
        .map(|result| relative_shares(result))
        .collect();
    let cells = |at: usize| -> String {
        let results = results.iter().zip(&shares);
        results
            .map(|(result, shares)| backend_cells(shares.get(at), result.backends.get(at)))
            .collect()
    };
    let shown = first.backends.iter().take(MOST_BACKENDS);
    let rows = shown.zip(0..).map(|(backend, at)| {
        format!(
            "<td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>{}",
            backend.id,
            number(backend.weight),
            number(backend.speed),
            cells(at)
        )
    });
    let table = table(&backend_heads(outcome, &results), rows);
    let all = first.backends.len();
    let heading = match all {
        all if all > MOST_BACKENDS => {
            format!(
                "Backends: the first {MOST_BACKENDS} of {}, all are in the JSON",
                count(all as u64)
            )
        }
        _ => "Backends".to_string(),
    };
    details(&heading, &table, all <= FEW)
}

/// What one strategy sent to one backend, and how busy that was.
fn backend_cells(share: Option<&f64>, backend: Option<&BackendResult>) -> String {
    let share = share.map_or("-".to_string(), |share| format!("{share:.3}"));
    let busy = backend.map_or("-".to_string(), |backend| {
        number(backend.utilization * 100.0)
    });
    format!("<td class=\"n\">{share}</td><td class=\"n\">{busy} %</td>")
}

fn backend_heads(outcome: &Outcome, results: &[&StrategyResult]) -> String {
    let names = results
        .iter()
        .map(|result| format!("<th colspan=\"2\">{}</th>", named(outcome, result)));
    let each = "<th class=\"n\">share / ideal</th><th class=\"n\">utilisation</th>";
    format!(
        "<th colspan=\"3\"></th>{}</tr>\n<tr><th class=\"n\">backend</th><th class=\"n\">weight</th>\
         <th class=\"n\">speed</th>{}",
        names.collect::<String>(),
        each.repeat(results.len())
    )
}

fn colour(outcome: &Outcome, result: &StrategyResult) -> usize {
    let mut all = outcome.results.iter();
    all.position(|other| std::ptr::eq(other, result))
        .unwrap_or_default()
}

/// The name with the colour it has in the pictures.
fn named(outcome: &Outcome, result: &StrategyResult) -> String {
    let colour = colour(outcome, result);
    let name = Labels::of(outcome).text(result);
    format!("<span class=\"swatch s{colour}\"></span>{}", escaped(&name))
}

/// The same in cells, a name each.
fn name_cells(outcome: &Outcome, result: &StrategyResult) -> String {
    let mut cells = String::new();
    for (at, name) in Labels::of(outcome).cells(result).iter().enumerate() {
        let swatch = match at {
            0 => format!(
                "<span class=\"swatch s{}\"></span>",
                colour(outcome, result)
            ),
            _ => String::new(),
        };
        cells.push_str(&format!("<td>{swatch}{}</td>", escaped(name)));
    }
    cells
}

fn number(value: f64) -> String {
    if value.is_finite() {
        significant(value, 3)
    } else {
        "-".to_string()
    }
}

fn table(head: &str, rows: impl Iterator<Item = String>) -> String {
    let rows: String = rows.map(|row| format!("<tr>{row}</tr>\n")).collect();
    format!(
        "<div class=\"scroll\"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
    )
}

fn details(heading: &str, content: &str, open: bool) -> String {
    let open = if open { " open=\"open\"" } else { "" };
    format!(
        "<details{open}><summary>{}</summary>\n{content}</details>\n",
        escaped(heading)
    )
}
