//! Reading a [`Demand`] from its text.

use std::path::Path;
use std::str::FromStr;

use policy::time::Duration;

use super::{Demand, Empirical};
use crate::quantity::{Human, parse_duration};
use crate::spec::{Arguments, SpecError};

/// The clock's step is 1 ns: below this mean, rounding to it would move a sample by more than 1 %.
const LEAST_MEAN: Duration = Duration(100);
/// Beyond a day a mean is a slip of the unit, and sums of many would leave the clock's 584 years.
const GREATEST_MEAN: Duration = Duration(86_400_000_000_000);
/// Samples take one draw a phase; beyond a thousand they are constant to 3 %.
const MOST_PHASES: f64 = 1000.0;

impl FromStr for Demand {
    type Err = SpecError;

    /// Reads a specification; for `empirical:FILE` this reads the file as well.
    fn from_str(spec: &str) -> Result<Demand, SpecError> {
        let (name, rest) = spec.split_once(':').unwrap_or((spec, ""));
        let arguments = |form| Arguments::new(spec, rest, form);
        let demand = match name.trim() {
            "exp" => exponential(arguments("exp:MEAN, such as exp:10ms")),
            "const" => constant(arguments("const:VALUE, such as const:10ms")),
            "uniform" => uniform(arguments("uniform:LOW..HIGH, such as uniform:5ms..15ms")),
            "lognormal" => lognormal(arguments(
                "lognormal:MEAN,cv=CV, such as lognormal:10ms,cv=2",
            )),
            "pareto" => pareto(arguments(
                "pareto:MEAN,alpha=ALPHA, such as pareto:10ms,alpha=2.1",
            )),
            "bimodal" => bimodal(arguments(
                "bimodal:VALUE,p=PROBABILITY,OTHER, such as bimodal:1ms,p=0.99,100ms",
            )),
            "erlang" => erlang(arguments("erlang:MEAN,k=PHASES, such as erlang:10ms,k=4")),
            "hyperexp" => {
                hyperexponential(arguments("hyperexp:MEAN,cv=CV, such as hyperexp:10ms,cv=2"))
            }
            "empirical" => empirical(
                arguments("empirical:FILE, one duration a line"),
                rest.trim(),
            ),
            _ => Err(SpecError::new(format!(
                "`{spec}` is not a service demand; write one of {}",
                Demand::FORMS
            ))),
        }?;
        within_the_clock(spec, &demand)?;
        Ok(demand)
    }
}

fn exponential(mut arguments: Arguments<'_>) -> Result<Demand, SpecError> {
    let mean = duration(&mut arguments, "mean")?;
    arguments.finish()?;
    Ok(Demand::Exponential { mean })
}

fn constant(mut arguments: Arguments<'_>) -> Result<Demand, SpecError> {
    let value = duration(&mut arguments, "value")?;
    arguments.finish()?;
    Ok(Demand::Constant { value })
}

fn uniform(mut arguments: Arguments<'_>) -> Result<Demand, SpecError> {
    let range = arguments.positional("range")?;
    let Some((low, high)) = range.split_once("..") else {
        return Err(arguments.refuse(format!("`{range}` is not a range")));
    };
    let read = |text| parse_duration(text).map_err(|error| arguments.refuse(error));
    let (low, high) = (read(low)?, read(high)?);
    arguments.require(low <= high, "the range ends before it begins")?;
    arguments.finish()?;
    Ok(Demand::Uniform { low, high })
}

fn lognormal(mut arguments: Arguments<'_>) -> Result<Demand, SpecError> {
    let mean = duration(&mut arguments, "mean")?;
    let cv = arguments.number("cv")?;
    arguments.require(cv > 0.0 && cv <= 1e3, "cv must be above 0, at most 1000")?;
    arguments.finish()?;
    Ok(Demand::Lognormal { mean, cv })
}

fn pareto(mut arguments: Arguments<'_>) -> Result<Demand, SpecError> {
    let mean = duration(&mut arguments, "mean")?;
    let alpha = arguments.number("alpha")?;
    arguments.require(
        alpha > 1.0,
        "alpha must be above 1, as the mean is infinite otherwise",
    )?;
    arguments.finish()?;
    Ok(Demand::Pareto { mean, alpha })
}

fn bimodal(mut arguments: Arguments<'_>) -> Result<Demand, SpecError> {
    let first = duration(&mut arguments, "first value")?;
    let probability = arguments.number("p")?;
    let second = duration(&mut arguments, "other value")?;
    arguments.require(
        probability > 0.0 && probability < 1.0,
        "p must lie between 0 and 1",
    )?;
    arguments.finish()?;
    Ok(Demand::Bimodal {
        first,
        probability,
        second,
    })
}

