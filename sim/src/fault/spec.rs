//! What a fault is, and how it is written.

use std::fmt;

use policy::time::{Duration, Instant};
use workload::SpecError;
use workload::quantity::Human;
use workload::stretch::Stretch;

use super::targets::Targets;

/// Something that goes wrong with some backends, written as
/// `KIND:TARGET@START[+DURATION][xFACTOR][,option...]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: Kind,
    /// With whom.
    pub targets: Targets,
    /// From when on; for [`Kind::Join`] it is when the backend comes.
    pub begins: Instant,
    /// For how long, more than no time; `None`: for ever. Never given for [`Kind::Join`].
    pub lasts: Option<Duration>,
    /// It comes and goes within that time; `None`: it holds throughout. Never given for [`Kind::Join`].
    pub recurs: Option<Recurrence>,
    /// How the backend works after it came back, for [`Kind::Crash`], [`Kind::Drain`] and [`Kind::Join`].
    pub cold: Option<Cold>,
    /// How much later each further target is affected; `None`: all at once.
    pub stagger: Option<Duration>,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// `crash`: the process dies. Everything there is lost, and connections are refused until it is back.
    /// One that recurs is written `flap`.
    Crash,
    /// `slow`: all work takes `factor` times as long.
    Slow {
        /// 1e-3 to 1e6.
        factor: f64,
    },
    /// `pause`: accepts, and serves nothing; what is in service goes on where it was.
    Pause,
    /// `blackhole`: accepts, and never answers, not even probes.
    Blackhole,
    /// `failfast`: answers at once, with an error, without having served.
    FailFast {
        /// The probability of each request's, more than 0, at most 1.
        p: f64,
    },
    /// `errors`: answers after the usual service, but with an error.
    Errors {
        /// The probability of each request's, more than 0, at most 1.
        p: f64,
    },
    /// `drain`: taken out in good order: it gets nothing new and finishes what it has. A worker of a pool then ends and
    /// is replaced.
    Drain,
    /// `join`: the backend is not there before it comes.
    Join,
}

/// A fault that comes and goes: away for an `up`, there for a `down`, and so on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recurrence {
    /// How long all is well between.
    pub up: Span,
    /// How long it holds each time.
    pub down: Span,
    /// Whether all targets fail and recover at the same moments.
    pub together: bool,
}

/// A length of time, written as `1s` or `exp:1s`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Span {
    /// Always this.
    Fixed(Duration),
    /// Exponential with this mean.
    Exponential(Duration),
}

/// Working slowly at first, written as `5sx4`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cold {
    /// How long it takes until the speed is the usual one; the slowness falls in ten equal steps.
    pub within: Duration,
    /// How much longer work takes at first, 1e-3 to 1e6.
    pub factor: f64,
}

impl Fault {
    /// As it befalls the target after `order` others.
    pub(super) fn later(&self, stagger: Duration, order: u32) -> Fault {
        Fault {
            begins: self.begins + Duration(stagger.0.saturating_mul(u64::from(order))),
            ..self.clone()
        }
    }

    /// When it is over for good, apart from warming up; `None`: never.
    pub fn ends(&self) -> Option<Instant> {
        self.lasts.map(|lasts| self.begins + lasts)
    }

    /// Refuses backends that a fleet of `slots` does not have.
    pub fn check(&self, slots: u32) -> Result<(), SpecError> {
        let refuse = |error| SpecError::new(format!("`{self}`: {error}"));
        self.targets.check(slots).map_err(refuse)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut stretch = Stretch {
            begins: self.begins,
            lasts: self.lasts,
            factor: None,
        };
        let (name, p) = match self.kind {
            Kind::Crash if self.recurs.is_some() => ("flap", None),
            Kind::Crash => ("crash", None),
            Kind::Slow { factor } => {
                stretch.factor = Some(factor);
                ("slow", None)
            }
            Kind::Drain => ("drain", None),
            Kind::Pause => ("pause", None),
            Kind::Blackhole => ("blackhole", None),
            Kind::FailFast { p } => ("failfast", Some(p).filter(|p| *p < 1.0)),
            Kind::Errors { p } => ("errors", Some(p)),
            Kind::Join => {
                stretch.lasts = self.cold.map(|cold| cold.within);
                stretch.factor = self.cold.map(|cold| cold.factor);
                ("join", None)
            }
        };
        write!(f, "{name}:{}@{stretch}", self.targets)?;
        if let Some(p) = p {
            write!(f, ",p={p}")?;
        }
        if let Some(Recurrence { up, down, together }) = self.recurs {
            let together = if together { ",together" } else { "" };
            write!(f, ",up={up},down={down}{together}")?;
        }
        if let Some(stagger) = self.stagger {
            write!(f, ",stagger={}", Human(stagger))?;
        }
        match self.cold {
            Some(cold) if self.kind != Kind::Join => write!(f, ",cold={cold}"),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Span::Fixed(span) => write!(f, "{}", Human(*span)),
            Span::Exponential(mean) => write!(f, "exp:{}", Human(*mean)),
        }
    }
}

impl fmt::Display for Cold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", Human(self.within), self.factor)
    }
}
