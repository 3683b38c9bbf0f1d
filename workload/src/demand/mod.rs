//! How much service a request needs: distributions, their moments, and samplers.

mod empirical;
mod moments;
mod parse;
mod sampler;

use std::fmt;

use policy::time::Duration;

pub use empirical::Empirical;
pub use sampler::Sampler;

use crate::quantity::Human;

/// A distribution of service demands, written as `exp:10ms` or `lognormal:10ms,cv=2` (see [`Demand::FORMS`]).
///
/// Parsing checks every parameter. [`fmt::Display`] writes what parses to the same value again.
#[derive(Clone, Debug, PartialEq)]
pub enum Demand {
    /// `exp:MEAN`: exponential.
    Exponential {
        /// The mean.
        mean: Duration,
    },
    /// `const:VALUE`: always the same.
    Constant {
        /// The value.
        value: Duration,
    },
    /// `uniform:LOW..HIGH`: every value between the two equally likely.
    Uniform {
        /// The least value.
        low: Duration,
        /// The greatest value.
        high: Duration,
    },
    /// `lognormal:MEAN,cv=CV`: the logarithm is normal.
    Lognormal {
        /// The mean.
        mean: Duration,
        /// The coefficient of variation: standard deviation over mean, above 0.
        cv: f64,
    },
    /// `pareto:MEAN,alpha=ALPHA`: P(X > x) = (minimum / x)^alpha from the minimum on, which is
    /// mean (alpha - 1) / alpha.
    Pareto {
        /// The mean.
        mean: Duration,
        /// The tail's index, above 1; up to 2 the variance is infinite.
        alpha: f64,
    },
    /// `bimodal:A,p=P,B`: A with probability P, else B.
    Bimodal {
        /// The first value.
        first: Duration,
        /// The first value's probability, between 0 and 1.
        probability: f64,
        /// The other value.
        second: Duration,
    },
    /// `erlang:MEAN,k=K`: the sum of K equal exponential phases.
    Erlang {
        /// The mean of the sum.
        mean: Duration,
        /// The number of phases, 1 to 1000.
        phases: u32,
    },
    /// `hyperexp:MEAN,cv=CV`: one of two exponentials, chosen by chance, each of which carries half of the
    /// mean ("balanced means").
    Hyperexponential {
        /// The mean.
        mean: Duration,
        /// The coefficient of variation, at least 1.
        cv: f64,
    },
    /// `empirical:FILE`: one of the values in a file, all equally likely.
    Empirical(Empirical),
}

impl Demand {
    /// Every form that parses, one example each.
    pub const FORMS: &'static str = "exp:10ms const:10ms uniform:5ms..15ms lognormal:10ms,cv=2 \
        pareto:10ms,alpha=2.1 bimodal:1ms,p=0.99,100ms erlang:10ms,k=4 hyperexp:10ms,cv=2 empirical:FILE";

    /// Compiles the distribution into what draws from it.
    pub fn sampler(&self) -> Sampler {
        Sampler::new(self)
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Demand::Exponential { mean } => write!(f, "exp:{}", Human(*mean)),
            Demand::Constant { value } => write!(f, "const:{}", Human(*value)),
            Demand::Uniform { low, high } => write!(f, "uniform:{}..{}", Human(*low), Human(*high)),
            Demand::Lognormal { mean, cv } => write!(f, "lognormal:{},cv={cv}", Human(*mean)),
            Demand::Pareto { mean, alpha } => write!(f, "pareto:{},alpha={alpha}", Human(*mean)),
            Demand::Bimodal {
                first,
                probability,
                second,
            } => write!(
                f,
                "bimodal:{},p={probability},{}",
                Human(*first),
                Human(*second)
            ),
            Demand::Erlang { mean, phases } => write!(f, "erlang:{},k={phases}", Human(*mean)),
            Demand::Hyperexponential { mean, cv } => {
                write!(f, "hyperexp:{},cv={cv}", Human(*mean))
            }
            Demand::Empirical(values) => write!(f, "empirical:{}", values.path().display()),
        }
    }
}
