//! The settings of strategies.

use policy::strategy::Options;

use crate::failure::Failure;
use crate::table::Table;
use crate::value::{number, small_count, switch};

/// Beyond it a bound bounds nothing.
const BOUNDS: std::ops::RangeInclusive<f64> = 1.001..=1_000.0;

/// `--choices`, `--replacement`, `--bound`, `--ring-points` and `--sticky-keys`.
pub fn options(settings: &mut Table) -> Result<Options, Failure> {
    let default = Options::default();
    let up_to = |most: u32| move |text: &str| small_count(text, 1..=most);
    Ok(Options {
        choices: settings.or("choices", default.choices, up_to(Options::MAX_CHOICES))?,
        replacement: settings.or("replacement", default.replacement, switch)?,
        bound: settings.or("bound", default.bound, |text| number(text, BOUNDS))?,
        ring_points: settings.or(
            "ring-points",
            default.ring_points,
            up_to(Options::MAX_RING_POINTS),
        )?,
        sticky_keys: settings.or(
            "sticky-keys",
            default.sticky_keys,
            up_to(Options::MAX_STICKY_KEYS),
        )?,
    })
}
