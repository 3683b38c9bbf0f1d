//! The page's tables.

use crate::outcome::{BackendResult, Comparison, Outcome, StrategyResult};
use crate::report::columns::columns_of;
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
    let head = format!(
        "<th>strategy</th>{}<th>throughput</th>",
        heads.collect::<String>()
    );
    let rows = results.iter().enumerate().map(|(at, result)| {
        let cells = columns
            .iter()
            .map(|column| format!("<td class=\"m\">{}</td>", escaped(&column.cells[at])));
        let rate = format!(
            "<td class=\"n\">{} /s</td>",
            number(result.throughput_per_second)
        );
        format!(
            "<td>{}</td>{}{rate}",
            named(outcome, result),
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
    let table = table(head, outcome.comparisons.iter().map(comparison));
    let heading = "Differences on identical requests";
    details(heading, &table, outcome.comparisons.len() <= FEW)
}

fn comparison(comparison: &Comparison) -> String {
    let metric = match comparison.metric {
        "response_time_seconds.mean" => "mean response time",
        "response_time_seconds.p99" => "p99 response time",
        other => other,
    };
    let significant = match (comparison.ci95, comparison.significant) {
        (None, _) => "unknown",
        (_, true) => "yes",
        (_, false) => "no",
    };
    format!(
        "<td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{significant}</td>",
        escaped(metric),
        escaped(&comparison.b),
        escaped(&comparison.a),
        signed(comparison.difference),
        comparison.ci95.map_or("?".to_string(), duration),
    )
}

fn signed(seconds: f64) -> String {
    let text = duration(seconds);
    if seconds > 0.0 {
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
    let row = |backend: &BackendResult, at: usize| {
        let cells = results.iter().zip(&shares).map(|(result, shares)| {
            let (share, busy) = (shares.get(at), result.backends.get(at));
            let share = share.map_or("-".to_string(), |share| format!("{share:.3}"));
            let busy = busy.map_or("-".to_string(), |backend| {
                number(backend.utilization * 100.0)
            });
            format!("<td class=\"n\">{share}</td><td class=\"n\">{busy} %</td>")
        });
        format!(
            "<td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>{}",
            backend.id,
            number(backend.weight),
            number(backend.speed),
            cells.collect::<String>()
        )
    };
    let shown = first.backends.iter().take(MOST_BACKENDS);
    let table = table(
        &backend_heads(outcome, &results),
        shown.zip(0..).map(|(backend, at)| row(backend, at)),
    );
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

/// The name with the colour it has in the pictures.
fn named(outcome: &Outcome, result: &StrategyResult) -> String {
    let mut all = outcome.results.iter();
    let colour = all
        .position(|other| std::ptr::eq(other, result))
        .unwrap_or_default();
    format!(
        "<span class=\"swatch s{colour}\"></span>{}",
        escaped(&result.strategy)
    )
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
