//! The first columns of the table: what each row is about.

use super::GAP;
use crate::outcome::Outcome;
use crate::report::label::Labels;
use crate::report::rank::ranked;
use crate::report::text::{clean, columns, left};

/// What results are called, by rank; heading and rows equally wide.
pub(super) struct Names {
    pub(super) head: String,
    pub(super) rows: Vec<String>,
    pub(super) width: usize,
}

impl Names {
    /// In `room` columns, if cutting the variants' names is enough for that.
    pub(super) fn new(outcome: &Outcome, unicode: bool, room: usize) -> Names {
        const SHORTEST: usize = 12;
        let labels = Labels::of(outcome);
        let heads = labels.heads();
        let mut cells: Vec<Vec<String>> = ranked(outcome)
            .iter()
            .map(|result| {
                let cells = labels.cells(result).into_iter();
                cells.map(|name| clean(name, unicode)).collect()
            })
            .collect();
        let widest = |cells: &[Vec<String>], at: usize| {
            let widths = cells.iter().map(|row| columns(&row[at]));
            widths.max().unwrap_or(0).max(columns(heads[at]))
        };
        if labels.has_variants() {
            let behind: usize = (1..heads.len()).map(|at| GAP + widest(&cells, at)).sum();
            let longest = room.saturating_sub(behind).max(SHORTEST);
            cells
                .iter_mut()
                .for_each(|row| row[0] = cut(&row[0], longest, unicode));
        }
        let widths: Vec<usize> = (0..heads.len()).map(|at| widest(&cells, at)).collect();
        let joined = |texts: Vec<&str>| {
            let texts = texts.into_iter().zip(&widths);
            let texts: Vec<String> = texts.map(|(text, &width)| left(text, width)).collect();
            texts.join(&" ".repeat(GAP))
        };
        let rows = cells.iter().map(|row| row.iter().map(String::as_str));
        Names {
            rows: rows.map(|row| joined(row.collect())).collect(),
            width: columns(&joined(heads.clone())),
            head: joined(heads),
        }
    }
}

/// At most `longest` columns of `name`, and a mark that there was more.
fn cut(name: &str, longest: usize, unicode: bool) -> String {
    if columns(name) <= longest {
        return name.to_string();
    }
    let mark = if unicode { "…" } else { "..." };
    let kept = longest.saturating_sub(columns(mark));
    let beginning: String = name.chars().take(kept).collect();
    format!("{}{mark}", beginning.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{outcome, varied};

    #[test]
    fn only_a_variant_is_cut() {
        let names = Names::new(&varied(), true, 13);
        assert_eq!(names.rows, ["with a budget", "without a bu…"]);
        assert_eq!((&*names.head, names.width), ("variant      ", 13));
        let strategies = Names::new(&outcome(), true, 0);
        assert_eq!(strategies.rows[0], "least-connections");
    }

    #[test]
    fn a_mark_says_that_there_was_more() {
        assert_eq!(cut("without a budget", 16, true), "without a budget");
        assert_eq!(cut("without a budget", 9, true), "without…");
        assert_eq!(cut("without a budget", 12, false), "without a...");
    }
}
