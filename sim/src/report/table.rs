//! The result as a person at a terminal reads it: the best strategy first.

mod names;

use super::columns::{Column, columns_of, footnotes};
use super::rank::ranked;
use super::shares::{relative_shares, spread};
use super::story::{story, verdicts};
use super::text::{clean, columns, left, wrapped};
use super::units::significant;
use super::{Echo, Style};
use crate::outcome::{Outcome, StrategyResult};
use names::Names;

const NARROWEST: usize = 60;
/// Between columns.
const GAP: usize = 2;
/// Up to this many backends each have a character of their own.
const BARS: usize = 64;

const BOLD: &str = "1";
const DIM: &str = "2";
const GREEN: &str = "32";
const YELLOW: &str = "33";

/// The headline, what happened, the strategies and variants by rank, how each spread the requests, and the notes.
/// Columns for which there is no width follow below the others.
pub fn table(echo: &Echo, outcome: &Outcome, style: Style) -> String {
    let style = Style {
        width: style.width.max(NARROWEST),
        ..style
    };
    let mut page = Page {
        style,
        text: String::new(),
    };
    page.paragraph(&echo.headline, "", BOLD);
    if outcome.interrupted {
        page.paragraph("Interrupted: what had been simulated by then.", "", YELLOW);
    }
    let (story, verdicts) = (story(outcome), verdicts(outcome));
    if !(story.is_empty() && verdicts.is_empty()) {
        page.blank();
        story.iter().for_each(|told| page.paragraph(told, "", ""));
        let verdicts = verdicts.iter();
        verdicts.for_each(|verdict| page.paragraph(verdict, "verdict: ", YELLOW));
    }
    if outcome.results.is_empty() {
        page.paragraph("No results.", "", YELLOW);
    } else {
        page.blank();
        page.strategies(outcome);
        page.blank();
        page.shares(outcome);
    }
    let notes: Vec<String> = footnotes(outcome);
    if !(notes.is_empty() && outcome.notes.is_empty()) {
        page.blank();
    }
    notes.iter().for_each(|note| page.paragraph(note, "", DIM));
    outcome
        .notes
        .iter()
        .for_each(|note| page.paragraph(note, "note: ", YELLOW));
    page.text
}

/// What is written so far.
struct Page {
    style: Style,
    text: String,
}

impl Page {
    fn paint(&self, text: &str, code: &str) -> String {
        if self.style.color && !text.is_empty() && !code.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_string()
        }
    }

    fn blank(&mut self) {
        self.text.push('\n');
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    /// Wrapped; after the first line `label` is as many blanks. Paints the label, or all if there is none.
    fn paragraph(&mut self, text: &str, label: &str, code: &str) {
        let text = clean(text, self.style.unicode);
        let lines = wrapped(&text, self.style.width - label.len());
        for (at, line) in lines.iter().enumerate() {
            let line = match (label, at) {
                ("", _) => self.paint(line, code),
                (label, 0) => format!("{}{line}", self.paint(label, code)),
                (label, _) => format!("{:pad$}{line}", "", pad = label.len()),
            };
            self.line(&line);
        }
    }

    fn strategies(&mut self, outcome: &Outcome) {
        let all = columns_of(outcome, self.style.unicode);
        let names = self.names(outcome);
        let room = self.style.width.saturating_sub(names.width);
        for (at, block) in blocks(&all, room).iter().enumerate() {
            if at > 0 {
                self.blank();
            }
            self.block(&names, block);
        }
    }

    /// By rank, as wide as leaves room for any column; a strategy's name is never cut.
    fn names(&self, outcome: &Outcome) -> Names {
        let all = columns_of(outcome, self.style.unicode);
        let widest = all.iter().map(Column::width).max().unwrap_or(0);
        let room = self.style.width.saturating_sub(GAP + widest);
        Names::new(outcome, self.style.unicode, room)
    }

    fn block(&mut self, names: &Names, block: &[Column]) {
        let head = block
            .iter()
            .map(|column| format!("{:GAP$}{}", "", centred(column.head, column)));
        let head = format!("{}{}", names.head, head.collect::<String>());
        let head = self.paint(head.trim_end(), DIM);
        self.line(&head);
        for (at, name) in names.rows.iter().enumerate() {
            let cells = block
                .iter()
                .map(|column| format!("{:GAP$}{}", "", centred(&column.cells[at], column)));
            let row = format!("{name}{}", cells.collect::<String>());
            let best = at == 0 && names.rows.len() > 1;
            let row = if best {
                self.paint(row.trim_end(), GREEN)
            } else {
                row
            };
            self.line(&row);
        }
    }

    /// A character for each backend, or what the shares lie between where there are too many.
    fn shares(&mut self, outcome: &Outcome) {
        let names = self.names(outcome);
        let most = outcome
            .results
            .iter()
            .map(|result| result.backends.len())
            .max();
        let bars = most.is_some_and(|most| most <= BARS);
        let legend = match (bars, self.style.unicode) {
            (true, true) => {
                "share of each backend: ▄ is ideal (by weight), █ twice that or more, · nothing"
            }
            (true, false) => {
                "share of each backend: 4 is ideal (by weight), 8 twice that or more, . nothing"
            }
            (false, _) => "share of each backend, 1 is ideal (by weight)",
        };
        self.paragraph(legend, "", DIM);
        for (name, result) in names.rows.iter().zip(ranked(outcome)) {
            let lines = if bars {
                self.bars(result, names.width)
            } else {
                vec![summary(result)]
            };
            for (at, line) in lines.iter().enumerate() {
                let name = if at == 0 { name.as_str() } else { "" };
                self.line(&format!("{}{:GAP$}{line}", left(name, names.width), ""));
            }
        }
    }

    fn bars(&self, result: &StrategyResult, taken: usize) -> Vec<String> {
        let shares = relative_shares(result);
        let all = spread(&shares);
        let range = format!("{:.2}..{:.2}", all.least, all.greatest);
        let bars: Vec<char> = shares
            .iter()
            .map(|share| bar(*share, self.style.unicode))
            .collect();
        let beside = taken + 2 * GAP + columns(&range);
        let room = self.style.width.saturating_sub(beside).max(8);
        let lines = bars.len().div_ceil(room).max(1);
        let each = bars.len().div_ceil(lines).max(1);
        let mut lines: Vec<String> = bars
            .chunks(each)
            .map(|chunk| chunk.iter().collect())
            .collect();
        if let Some(first) = lines.first_mut() {
            *first = format!("{first}{:GAP$}{range}", "");
        }
        lines
    }
}

