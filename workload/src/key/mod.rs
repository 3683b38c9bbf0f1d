//! Which key a request carries: what hashing and sticky strategies choose by.

mod zipf;

use std::fmt;
use std::str::FromStr;

use policy::hash;

use crate::quantity::parse_count;
use crate::sampling::uniform_below;
use crate::spec::{Arguments, SpecError};
use crate::stream::Draws;
use zipf::Zipf;

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

/// The key that stands for `text`, a client's address say: the same on every machine, and the one by which a
/// balancer would place it.
pub fn key_of(text: &str) -> u64 {
    hash::of_bytes(text.as_bytes())
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
