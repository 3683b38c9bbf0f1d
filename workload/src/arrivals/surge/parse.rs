//! Reading a [`Surge`] from its text.

use std::str::FromStr;

use policy::time::Duration;

use super::{GREATEST_FACTOR, Surge};
use crate::quantity::parse_duration;
use crate::spec::{Arguments, SpecError};
use crate::stretch::{LONGEST, Stretch};

/// A shorter period has pieces that hold no arrival at any rate worth simulating.
const SHORTEST_PERIOD: Duration = Duration::from_millis(10);

impl Surge {
    /// Every form that parses, one example each.
    pub const FORMS: &'static str =
        "spike:@10s+5sx3 step:@30sx1.5 ramp:@30s+10sx2 daily:period=24h,peak=2";

    /// Reads several, separated by commas.
    pub fn list(text: &str) -> Result<Vec<Surge>, SpecError> {
        let mut items: Vec<String> = Vec::new();
        for part in text.split(',') {
            match items.last_mut() {
                // What has no name of its own is an argument of what came before.
                Some(item) if !part.contains(':') => *item = format!("{item},{part}"),
                _ => items.push(part.trim().to_owned()),
            }
        }
        items.iter().map(|item| item.parse()).collect()
    }
}

impl FromStr for Surge {
    type Err = SpecError;

    fn from_str(spec: &str) -> Result<Surge, SpecError> {
        let (name, rest) = spec.split_once(':').unwrap_or((spec, ""));
        match name.trim() {
            "spike" => {
                let text = Stretched::new(
                    spec,
                    rest,
                    "spike:@START+DURATIONxFACTOR, such as spike:@10s+5sx3",
                );
                let stretch = text.read(true)?;
                Ok(Surge::Spike {
                    begins: stretch.begins,
                    lasts: text.lasts(stretch)?,
                    factor: text.factor(stretch, 0.0)?,
                })
            }
            "step" => {
                let text = Stretched::new(spec, rest, "step:@STARTxFACTOR, such as step:@30sx1.5");
                let stretch = text.read(false)?;
                Ok(Surge::Step {
                    begins: stretch.begins,
                    factor: text.factor(stretch, GREATEST_FACTOR.recip())?,
                })
            }
            "ramp" => {
                let text = Stretched::new(
                    spec,
                    rest,
                    "ramp:@START+DURATIONxFACTOR, such as ramp:@30s+10sx2",
                );
                let stretch = text.read(true)?;
                Ok(Surge::Ramp {
                    begins: stretch.begins,
                    within: text.lasts(stretch)?,
                    factor: text.factor(stretch, GREATEST_FACTOR.recip())?,
                })
            }
            "daily" => daily(Arguments::new(
                spec,
                rest,
                "daily:period=DURATION,peak=FACTOR, such as daily:period=24h,peak=2",
            )),
            _ => Err(SpecError::new(format!(
                "`{spec}` is not a change of the rate; write one of {}",
                Surge::FORMS
            ))),
        }
    }
}

fn daily(mut arguments: Arguments<'_>) -> Result<Surge, SpecError> {
    let period = arguments.named("period")?;
    let period = parse_duration(period).map_err(|error| arguments.refuse(error))?;
    let peak = arguments.number("peak")?;
    arguments.require(
        (SHORTEST_PERIOD..=LONGEST).contains(&period),
        "period must be 10ms to a year (8760h)",
    )?;
    arguments.require(
        (1.0..=2.0).contains(&peak),
        "peak must be 1 to 2: the mean is 1, and the lowest cannot be negative",
    )?;
    arguments.finish()?;
    Ok(Surge::Daily { period, peak })
}

/// A specification that is a [`Stretch`] behind an `@`.
struct Stretched<'a> {
    rest: &'a str,
    arguments: Arguments<'a>,
}

