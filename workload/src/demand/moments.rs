//! Means and variances, which theory and the offered load are computed from.

use super::Demand;

impl Demand {
    /// The mean in seconds.
    pub fn mean_seconds(&self) -> f64 {
        match self {
            Demand::Exponential { mean }
            | Demand::Lognormal { mean, .. }
            | Demand::Pareto { mean, .. }
            | Demand::Erlang { mean, .. }
            | Demand::Hyperexponential { mean, .. } => mean.as_seconds(),
            Demand::Constant { value } => value.as_seconds(),
            Demand::Uniform { low, high } => 0.5 * (low.as_seconds() + high.as_seconds()),
            Demand::Bimodal {
                first,
                probability,
                second,
            } => probability * first.as_seconds() + (1.0 - probability) * second.as_seconds(),
            Demand::Empirical(values) => values.mean_seconds(),
        }
    }

    /// The squared coefficient of variation: variance over squared mean; infinite for `pareto` with an
    /// alpha up to 2.
    pub fn scv(&self) -> f64 {
        match self {
            Demand::Exponential { .. } => 1.0,
            Demand::Constant { .. } => 0.0,
            Demand::Uniform { low, high } => {
                let width = high.as_seconds() - low.as_seconds();
                width * width / 12.0 / square(self.mean_seconds())
            }
            Demand::Lognormal { cv, .. } | Demand::Hyperexponential { cv, .. } => cv * cv,
            Demand::Pareto { alpha, .. } if *alpha <= 2.0 => f64::INFINITY,
            Demand::Pareto { alpha, .. } => 1.0 / (alpha * (alpha - 2.0)),
            Demand::Bimodal {
                first,
                probability,
                second,
            } => {
                let difference = first.as_seconds() - second.as_seconds();
                let variance = probability * (1.0 - probability) * square(difference);
                variance / square(self.mean_seconds())
            }
            Demand::Erlang { phases, .. } => 1.0 / f64::from(*phases),
            Demand::Empirical(values) => values.scv(),
        }
    }
}

fn square(x: f64) -> f64 {
    x * x
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(text: &str) -> (f64, f64) {
        let demand: Demand = text.parse().unwrap();
        (demand.mean_seconds(), demand.scv())
    }

    #[track_caller]
    fn near(actual: (f64, f64), expected: (f64, f64)) {
        assert!((actual.0 - expected.0).abs() < 1e-12, "{actual:?}");
        assert!((actual.1 - expected.1).abs() < 1e-9, "{actual:?}");
    }

    #[test]
    fn moments_by_hand() {
        near(moments("exp:10ms"), (0.01, 1.0));
        near(moments("const:10ms"), (0.01, 0.0));
        near(moments("uniform:0s..12ms"), (0.006, 1.0 / 3.0));
        near(moments("lognormal:10ms,cv=2"), (0.01, 4.0));
        near(moments("pareto:10ms,alpha=4"), (0.01, 0.125));
        near(moments("bimodal:1ms,p=0.5,3ms"), (0.002, 0.25));
        near(moments("erlang:10ms,k=4"), (0.01, 0.25));
        near(moments("hyperexp:10ms,cv=3"), (0.01, 9.0));
        assert_eq!(moments("pareto:10ms,alpha=2"), (0.01, f64::INFINITY));
    }
}
