//! What was solved, as text.

use std::fmt::Write;

use super::Case;

/// One line a case, under a heading.
pub fn table<'a>(cases: impl IntoIterator<Item = &'a Case>) -> String {
    let mut text = format!(
        "{:<18} {:>2} {:>6} {:>5} {:>15} {:>9} {:>9}\n",
        "strategy", "n", "speeds", "load", "mean response", "states", "cut off"
    );
    for case in cases {
        let speeds: Vec<String> = case.speeds.iter().map(u32::to_string).collect();
        writeln!(
            text,
            "{:<18} {:>2} {:>6} {:>5} {:>15.6} {:>9} {:>9.1e}",
            case.strategy.about().name,
            case.servers,
            speeds.join(":"),
            case.load,
            case.mean_response,
            case.states,
            case.truncated
        )
        .expect("a string takes everything");
    }
    text.push_str("Times are in mean services at speed 1; cut off is the probability of the states at the cut.\n");
    text
}
