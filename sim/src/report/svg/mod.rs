//! The result as a picture: the tail of the response times above, the shares of the backends below.
//!
//! Plain SVG, without scripts and fonts of its own; it is legible in print and follows a dark screen.

mod axis;
mod canvas;
mod series;
mod shares;
mod tail;

use super::label::Labels;
use super::palette::style_sheet;
use super::rank::ranked;
use super::text::{clean, wrapped};
use super::units::count;
use super::{Echo, text};
use crate::outcome::{Outcome, StrategyResult};
use canvas::Canvas;
pub(super) use canvas::escaped;
pub use series::series_svg;

const WIDTH: f64 = 1000.0;
/// Where both panels' axes begin and end; labels stand before, legends behind.
const LEFT: f64 = 148.0;
const RIGHT: f64 = 748.0;
const LEGEND: f64 = 768.0;
const MARGIN: f64 = 16.0;

/// A picture of the outcome, to be opened by itself.
pub fn svg(echo: &Echo, outcome: &Outcome) -> String {
    let mut canvas = Canvas::default();
    let mut y = 14.0;
    for line in wrapped(&clean(&echo.headline, true), 78) {
        y += 24.0;
        canvas.text(MARGIN, y, "big", &line);
    }
    let y = panels(&mut canvas, outcome, y + 14.0);
    let y = footer(&mut canvas, echo, outcome, y);
    framed(&canvas, &echo.headline, outcome, y)
}

/// The panels alone, for a page that has the rest.
pub(super) fn figure(echo: &Echo, outcome: &Outcome) -> String {
    let mut canvas = Canvas::default();
    let y = panels(&mut canvas, outcome, 0.0);
    framed(&canvas, &echo.headline, outcome, y)
}

/// A result with what it is drawn in: its place among those asked for.
#[derive(Clone, Copy)]
struct Entry<'a> {
    colour: usize,
    result: &'a StrategyResult,
    labels: Labels,
}

impl Entry<'_> {
    /// In full.
    fn name(&self) -> String {
        self.labels.text(self.result)
    }

    /// Cut, so that it stays in its column.
    fn label(&self) -> String {
        const LONGEST: usize = 19;
        let name = clean(&self.name(), true);
        if text::columns(&name) <= LONGEST {
            return name;
        }
        let mut cut: String = name.chars().take(LONGEST - 1).collect();
        cut.push('…');
        cut
    }
}

/// By rank.
fn entries(outcome: &Outcome) -> Vec<Entry<'_>> {
    let place = |result: &StrategyResult| {
        let mut all = outcome.results.iter();
        all.position(|other| std::ptr::eq(other, result))
            .unwrap_or_default()
    };
    let ranked = ranked(outcome).into_iter();
    ranked
        .map(|result| Entry {
            colour: place(result),
            result,
            labels: Labels::of(outcome),
        })
        .collect()
}

/// Returns where they end.
fn panels(canvas: &mut Canvas, outcome: &Outcome, y: f64) -> f64 {
    let entries = entries(outcome);
    let y = tail::draw(canvas, &entries, y);
    shares::draw(canvas, &entries, y + 18.0)
}

fn footer(canvas: &mut Canvas, echo: &Echo, outcome: &Outcome, y: f64) -> f64 {
    let mut y = y + 8.0;
    for note in &outcome.notes {
        for line in wrapped(&clean(note, true), 145) {
            y += 16.0;
            canvas.text(MARGIN, y, "", &line);
        }
    }
    y += 20.0;
    canvas.text(MARGIN, y, "soft", &provenance(echo, outcome));
    y + 16.0
}

/// What it takes to make this again.
pub(super) fn provenance(echo: &Echo, outcome: &Outcome) -> String {
    let mut parts = vec![
        format!("Evenkeel sim {}", clean(&echo.version, true)),
        format!("seed {}", echo.seed),
    ];
    let replications = outcome.results.iter().map(|result| result.replications);
    match (replications.clone().min(), replications.max()) {
        (Some(1), Some(1)) => parts.push("1 replication".to_string()),
        (Some(least), Some(most)) if least == most => parts.push(format!("{most} replications")),
        (Some(least), Some(most)) => parts.push(format!("{least} to {most} replications")),
        _ => {}
    }
    let per = match Labels::of(outcome).has_variants() {
        true => "per variant and strategy",
        false => "per strategy",
    };
    let requests = outcome.results.iter().map(|result| result.requests);
    match (requests.clone().min(), requests.max()) {
        (Some(least), Some(most)) if least == most => {
            parts.push(format!("{} requests measured {per}", count(most)));
        }
        (Some(least), Some(most)) => parts.push(format!(
            "{} to {} requests measured {per}",
            count(least),
            count(most)
        )),
        _ => {}
    }
    if outcome.interrupted {
        parts.push("interrupted".to_string());
    }
    parts.join(" · ")
}

fn framed(canvas: &Canvas, title: &str, outcome: &Outcome, height: f64) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"ek\" role=\"img\" width=\"{WIDTH}\" \
         height=\"{height:.0}\" viewBox=\"0 0 {WIDTH} {height:.0}\">\n<title>{}</title>\n<style>{}</style>\n\
         <rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n{}</svg>\n",
        escaped(title),
        style_sheet(outcome.results.len()),
        canvas.drawn()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{echo, empty, outcome, result, unknown};

    fn elements(text: &str, name: &str) -> usize {
        let document =
            roxmltree::Document::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        document
            .descendants()
            .filter(|node| node.has_tag_name(name))
            .count()
    }

    #[test]
    fn it_is_well_formed_and_free_of_nonsense() {
        for outcome in [outcome(), empty(), unknown()] {
            let text = svg(&echo(), &outcome);
            assert!(elements(&text, "text") > 0);
            assert!(
                !text.contains("NaN") && !text.contains(">inf") && !text.contains("\"inf"),
                "{text}"
            );
        }
    }

    #[test]
    fn markup_in_names_stays_text() {
        let mut outcome = outcome();
        outcome.results[0].strategy = "</text><script>&\u{1}\"'".to_string();
        let echo = Echo {
            headline: "a < b & \u{0}c".to_string(),
            ..echo()
        };
        assert_eq!(elements(&svg(&echo, &outcome), "script"), 0);
    }

    #[test]
    fn fourteen_strategies_over_10_000_backends_stay_small() {
        let relative: Vec<f64> = (0..10_000)
            .map(|at| 1.0 + libm::sin(f64::from(at) * 1e-3))
            .collect();
        let results =
            (1..=14).map(|at| result(&format!("strategy-{at}"), f64::from(at) * 1e-3, &relative));
        let outcome = Outcome {
            results: results.collect(),
            ..empty()
        };
        let text = svg(&echo(), &outcome);
        assert!(text.len() < 200_000, "{} bytes", text.len());
        assert!(elements(&text, "path") >= 28);
    }

    #[test]
    fn fourteen_strategies_over_64_backends_stay_small() {
        let results =
            (1..=14).map(|at| result(&format!("strategy-{at}"), f64::from(at) * 1e-3, &[1.0; 64]));
        let outcome = Outcome {
            results: results.collect(),
            ..empty()
        };
        let text = svg(&echo(), &outcome);
        assert!(text.len() < 200_000, "{} bytes", text.len());
        assert!(elements(&text, "path") >= 14 * 64);
    }
}
