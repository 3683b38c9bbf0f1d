//! What was found, for people and for programs.

mod table;

use crate::findings::Findings;

pub use table::{table, told};

/// One object of JSON and a newline.
pub fn json(findings: &Findings) -> String {
    let text = serde_json::to_string_pretty(findings).expect("findings have only strings for keys");
    text + "\n"
}
