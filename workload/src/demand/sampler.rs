//! Drawing from a [`Demand`].

use std::sync::Arc;

use policy::time::Duration;

use super::Demand;
use crate::sampling::{Exp1, Normal, uniform_below, uniform01};
use crate::stream::Draws;

/// A compiled distribution. A clone shares its tables.
///
/// Cost: `exp` about 3 ns, `const` below 1 ns, behind one branch that always goes the same way; `lognormal`
/// and `pareto` take 15 to 30 ns for an `exp` more, `erlang` 3 ns a phase, the others 2 to 5 ns.
#[derive(Clone, Debug)]
pub struct Sampler(Kind);

/// One form each, parameters in nanoseconds, as samples are.
#[derive(Clone, Debug)]
enum Kind {
    Exponential {
        exp1: Exp1,
        mean: f64,
    },
    Constant {
        value: Duration,
    },
    Uniform {
        low: f64,
        width: f64,
    },
    /// exp(location + scale * normal).
    Lognormal {
        normal: Normal,
        location: f64,
        scale: f64,
    },
    /// minimum * exp(exponent * exponential).
    Pareto {
        exp1: Exp1,
        minimum: f64,
        exponent: f64,
    },
    Bimodal {
        first: Duration,
        probability: f64,
        second: Duration,
    },
    Erlang {
        exp1: Exp1,
        phases: u32,
        phase_mean: f64,
    },
    Hyperexponential {
        exp1: Exp1,
        probability: f64,
        means: [f64; 2],
    },
    Empirical {
        values: Arc<[Duration]>,
    },
}

impl Sampler {
    /// Compiles `demand`, in some 10 us for the tables.
    pub fn new(demand: &Demand) -> Sampler {
        Sampler(match demand {
            Demand::Exponential { mean } => Kind::Exponential {
                exp1: Exp1::new(),
                mean: mean.0 as f64,
            },
            Demand::Constant { value } => Kind::Constant { value: *value },
            Demand::Uniform { low, high } => Kind::Uniform {
                low: low.0 as f64,
                width: high.0 as f64 - low.0 as f64,
            },
            Demand::Lognormal { mean, cv } => lognormal(mean.0 as f64, *cv),
            Demand::Pareto { mean, alpha } => Kind::Pareto {
                exp1: Exp1::new(),
                minimum: mean.0 as f64 * (alpha - 1.0) / alpha,
                exponent: 1.0 / alpha,
            },
            Demand::Bimodal {
                first,
                probability,
                second,
            } => Kind::Bimodal {
                first: *first,
                probability: *probability,
                second: *second,
            },
            Demand::Erlang { mean, phases } => Kind::Erlang {
                exp1: Exp1::new(),
                phases: *phases,
                phase_mean: mean.0 as f64 / f64::from(*phases),
            },
            Demand::Hyperexponential { mean, cv } => hyperexponential(mean.0 as f64, *cv),
            Demand::Empirical(values) => Kind::Empirical {
                values: values.shared(),
            },
        })
    }

    /// One demand, rounded to the nearest nanosecond (0 is possible).
    #[inline]
    pub fn sample(&self, draws: &mut Draws) -> Duration {
        match &self.0 {
            Kind::Exponential { exp1, mean } => rounded(exp1.sample(draws) * mean),
            Kind::Constant { value } => *value,
            rarer => rarer.sample(draws),
        }
    }
}

impl Kind {
    /// The forms that are not worth a place in the caller's loop.
    #[inline(never)]
    fn sample(&self, draws: &mut Draws) -> Duration {
        match self {
            Kind::Exponential { exp1, mean } => rounded(exp1.sample(draws) * mean),
            Kind::Constant { value } => *value,
            Kind::Uniform { low, width } => rounded(low + uniform01(draws) * width),
            Kind::Lognormal {
                normal,
                location,
                scale,
            } => rounded(libm::exp(location + scale * normal.sample(draws))),
            Kind::Pareto {
                exp1,
                minimum,
                exponent,
            } => rounded(minimum * libm::exp(exponent * exp1.sample(draws))),
            Kind::Bimodal {
                first,
                probability,
                second,
            } => match uniform01(draws) < *probability {
                true => *first,
                false => *second,
            },
            Kind::Erlang {
                exp1,
                phases,
                phase_mean,
            } => {
                let phases = (0..*phases).map(|_| exp1.sample(draws));
                rounded(phases.sum::<f64>() * phase_mean)
            }
            Kind::Hyperexponential {
                exp1,
                probability,
                means,
            } => {
                let branch = usize::from(uniform01(draws) >= *probability);
                rounded(exp1.sample(draws) * means[branch])
            }
            Kind::Empirical { values } => {
                values[uniform_below(draws, values.len() as u64) as usize]
            }
        }
    }
}

/// mean = exp(location + scale^2 / 2) and cv^2 = exp(scale^2) - 1.
fn lognormal(mean: f64, cv: f64) -> Kind {
    let variance = libm::log1p(cv * cv);
    Kind::Lognormal {
        normal: Normal::new(),
        location: libm::log(mean) - 0.5 * variance,
        scale: libm::sqrt(variance),
    }
}

/// The branch with probability p has the mean m / 2p, the other m / 2(1 - p): each carries half of m.
fn hyperexponential(mean: f64, cv: f64) -> Kind {
    let scv = cv * cv;
    let probability = 0.5 * (1.0 + libm::sqrt((scv - 1.0) / (scv + 1.0)));
    Kind::Hyperexponential {
        exp1: Exp1::new(),
        probability,
        means: [0.5 * mean / probability, 0.5 * mean / (1.0 - probability)],
    }
}

