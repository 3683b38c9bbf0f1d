//! What is written about an [`Outcome`](crate::outcome::Outcome): for programs ([`json`], [`csv`]), for a person
//! at a terminal ([`table`]), in sentences ([`story`]), as pictures ([`svg`], [`html`]), over time ([`series_csv`],
//! [`series_json`], [`series_svg`]) and request by request ([`timeline`]).
//!
//! Each is a pure function of what it is given, so equal seeds give equal bytes. A number that is unknown is
//! `null`, empty, `-` or `?`; never NaN.

mod columns;
mod csv;
mod html;
mod json;
mod label;
mod palette;
mod rank;
mod series;
mod shares;
mod story;
mod svg;
mod table;
#[cfg(test)]
mod testing;
mod text;
mod timeline;
mod units;

pub use csv::csv;
pub use html::html;
pub use json::json;
pub use series::{OverTime, Window, series_csv, series_json, verdict_sentence};
pub use story::story;
pub use svg::{series_svg, svg};
pub use table::table;
pub use timeline::timeline;

/// What every report repeats, so that it can be made again.
#[derive(Clone, Debug)]
pub struct Echo {
    /// Of the program.
    pub version: String,
    /// Where all randomness came from.
    pub seed: u64,
    /// The scenario, with every default filled in.
    pub scenario: serde_json::Value,
    /// What was simulated, in one sentence.
    pub headline: String,
}

/// What the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns; fewer than 60 are taken for 60.
    pub width: usize,
    /// Whether it understands ANSI colours.
    pub color: bool,
    /// Whether it shows more than ASCII.
    pub unicode: bool,
}
