//! Which key a request carries: what hashing and sticky strategies choose by.

use std::fmt;
use std::str::FromStr;

use rand_core::{Rng, SeedableRng};

use crate::quantity::parse_count;
use crate::sampling::{uniform_below, uniform01};
use crate::spec::{Arguments, SpecError};
use crate::stream::Draws;

/// How many keys there may be: ranks must be exact as `f64`.
const MOST_KEYS: u64 = 1_000_000_000_000_000;

/// A distribution over the keys 0 to N - 1, written as `uniform:N` or `zipf:N,s=1.1`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Keys {
    /// `uniform:N`: all equally likely.
    Uniform {
        /// The number of keys, from 1.
        count: u64,
    },
    /// `zipf:N,s=S`: key k has a probability in proportion to (k + 1)^-s, so that key 0 is the most popular.
    Zipf {
        /// The number of keys, from 1.
        count: u64,
        /// The exponent, above 0.
        exponent: f64,
    },
}

impl Keys {
    /// Every form that parses, one example each.
    pub const FORMS: &'static str = "uniform:1000 zipf:1000,s=1.1";

    /// Compiles the distribution into what draws from it.
    pub fn sampler(&self) -> KeySampler {
        KeySampler(match *self {
            Keys::Uniform { count } => Kind::Uniform { count },
            Keys::Zipf { count, exponent } => Kind::Zipf(Zipf::new(count, exponent)),
        })
    }
}

impl FromStr for Keys {
    type Err = SpecError;

    fn from_str(spec: &str) -> Result<Keys, SpecError> {
        let (name, rest) = spec.split_once(':').unwrap_or((spec, ""));
        match name.trim() {
            "uniform" => {
                let mut arguments = Arguments::new(spec, rest, "uniform:N, such as uniform:1000");
                let count = count(&mut arguments)?;
                arguments.finish()?;
                Ok(Keys::Uniform { count })
            }
            "zipf" => {
                let mut arguments =
                    Arguments::new(spec, rest, "zipf:N,s=EXPONENT, such as zipf:1000,s=1.1");
                let count = count(&mut arguments)?;
                let exponent = arguments.number("s")?;
                arguments.require(
                    exponent > 0.0 && exponent <= 100.0,
                    "s must be above 0, at most 100",
                )?;
                arguments.finish()?;
                Ok(Keys::Zipf { count, exponent })
            }
            _ => Err(SpecError::new(format!(
                "`{spec}` is not a distribution of keys; write one of {}",
                Keys::FORMS
            ))),
        }
    }
}

fn count(arguments: &mut Arguments<'_>) -> Result<u64, SpecError> {
    let text = arguments.positional("number of keys")?;
    let count = parse_count(text).map_err(|error| arguments.refuse(error))?;
    arguments.require(
        (1..=MOST_KEYS).contains(&count),
        "the number of keys must be from 1 to 1e15",
    )?;
    Ok(count)
}

impl fmt::Display for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Keys::Uniform { count } => write!(f, "uniform:{count}"),
            Keys::Zipf { count, exponent } => write!(f, "zipf:{count},s={exponent}"),
        }
    }
}

/// The key that stands for `text`, a client's address say: the same on every machine, and spread over all
/// 64 bits. FNV-1a and SplitMix64's mixing; cost: 1 ns a byte.
pub fn key_of(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    Draws::seed_from_u64(hash).next_u64()
}

/// A compiled distribution of keys.
#[derive(Clone, Debug)]
pub struct KeySampler(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Uniform { count: u64 },
    Zipf(Zipf),
}

impl KeySampler {
    /// One key below the number of keys. Cost: uniform 1 ns; Zipf some 40 ns, whatever the number of keys.
    #[inline]
    pub fn sample(&self, draws: &mut Draws) -> u64 {
        match &self.0 {
            Kind::Uniform { count } => uniform_below(draws, *count),
            Kind::Zipf(zipf) => zipf.sample(draws),
        }
    }
}

/// Rejection-inversion (Hörmann, Derflinger 1996, "Rejection-inversion to generate variates from monotone
/// discrete distributions"): inverts the integral of x^-s, rounds, and rejects the rare point outside the
/// bars. O(1) for any number of keys; under 1.3 rounds in the mean.
#[derive(Clone, Debug)]
struct Zipf {
    count: u64,
    exponent: f64,
    /// The integral's value where the first bar begins and where the last one ends.
    range: [f64; 2],
    /// Points that lie no further than this below their rank are always accepted.
    shortcut: f64,
}

impl Zipf {
    fn new(count: u64, exponent: f64) -> Zipf {
        let mut zipf = Zipf {
            count,
            exponent,
            range: [0.0; 2],
            shortcut: 0.0,
        };
        zipf.range = [zipf.integral(1.5) - 1.0, zipf.integral(count as f64 + 0.5)];
        zipf.shortcut = 2.0 - zipf.inverse(zipf.integral(2.5) - zipf.weight(2.0));
        zipf
    }