/// Four eighths are the ideal share.
fn bar(relative: f64, unicode: bool) -> char {
    let eighths = ((relative * 4.0).round() as usize).clamp(1, 8);
    match (relative > 0.0, unicode) {
        (false, true) => '·',
        (false, false) => '.',
        (true, true) => ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'][eighths - 1],
        (true, false) => (b'0' + eighths as u8) as char,
    }
}

fn summary(result: &StrategyResult) -> String {
    let all = spread(&relative_shares(result));
    let [least, median, greatest] =
        [all.least, all.median, all.greatest].map(|x| significant(x, 3));
    format!("min {least}  median {median}  max {greatest}")
}

/// As many columns side by side as there is width for, at least one.
fn blocks(all: &[Column], width: usize) -> Vec<Vec<Column>> {
    let mut blocks: Vec<Vec<Column>> = vec![Vec::new()];
    let mut used = 0;
    for column in all {
        let needs = GAP + column.width();
        if used > 0 && used + needs > width {
            blocks.push(Vec::new());
            used = 0;
        }
        used += needs;
        if let Some(block) = blocks.last_mut() {
            block.push(column.clone());
        }
    }
    blocks
}

/// Headings and cells are centred on each other, but for text, which stands left.
fn centred(text: &str, column: &Column) -> String {
    let width = column.width();
    if column.head == "vs best" {
        return left(text, width);
    }
    format!("{text:^width$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{echo, empty, outcome, unknown, varied};

    const PLAIN: Style = Style {
        width: 140,
        color: false,
        unicode: true,
    };

    #[test]
    fn the_best_is_first() {
        let text = table(&echo(), &outcome(), PLAIN);
        assert_eq!(text, GOLDEN, "\n{text}");
    }

    #[test]
    fn variants_have_their_column_and_what_went_wrong_has_others() {
        let text = table(&echo(), &varied(), PLAIN);
        assert_eq!(text, VARIED, "\n{text}");
    }

    const VARIED: &str = "\
3 backends, load 0.8

“without a budget” answers 62.8 % of the requests (most of the others time out), makes 3.42 attempts per request, never recovers and takes
4.61 s at p99 where “with a budget” takes 460 ms.
“with a budget” answers 37.2 ± 0.9 points more of the same requests, makes 1.04 attempts per request and takes 2.10 s to recover.
verdict: without a budget: It stays bad after the fault is gone.

variant           answered    mean ± 95 %      p50       p99     p99.9   vs best      attempts/req  wasted  recovery   Jain   max/mean
with a budget     100   %    100.0 ± 0.4 ms   69.3 ms   460 ms   691 ms  best             1.04       0   %   2.10 s   0.9876    1.10
without a budget   62.8 %   1000   ± 4   ms  693   ms  4610 ms  6910 ms  +900 % ± 50      3.42      44.0 %    never   0.9876    1.10

variant           utilisation
with a budget       80.0 %
without a budget    80.0 %

share of each backend: ▄ is ideal (by weight), █ twice that or more, · nothing
with a budget     ▄▄  1.00..1.00
without a budget  ▄▄  1.00..1.00

Ranked by the share answered, then by mean response time, which `vs best` compares; ± is half a 95 % interval over 10 replications.
Response times are those of answered requests: who turns many away can look fast.
attempts/req: what was sent to backends for a request, retries and hedges included; wasted: the share of all service that was given for
answers nobody waited for; recovery: from the end of the last fault until all was as before.
";

    #[test]
    fn variants_of_several_strategies_have_both_names_and_fit() {
        let mut outcome = varied();
        let long = "without any budget at all, which is a long name";
        outcome.results[0].variant = Some(long.to_string());
        let mut other = outcome.results[0].clone();
        other.strategy = "least-connections".to_string();
        outcome.results.insert(1, other);
        let wide = table(
            &echo(),
            &outcome,
            Style {
                width: 200,
                ..PLAIN
            },
        );
        assert!(
            wide.contains("which is a long name  least-connections  "),
            "{wide}"
        );
        for width in 60..=200 {
            for unicode in [true, false] {
                let style = Style {
                    width,
                    unicode,
                    ..PLAIN
                };
                let text = table(&echo(), &outcome, style);
                assert!(
                    text.lines().all(|line| columns(line) <= width),
                    "{width}\n{text}"
                );
                assert!(unicode || text.is_ascii(), "{text}");
            }
        }
    }

    const GOLDEN: &str = "\
3 backends, load 0.8

strategy             mean ± 95 %      p50       p99      p99.9    vs best                    Jain   max/mean  utilisation  failed
least-connections  10.00 ± 0.04 ms   6.93 ms   46.0 ms   69.1 ms  best                      0.9876    1.10       80.0 %    0    %
two-choices        10.02 ± 0.04 ms   6.95 ms   46.1 ms   69.2 ms  = best (not significant)  0.9876    1.10     78..81 %    0    %
random             25.00 ± 0.10 ms  17.3  ms  115   ms  173   ms  +150 % ± 5                0.9876    1.10     64..88 %    1.00 %

share of each backend: ▄ is ideal (by weight), █ twice that or more, · nothing
least-connections  ▄▄▄  1.00..1.00
two-choices        ▄▄▄  0.97..1.01
random             ▃▄▄  0.80..1.10

Ranked by the share answered, then by mean response time, which `vs best` compares; ± is half a 95 % interval over 10 replications.
Response times are those of answered requests: who turns many away can look fast.
note: The offered load is near one.
";

    #[test]
    fn it_keeps_within_the_width() {
        for width in 60..=200 {
            for unicode in [true, false] {
                let style = Style {
                    width,
                    unicode,
                    ..PLAIN
                };
                let text = table(&echo(), &outcome(), style);
                assert!(
                    text.lines().all(|line| columns(line) <= width),
                    "{width}\n{text}"
                );
                assert!(unicode || text.is_ascii(), "{text}");
            }
        }
    }

    #[test]
    fn colours_change_nothing_else() {
        let painted = table(
            &echo(),
            &outcome(),
            Style {
                color: true,
                ..PLAIN
            },
        );
        let mut plain = painted.clone();
        for code in [BOLD, DIM, GREEN, YELLOW, "0"] {
            plain = plain.replace(&format!("\u{1b}[{code}m"), "");
        }
        assert_ne!(painted, plain);
        assert_eq!(plain, table(&echo(), &outcome(), PLAIN));
    }

    #[test]
    fn what_is_unknown_is_said() {
        let text = table(&echo(), &unknown(), PLAIN);
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        assert!(table(&echo(), &empty(), PLAIN).contains("No results."));
    }

    #[test]
    fn one_replication_has_no_interval_and_says_why() {
        let mut outcome = outcome();
        for result in &mut outcome.results {
            result.replications = 1;
            result.response_time_seconds.mean_ci95 = None;
        }
        for comparison in &mut outcome.comparisons {
            (comparison.ci95, comparison.significant) = (None, false);
        }
        let text = table(&echo(), &outcome, PLAIN);
        assert!(
            text.contains("± ? ") && text.contains("one replication gives no interval"),
            "{text}"
        );
    }

    #[test]
    fn a_name_as_wide_as_the_table_is_written_all_the_same() {
        let mut outcome = outcome();
        outcome.results[0].strategy = "x".repeat(80);
        let text = table(&echo(), &outcome, Style { width: 60, ..PLAIN });
        assert!(text.contains(&"x".repeat(80)), "{text}");
    }

    #[test]
    fn many_backends_are_summed_up() {
        let mut outcome = outcome();
        for result in &mut outcome.results {
            result.backends = (0..5_000).map(|at| result.backends[at % 3]).collect();
        }
        let text = table(&echo(), &outcome, PLAIN);
        assert!(
            text.contains("median") && text.lines().all(|line| columns(line) < 140),
            "{text}"
        );
    }
}
