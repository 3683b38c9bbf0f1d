//! Colours and dashes that stay apart for colour-blind eyes, on paper and on a dark screen.
//!
//! Seven colours after Okabe and Ito (2008), yellow and orange darkened until they show on white; who comes
//! after the seventh has a colour again, but dashed. Colours go by the order in which strategies were asked for.

use std::fmt::Write;

/// On white, on black.
const COLOURS: [(&str, &str); 7] = [
    ("#0072b2", "#56a8e0"),
    ("#d55e00", "#ff8a3d"),
    ("#009e73", "#2dc79a"),
    ("#b8578f", "#e39ac6"),
    ("#c08a00", "#f2c14e"),
    ("#4fb0e6", "#a5dcff"),
    ("#444444", "#d8d8d8"),
];

/// Lengths of dash and gap.
const DASHES: [&str; 4] = ["", "7 3", "2 2.5", "9 3 2 3"];

/// The rules for everything drawn, lines (`lN`) and areas (`fN`) of the first `n` strategies included.
pub(super) fn style_sheet(n: usize) -> String {
    let mut rules = format!("{INK}{}", colours(n, |(light, _)| light));
    for at in COLOURS.len()..n {
        let dash = DASHES[at / COLOURS.len() % DASHES.len()];
        let _ = write!(rules, ".ek .l{at}{{stroke-dasharray:{dash}}}");
    }
    rules.push_str(TWINS);
    let dark = colours(n, |(_, dark)| dark);
    let _ = write!(
        rules,
        "@media(prefers-color-scheme:dark){{{DARK_INK}{dark}}}"
    );
    rules
}

/// The rules for a page's samples of the colours (`sN`).
pub(super) fn swatches(n: usize) -> String {
    let rules = |of: fn((&'static str, &'static str)) -> &'static str| -> String {
        let colour = |at: usize| of(COLOURS[at % COLOURS.len()]);
        (0..n)
            .map(|at| format!(".s{at}{{background:{}}}", colour(at)))
            .collect()
    };
    let (light, dark) = (rules(|(light, _)| light), rules(|(_, dark)| dark));
    format!("{light}@media(prefers-color-scheme:dark){{{dark}}}")
}

fn colours(n: usize, of: fn((&'static str, &'static str)) -> &'static str) -> String {
    let mut rules = String::new();
    for at in 0..n {
        let colour = of(COLOURS[at % COLOURS.len()]);
        let _ = write!(
            rules,
            ".ek .l{at}{{stroke:{colour}}}.ek .f{at}{{fill:{colour}}}"
        );
    }
    rules
}

const INK: &str = ".ek{font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif}\
.ek text{fill:#1c1f24;font-size:12px}.ek .big{font-size:18px;font-weight:600}.ek .head{font-size:14px;font-weight:600}\
.ek .strong{font-weight:600}.ek .soft{fill:#626a75}.ek .small{font-size:10.5px}\
.ek .end{text-anchor:end}.ek .mid{text-anchor:middle}\
.ek .paper{fill:#fff}.ek .grid{stroke:#e3e6ea;fill:none}.ek .axis{stroke:#8a929d;fill:none}\
.ek .ideal{stroke:#1c1f24;stroke-dasharray:3 2;fill:none;opacity:.65}\
.ek .line{fill:none;stroke-width:2;stroke-linejoin:round}.ek .bar{opacity:.85}.ek .over{fill:#1c1f24}\
.ek .wide{stroke-width:3.6;opacity:.8}.ek .thin{stroke-width:1}.ek .wide.thin{stroke-width:2.2}\
.ek .sent{stroke:#1c1f24;stroke-width:1.2;stroke-dasharray:1.5 2.5;fill:none;opacity:.7}\
.ek .trouble{fill:#d55e00;opacity:.11}.ek .trouble-name{fill:#a34700}";

/// Who lies on another line lets it show through; who lies on two leaves more of them.
const TWINS: &str = ".ek .twin1{stroke-dasharray:12 12}.ek .twin2{stroke-dasharray:5 19}";

const DARK_INK: &str = ".ek text{fill:#e6e8eb}.ek .soft{fill:#9aa3ae}.ek .paper{fill:#14171b}\
.ek .grid{stroke:#2b3037}.ek .axis{stroke:#77808c}.ek .ideal{stroke:#e6e8eb}.ek .over{fill:#e6e8eb}\
.ek .sent{stroke:#e6e8eb}.ek .trouble{fill:#ff8a3d;opacity:.16}.ek .trouble-name{fill:#ffab73}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_of_28_look_the_same() {
        let looks = |at: usize| {
            (
                at % COLOURS.len(),
                DASHES[at / COLOURS.len() % DASHES.len()],
            )
        };
        for a in 0..28 {
            assert!((0..a).all(|b| looks(a) != looks(b)));
        }
        assert!(style_sheet(14).contains(".ek .l13{stroke-dasharray:7 3}"));
    }
}