/// The nearest whole nanosecond; saturates after 292 years (by way of `i64`, which converts in one
/// instruction).
#[inline]
fn rounded(nanoseconds: f64) -> Duration {
    Duration((nanoseconds + 0.5) as i64 as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demand::Empirical;
    use crate::stream::{Purpose, Stream};

    fn stream(seed: u64) -> Stream {
        Stream::new(seed, 0, Purpose::Demands)
    }

    fn sampler(text: &str) -> Sampler {
        text.parse::<Demand>().unwrap().sampler()
    }

    /// Pinned: another value here means that no earlier result can be reproduced.
    #[test]
    fn golden() {
        for (text, expected) in [
            ("exp:10ms", [3864613, 14968193, 100764220]),
            ("const:10ms", [10_000_000; 3]),
            ("uniform:5ms..15ms", [10438436, 13021456, 13916818]),
            ("lognormal:10ms,cv=2", [2372352, 843977, 373080180]),
            ("pareto:10ms,alpha=2.1", [6296457, 10683805, 635399630]),
            ("bimodal:1ms,p=0.5,100ms", [100000000, 100000000, 100000000]),
            ("erlang:10ms,k=4", [12616709, 9360955, 32562136]),
            ("hyperexp:10ms,cv=2", [6051242, 3884135, 69794262]),
        ] {
            let sampler = sampler(text);
            // Request 1050 is the first whose exponential draw lies in the ziggurat's tail.
            let values = [0, 1, 1050].map(|number| sampler.sample(&mut stream(1).at(number)).0);
            assert_eq!(values, expected, "{text}");
        }
    }

    /// Mean and scv of twenty batches against the stated ones, in standard errors that the batches estimate.
    #[test]
    fn samples_have_the_stated_moments() {
        for text in [
            "exp:10ms",
            "uniform:5ms..15ms",
            "lognormal:10ms,cv=0.5",
            "lognormal:10ms,cv=1.5",
            "pareto:10ms,alpha=9",
            "bimodal:1ms,p=0.99,100ms",
            "erlang:10ms,k=4",
            "hyperexp:10ms,cv=1",
            "hyperexp:10ms,cv=3",
            "exp:150ns",
        ] {
            let demand: Demand = text.parse().unwrap();
            let sampler = demand.sampler();
            let batches: Vec<(f64, f64)> = (0..20)
                .map(|seed| {
                    let stream = stream(seed);
                    let values = (0..100_000)
                        .map(|number| sampler.sample(&mut stream.at(number)).as_seconds());
                    let relative = values.map(|x| x / demand.mean_seconds());
                    let (sum, squares) =
                        relative.fold((0.0, 0.0), |(sum, squares), x| (sum + x, squares + x * x));
                    (sum / 1e5, squares / 1e5 - 1.0)
                })
                .collect();
            agrees(text, batches.iter().map(|batch| batch.0).collect(), 1.0);
            agrees(
                text,
                batches.iter().map(|batch| batch.1).collect(),
                demand.scv(),
            );
        }
    }

    /// Student's t with 19 degrees of freedom: 3.88 is exceeded once in a thousand.
    fn agrees(text: &str, estimates: Vec<f64>, exact: f64) {
        let n = estimates.len() as f64;
        let mean = estimates.iter().sum::<f64>() / n;
        let squares: f64 = estimates.iter().map(|x| (x - mean) * (x - mean)).sum();
        let error = (squares / (n - 1.0) / n).sqrt();
        assert!(
            error <= 0.05 * exact,
            "{text}: {error} is too wide to mean anything"
        );
        assert!(
            (mean - exact).abs() <= 3.88 * error,
            "{text}: {mean} ± {error}, stated {exact}"
        );
    }

    /// Its variance is infinite, so its quantiles are tested: P(X > minimum * 2) = 2^-alpha.
    #[test]
    fn pareto_has_the_stated_tail() {
        let sampler = sampler("pareto:11ms,alpha=1.1");
        let n = 1_000_000u32;
        let beyond = |limit: u64| {
            let stream = stream(1);
            (0..u64::from(n))
                .filter(|&number| sampler.sample(&mut stream.at(number)).0 > limit)
                .count()
        };
        for (factor, limit) in [(1.0, 999_999), (2.0, 2_000_000), (100.0, 100_000_000)] {
            let expected = f64::from(n) * libm::pow(factor, -1.1);
            let error = (expected * (1.0 - expected / f64::from(n))).sqrt();
            assert!(
                (beyond(limit) as f64 - expected).abs() <= 3.5 * error,
                "{factor}"
            );
        }
    }

    #[test]
    fn recorded_values_are_drawn_equally_often() {
        let lines = b"1\n2\n3\n4\n";
        let values = Empirical::from_lines("four".as_ref(), &lines[..]).unwrap();
        let sampler = Demand::Empirical(values).sampler();
        let counts = (0..40_000).fold([0u32; 4], |mut counts, number| {
            let value = sampler.sample(&mut stream(1).at(number));
            counts[(value.0 / 1_000_000_000) as usize - 1] += 1;
            counts
        });
        // The standard deviation of each is 87.
        assert!(
            counts.iter().all(|&count| count.abs_diff(10_000) < 300),
            "{counts:?}"
        );
    }
}