    fn sample(&self, draws: &mut Draws) -> u64 {
        let [first, last] = self.range;
        loop {
            let area = last + uniform01(draws) * (first - last);
            let x = self.inverse(area);
            let rank = ((x + 0.5) as u64).clamp(1, self.count);
            let k = rank as f64;
            if k - x <= self.shortcut || area >= self.integral(k + 0.5) - self.weight(k) {
                return rank - 1;
            }
        }
    }

    /// x^-s.
    fn weight(&self, x: f64) -> f64 {
        libm::exp(-self.exponent * libm::log(x))
    }

    /// The integral of the weight from 1 to `x`: (x^(1-s) - 1) / (1 - s), which is ln x at s = 1.
    fn integral(&self, x: f64) -> f64 {
        let log = libm::log(x);
        expm1_ratio((1.0 - self.exponent) * log) * log
    }

    /// The `x` to which the integral is `area`.
    fn inverse(&self, area: f64) -> f64 {
        // Rounding may take it just below -1, where the logarithm ends.
        let t = (area * (1.0 - self.exponent)).max(-1.0);
        libm::exp(log1p_ratio(t) * area)
    }
}

/// (e^x - 1) / x, 1 at 0.
fn expm1_ratio(x: f64) -> f64 {
    if x.abs() > 1e-8 {
        libm::expm1(x) / x
    } else {
        1.0 + 0.5 * x
    }
}

/// ln(1 + x) / x, 1 at 0.
fn log1p_ratio(x: f64) -> f64 {
    if x.abs() > 1e-8 {
        libm::log1p(x) / x
    } else {
        1.0 - 0.5 * x
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{Purpose, Stream};
    use proptest::prelude::*;

    fn draws(number: u64) -> Draws {
        Stream::new(1, 0, Purpose::Keys).at(number)
    }

    fn sampler(spec: &str) -> KeySampler {
        spec.parse::<Keys>().unwrap().sampler()
    }

    #[test]
    fn every_listed_form_is_read_and_written_back() {
        for form in Keys::FORMS.split(' ') {
            assert_eq!(form.parse::<Keys>().unwrap().to_string(), form);
        }
        assert_eq!("uniform:1M".parse(), Ok(Keys::Uniform { count: 1_000_000 }));
    }

    #[test]
    fn refusals_say_what_where_and_what_is_allowed() {
        for (spec, why) in [
            ("", "write one of uniform:1000"),
            ("uniform", "the number of keys is missing"),
            ("uniform:0", "from 1 to 1e15"),
            ("zipf:10", "`s=` is missing"),
            ("zipf:10,s=0", "s must be above 0"),
            ("zipf:1.5,s=1", "not whole"),
        ] {
            let sentence = spec.parse::<Keys>().unwrap_err().to_string();
            assert!(sentence.contains(why), "{spec}: {sentence}");
        }
    }

    /// Pinned: another value here means that no earlier result can be reproduced.
    #[test]
    fn golden() {
        let first = |spec| [0, 1, 2].map(|number| sampler(spec).sample(&mut draws(number)));
        assert_eq!(first("uniform:1000000"), [888999, 165123, 432290]);
        assert_eq!(first("zipf:1000000,s=1.1"), [0, 14053, 162]);
        assert_eq!(
            first("zipf:1e15,s=0.5"),
            [12321127883171, 697018449795366, 322293881540533]
        );
        assert_eq!(key_of("10.0.0.7"), 16564551324205764126);
    }

    /// Chi-square over the keys, the rarest together.
    #[test]
    fn frequencies_follow_the_power_of_the_rank() {
        let n = 400_000;
        for (count, exponent) in [(10u64, 1.0), (100, 0.5), (1000, 1.1), (50, 3.0), (1, 1.0)] {
            let sampler = Keys::Zipf { count, exponent }.sampler();
            let mut counts = vec![0.0; count as usize];
            for number in 0..n {
                counts[sampler.sample(&mut draws(number)) as usize] += 1.0;
            }
            let weights: Vec<f64> = (1..=count)
                .map(|rank| libm::pow(rank as f64, -exponent))
                .collect();
            let total: f64 = weights.iter().sum();
            let (mut square, mut cells, mut rare) = (0.0, 0.0, (0.0, 0.0));
            for (count, weight) in counts.iter().zip(&weights) {
                rare = (rare.0 + count, rare.1 + n as f64 * weight / total);
                if rare.1 > 10.0 {
                    square += (rare.0 - rare.1) * (rare.0 - rare.1) / rare.1;
                    cells += 1.0;
                    rare = (0.0, 0.0);
                }
            }
            // Mean cells - 1, variance twice that.
            let freedom: f64 = cells - 1.0;
            assert!(
                square <= freedom + 3.5 * (2.0 * freedom).sqrt() + 1e-9,
                "zipf:{count},s={exponent}: {square} with {freedom} degrees of freedom"
            );
        }
    }

    proptest! {
        #[test]
        fn keys_are_below_their_number(number in 0u64..1 << 40, count in 1u64..=MOST_KEYS, exponent in 0.001f64..100.0) {
            let zipf = Keys::Zipf { count, exponent }.sampler();
            prop_assert!(zipf.sample(&mut draws(number)) < count);
            let uniform = Keys::Uniform { count }.sampler();
            prop_assert!(uniform.sample(&mut draws(number)) < count);
        }
    }
}
