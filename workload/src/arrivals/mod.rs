//! When requests arrive: what is specified, and the processes that produce it.

mod bursty;
mod carry;
mod process;
mod profile;
mod surge;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

pub use bursty::Bursty;
pub use process::Process;
pub use profile::Profile;
pub use surge::Surge;

use crate::spec::{Arguments, SpecError};
use crate::stream::Stream;

/// How arrivals follow each other, written as `poisson`, `even`, `bursty:...` or `trace:FILE`. The mean
/// rate is given apart from it.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrivals {
    /// `poisson`: independent exponential gaps.
    Poisson,
    /// `even`: all gaps equal, as open-loop load generators send.
    Even,
    /// `bursty:peak=P,share=S,cycle=T`: bursts of a higher rate.
    Bursty(Bursty),
    /// `trace:FILE`: as recorded; [`Trace`](crate::trace::Trace) reads the file.
    Trace(PathBuf),
}

impl Arrivals {
    /// Every form that parses, one example each.
    pub const FORMS: &'static str = "poisson even bursty:peak=5,share=0.1,cycle=1s trace:FILE";

    /// The process with a mean of `rate` requests/s, which draws request k's gap from `stream` at k.
    ///
    /// Fails where the rate is not within 1e-6 to 1e12 requests/s, where a burst's cycle is too short for
    /// it, and for a trace, which [`Trace`](crate::trace::Trace) reads and [`Process::recorded`] replays.
    pub fn process(&self, rate: f64, stream: Stream) -> Result<Process, SpecError> {
        if !(1e-6..=1e12).contains(&rate) {
            return Err(SpecError::new(format!(
                "{rate} requests/s is not a rate; allowed are 1e-6 to 1e12 requests/s"
            )));
        }
        match self {
            Arrivals::Poisson => Ok(Process::poisson(rate, stream)),
            Arrivals::Even => Ok(Process::even(rate)),
            Arrivals::Bursty(bursty) => Process::bursty(*bursty, rate, stream),
            Arrivals::Trace(path) => Err(SpecError::new(format!(
                "the arrivals in {} are read, not generated",
                path.display()
            ))),
        }
    }

    /// The squared coefficient of variation of the gaps at `rate` requests/s; `None` for a trace, whose
    /// own report says.
    pub fn scv(&self, rate: f64) -> Option<f64> {
        match self {
            Arrivals::Poisson => Some(1.0),
            Arrivals::Even => Some(0.0),
            Arrivals::Bursty(bursty) => Some(bursty.scv(rate)),
            Arrivals::Trace(_) => None,
        }
    }
}

impl FromStr for Arrivals {
    type Err = SpecError;

    fn from_str(spec: &str) -> Result<Arrivals, SpecError> {
        let (name, rest) = spec.split_once(':').unwrap_or((spec, ""));
        let nothing = |form| Arguments::new(spec, rest, form).finish();
        match name.trim() {
            "poisson" => nothing("poisson").map(|()| Arrivals::Poisson),
            "even" => nothing("even").map(|()| Arrivals::Even),
            "bursty" => Bursty::parse(spec, rest).map(Arrivals::Bursty),
            "trace" if !rest.trim().is_empty() => Ok(Arrivals::Trace(rest.trim().into())),
            "trace" => Err(SpecError::new(format!(
                "`{spec}`: the file is missing; write trace:FILE"
            ))),
            _ => Err(SpecError::new(format!(
                "`{spec}` is not a way to arrive; write one of {}",
                Arrivals::FORMS
            ))),
        }
    }
}

impl fmt::Display for Arrivals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Arrivals::Poisson => f.write_str("poisson"),
            Arrivals::Even => f.write_str("even"),
            Arrivals::Bursty(bursty) => write!(f, "{bursty}"),
            Arrivals::Trace(path) => write!(f, "trace:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Purpose;

    #[test]
    fn every_listed_form_is_read_and_written_back() {
        for form in Arrivals::FORMS.split(' ') {
            let arrivals: Arrivals = form.parse().unwrap();
            assert_eq!(arrivals.to_string(), form);
        }
    }

    #[test]
    fn refusals_say_what_where_and_what_is_allowed() {
        for (spec, why) in [
            ("", "write one of poisson even"),
            ("poison", "`poison` is not a way to arrive"),
            ("poisson:3", "`3` is not expected; write poisson"),
            ("trace", "the file is missing"),
            ("bursty", "`peak=` is missing"),
        ] {
            let sentence = spec.parse::<Arrivals>().unwrap_err().to_string();
            assert!(sentence.contains(why), "{spec}: {sentence}");
        }
    }

    #[test]
    fn a_rate_that_is_none_is_refused() {
        let stream = Stream::new(1, 0, Purpose::Arrivals);
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e13] {
            assert!(Arrivals::Poisson.process(rate, stream).is_err(), "{rate}");
        }
        let trace = Arrivals::Trace("a.csv".into());
        assert!(trace.process(1.0, stream).is_err());
    }
}