fn erlang(mut arguments: Arguments<'_>) -> Result<Demand, SpecError> {
    let mean = duration(&mut arguments, "mean")?;
    let phases = arguments.number("k")?;
    arguments.require(
        (1.0..=MOST_PHASES).contains(&phases) && phases.fract() == 0.0,
        "k must be a whole number from 1 to 1000",
    )?;
    arguments.finish()?;
    Ok(Demand::Erlang {
        mean,
        phases: phases as u32,
    })
}

fn hyperexponential(mut arguments: Arguments<'_>) -> Result<Demand, SpecError> {
    let mean = duration(&mut arguments, "mean")?;
    let cv = arguments.number("cv")?;
    arguments.require(
        (1.0..=1e3).contains(&cv),
        "cv must be from 1 (which is exponential) to 1000",
    )?;
    arguments.finish()?;
    Ok(Demand::Hyperexponential { mean, cv })
}

fn empirical(arguments: Arguments<'_>, file: &str) -> Result<Demand, SpecError> {
    arguments.require(!file.is_empty(), "the file is missing")?;
    Empirical::read(Path::new(file)).map(Demand::Empirical)
}

fn duration(arguments: &mut Arguments<'_>, what: &str) -> Result<Duration, SpecError> {
    let text = arguments.positional(what)?;
    parse_duration(text).map_err(|error| arguments.refuse(error))
}

fn within_the_clock(spec: &str, demand: &Demand) -> Result<(), SpecError> {
    let mean = demand.mean_seconds();
    if (LEAST_MEAN.as_seconds()..=GREATEST_MEAN.as_seconds()).contains(&mean) {
        return Ok(());
    }
    Err(SpecError::new(format!(
        "`{spec}`: the mean is {}, but must be from {} (the clock's step is 1ns) to {}",
        Human(Duration::from_seconds(mean)),
        Human(LEAST_MEAN),
        Human(GREATEST_MEAN)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_listed_form_is_read_and_written_back() {
        for form in Demand::FORMS
            .split(' ')
            .filter(|form| !form.contains("FILE"))
        {
            let demand: Demand = form.parse().unwrap();
            assert_eq!(demand.to_string(), form);
        }
    }

    #[test]
    fn refusals_say_what_where_and_what_is_allowed() {
        for (spec, why) in [
            ("", "write one of exp:10ms const:10ms"),
            ("gauss:1ms", "write one of exp:10ms const:10ms"),
            ("exp", "the mean is missing; write exp:MEAN"),
            ("exp:10", "it has no unit"),
            ("exp:10ms,20ms", "`20ms` is not expected"),
            ("exp:1ns", "from 100ns (the clock's step is 1ns) to 24h"),
            ("exp:25h", "to 24h"),
            ("const:0s", "the mean is 0s"),
            ("uniform:15ms..5ms", "ends before it begins"),
            ("uniform:5ms", "not a range"),
            ("lognormal:10ms", "`cv=` is missing"),
            ("lognormal:10ms,cv=0", "above 0"),
            ("lognormal:10ms,cv=nan", "not a number"),
            ("pareto:10ms,alpha=1", "above 1"),
            ("bimodal:1ms,p=1,2ms", "between 0 and 1"),
            ("bimodal:1ms,p=0.5", "the other value is missing"),
            ("erlang:10ms,k=0", "whole number from 1 to 1000"),
            ("erlang:10ms,k=1.5", "whole number from 1 to 1000"),
            ("hyperexp:10ms,cv=0.5", "from 1"),
            ("empirical:/no/such/file", "/no/such/file cannot be read"),
            ("empirical", "the file is missing; write empirical:FILE"),
        ] {
            let sentence = spec.parse::<Demand>().unwrap_err().to_string();
            assert!(sentence.contains(why), "{spec}: {sentence}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(mean in 100u64..86_400_000_000_000, cv in 1.0f64..1000.0, p in 0.001f64..0.999) {
            let mean = Duration(mean);
            for demand in [
                Demand::Exponential { mean },
                Demand::Lognormal { mean, cv },
                Demand::Hyperexponential { mean, cv },
                Demand::Bimodal { first: mean, probability: p, second: mean },
                Demand::Uniform { low: Duration::ZERO, high: mean + mean },
            ] {
                prop_assert_eq!(demand.to_string().parse::<Demand>(), Ok(demand));
            }
        }

        #[test]
        fn no_text_panics(spec in "(exp|uniform|lognormal|pareto|bimodal|erlang|hyperexp)?:?[-.,=a-z0-9]{0,30}") {
            let _ = spec.parse::<Demand>();
        }
    }
}
