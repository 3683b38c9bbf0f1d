//! Holding measurements against exact values.

use sim::stats::{Interval, interval};

/// Every interval of these tests.
pub const CONFIDENCE: f64 = 0.999;

/// The interval for the mean of independent `values`.
pub fn interval_999(values: &[f64]) -> Interval {
    interval(values, CONFIDENCE).expect("two values or more")
}

/// The interval is narrow, its half-width below 1 % of `exact`, and contains `exact`.
pub fn agrees(what: &str, values: impl IntoIterator<Item = f64>, exact: f64) {
    agrees_to(0.01, what, values, exact);
}

/// As [`agrees`], with another share than 1 %.
pub fn agrees_to(share: f64, what: &str, values: impl IntoIterator<Item = f64>, exact: f64) {
    let values: Vec<f64> = values.into_iter().collect();
    let found = interval_999(&values);
    let Interval { mean, half_width } = found;
    println!("{what:<52} {mean:>12.6} ± {half_width:<10.6} theory {exact:>12.6}");
    assert!(
        half_width < share * exact.abs(),
        "{what}: ± {half_width} of {exact} is too wide to mean anything"
    );
    assert!(
        !found.excludes(exact),
        "{what}: {mean} ± {half_width}, theory {exact}"
    );
}

/// The mean of `differences` is above zero, and that is no accident.
pub fn is_positive(what: &str, differences: impl IntoIterator<Item = f64>) {
    let differences: Vec<f64> = differences.into_iter().collect();
    let Interval { mean, half_width } = interval_999(&differences);
    println!("{what:<52} {mean:>12.6} ± {half_width:<10.6} above 0");
    assert!(mean > half_width, "{what}: {mean} ± {half_width}");
}