impl<'a> Stretched<'a> {
    fn new(spec: &'a str, rest: &'a str, form: &'static str) -> Stretched<'a> {
        Stretched {
            rest,
            arguments: Arguments::new(spec, "", form),
        }
    }

    fn read(&self, may_last: bool) -> Result<Stretch, SpecError> {
        let Some(text) = self.rest.trim().strip_prefix('@') else {
            return Err(self.arguments.refuse("it has no `@` before its start"));
        };
        let stretch = Stretch::parse(text).map_err(|error| self.arguments.refuse(error))?;
        let holds = may_last || stretch.lasts.is_none();
        self.arguments
            .require(holds, "it stays, so it has no duration")?;
        Ok(stretch)
    }

    fn lasts(&self, stretch: Stretch) -> Result<Duration, SpecError> {
        let missing = || self.arguments.refuse("its duration is missing");
        stretch.lasts.ok_or_else(missing)
    }

    fn factor(&self, stretch: Stretch, least: f64) -> Result<f64, SpecError> {
        let missing = || self.arguments.refuse("its factor is missing");
        let factor = stretch.factor.ok_or_else(missing)?;
        if (least..=GREATEST_FACTOR).contains(&factor) {
            return Ok(factor);
        }
        let least = if least == 0.0 { "0" } else { "1e-6" };
        let problem = format!("x{factor} is not a factor of {least} to 1e6");
        Err(self.arguments.refuse(problem))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_listed_form_is_read_and_written_back() {
        for form in Surge::FORMS.split(' ') {
            let surge: Surge = form.parse().unwrap();
            assert_eq!(surge.to_string(), form);
        }
    }

    #[test]
    fn a_list_keeps_arguments_together() {
        let text = "spike:@10s+5sx3, daily:period=24h,peak=2,step:@30sx1.5";
        let surges: Vec<String> = Surge::list(text)
            .unwrap()
            .iter()
            .map(Surge::to_string)
            .collect();
        assert_eq!(
            surges,
            [
                "spike:@10s+5sx3",
                "daily:period=24h,peak=2",
                "step:@30sx1.5"
            ]
        );
        assert!(Surge::list("").is_err());
        assert!(Surge::list("step:@30sx1.5,").is_err());
    }

    #[test]
    fn refusals_say_what_where_and_what_is_allowed() {
        for (spec, why) in [
            ("", "write one of spike:@10s+5sx3 step:"),
            ("spice:@1s+1sx2", "`spice:@1s+1sx2` is not a change"),
            ("spike", "it has no `@` before its start; write spike:@"),
            ("spike:10s+5sx3", "it has no `@`"),
            ("spike:@10sx3", "its duration is missing"),
            ("spike:@10s+5s", "its factor is missing"),
            ("spike:@10s+5sx2e6", "x2000000 is not a factor of 0 to 1e6"),
            ("spike:@10s+5sx3,x=1", "`3,x=1` is not a number"),
            ("spike:@10+5sx3", "it has no unit"),
            ("step:@10s+5sx3", "it stays, so it has no duration"),
            ("step:@10sx0", "x0 is not a factor of 1e-6 to 1e6"),
            ("ramp:@10s+0sx2", "`0s` is no time at all"),
            ("ramp:@10s+5sx0", "x0 is not a factor"),
            ("daily:period=24h", "`peak=` is missing"),
            ("daily:period=24h,peak=2.1", "peak must be 1 to 2"),
            ("daily:period=1ms,peak=2", "10ms to a year"),
            ("daily:period=24h,peak=2,x=1", "`x=1` is not expected"),
        ] {
            let sentence = spec.parse::<Surge>().unwrap_err().to_string();
            assert!(sentence.contains(why), "{spec}: {sentence}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(
            text in "(spike|step|ramp|daily)?:?@?[0-9a-z.+=,:@-]{0,20}",
            any in ".{0,30}",
        ) {
            for text in [text, any] {
                if let Ok(surge) = text.parse::<Surge>() {
                    prop_assert_eq!(surge.to_string().parse(), Ok(surge));
                }
                let _ = Surge::list(&text);
            }
        }
    }
}
