//! The table: each shape with an example, what it comes to, and the section of the RFC that says so.
//!
//! A shape can also be applied to any valid head, which then must come to the same.

mod fields;
mod framing;
mod request_line;
mod sizes;

use real::http::Refused;

use crate::dice::Dice;
use crate::head::Head;

/// One line of the table.
pub(crate) struct Shape {
    /// What is special about it.
    pub(crate) name: &'static str,
    /// Where that is ruled; 9110 and 9112 are the RFCs.
    pub(crate) section: &'static str,
    /// What it comes to.
    pub(crate) verdict: Verdict,
    /// A head of this shape.
    pub(crate) example: &'static [u8],
    /// Gives a valid head this shape.
    pub(crate) apply: fn(&mut Head, &mut Dice),
}

/// What a head comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accept,
    Refuse(Refused),
}

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Shape> + Clone {
    [
        request_line::SHAPES,
        fields::SHAPES,
        framing::SHAPES,
        sizes::SHAPES,
    ]
    .into_iter()
    .flatten()
}
