//! Where times and values stand in a panel, and how they are written.

use super::super::axis::{LogAxis, round_up};
use super::{LEFT, RIGHT};
use crate::report::units::{count, plain, tick};

/// The share of a panel above the highest mark, so that no line lies on its edge.
const HEADROOM: f64 = 0.05;
/// How a panel's numbers are drawn and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// From zero.
    Number,
    /// From zero, of one.
    Share,
    /// Logarithmic, in seconds.
    Time,
}

impl Scale {
    /// As it stands beside its mark.
    pub(super) fn written(self, value: f64) -> String {
        match self {
            Scale::Time => tick(value),
            Scale::Share => format!("{} %", plain(value * 100.0, 3)),
            Scale::Number if value >= 10.0 => count((value + 0.5) as u64),
            Scale::Number => plain(value, 3),
        }
    }
}

/// The time that all panels share.
pub(super) struct TimeAxis {
    pub(super) from: f64,
    pub(super) to: f64,
}

impl TimeAxis {
    /// The place of a time; of the end if it lies beyond.
    pub(super) fn place(&self, time: f64) -> f64 {
        let length = (self.to - self.from).max(f64::MIN_POSITIVE);
        LEFT + ((time - self.from) / length).clamp(0.0, 1.0) * (RIGHT - LEFT)
    }

    /// At most eight, evenly apart.
    pub(super) fn ticks(&self) -> Vec<f64> {
        steps(self.from, self.to, 8.0)
    }
}

/// Round values from `low` to `high`, at most `n` steps.
fn steps(low: f64, high: f64, n: f64) -> Vec<f64> {
    if high - low <= 0.0 || !(high - low).is_finite() {
        return vec![low];
    }
    let step = round_up((high - low) / n);
    let (first, last) = (
        libm::ceil(low / step - 1e-9),
        libm::floor(high / step + 1e-9),
    );
    (first as i64..=last as i64)
        .map(|at| at as f64 * step)
        .collect()
}

/// Of one panel, upwards.
pub(super) enum Axis {
    Linear { highest: f64, top: f64, bottom: f64 },
    Log(LogAxis),
}

impl Axis {
    /// That shows all of `values`.
    pub(super) fn of(
        scale: Scale,
        values: impl Iterator<Item = f64> + Clone,
        (top, bottom): (f64, f64),
    ) -> Axis {
        let positive = values.filter(|value| *value > 0.0 && value.is_finite());
        let highest = positive.clone().fold(0.0, f64::max);
        if highest == 0.0 {
            let highest = 1.0;
            return Axis::Linear {
                highest,
                top,
                bottom,
            };
        }
        if scale == Scale::Time {
            let lowest = positive.fold(f64::INFINITY, f64::min);
            return Axis::Log(LogAxis::new((lowest * 0.9, highest * 1.1), (bottom, top)));
        }
        let step = round_up(highest / 4.0);
        let highest = libm::ceil(highest / step - 1e-9) * step;
        Axis::Linear {
            highest,
            top,
            bottom,
        }
    }

    /// The place of `value`; of the end if it lies beyond.
    pub(super) fn place(&self, value: f64) -> f64 {
        match self {
            Axis::Linear {
                highest,
                top,
                bottom,
            } => {
                let share = value / highest / (1.0 + HEADROOM);
                bottom - (bottom - top) * share.clamp(0.0, 1.0)
            }
            Axis::Log(axis) => axis.place(value),
        }
    }

    /// Round values, as many as there is room for.
    pub(super) fn ticks(&self) -> Vec<f64> {
        match self {
            Axis::Linear { highest, .. } => steps(0.0, *highest, 4.0),
            Axis::Log(axis) => axis.ticks(20.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        let ticks = |from, to| TimeAxis { from, to }.ticks();
        assert_eq!(ticks(0.0, 10.0), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(ticks(0.0, 0.3).len(), 7);
        assert_eq!(ticks(1.0, 1.0), [1.0]);
    }

    #[test]
    fn an_axis_holds_all_its_values() {
        for scale in [Scale::Number, Scale::Share, Scale::Time] {
            for highest in [0.0, 1e-9, 0.3, 1.0, 7.0, 12_345.0] {
                let axis = Axis::of(
                    scale,
                    [0.0, highest / 3.0, highest].into_iter(),
                    (10.0, 110.0),
                );
                assert!((10.0..=110.0).contains(&axis.place(highest)), "{highest}");
                assert!(axis.place(highest) <= axis.place(highest / 3.0));
                assert!(
                    (2..=8).contains(&axis.ticks().len()),
                    "{highest}: {:?}",
                    axis.ticks()
                );
            }
        }
    }
}
