//! The main job: simulate, and write down what came out.

use std::io::{IsTerminal, Write, stderr};
use std::num::NonZeroUsize;
use std::sync::Arc;

use sim::outcome::Outcome;
use sim::report::{self, Echo, OverTime};
use sim::study::simulate_arms;
use sim::world::Oversight;
use spec::{Failure, Status};

use super::arms::Arms;
use super::interrupt;
use super::output::{Format, Kind, Target, to_stdout};
use super::progress::Progress;
use super::style;
use super::usage::Clock;

/// A simulation and where its results go.
#[derive(Debug)]
pub(crate) struct Job {
    /// What is simulated.
    pub(crate) arms: Arms,
    /// How the result is printed.
    pub(crate) format: Format,
    /// Files to be written. Without one for the result it goes to stdout.
    pub(crate) outputs: Vec<Target>,
    /// Threads.
    pub(crate) jobs: NonZeroUsize,
    /// When to say anything on stderr.
    pub(crate) chatter: Chatter,
}

/// When to say on stderr what is going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chatter {
    Never,
    OnTerminals,
    Always,
}

/// Does it.
pub(crate) fn run(mut job: Job) -> Result<Status, Failure> {
    let asks_for = |kind| job.outputs.iter().any(|target| target.kind == kind);
    let (timeline, series) = (asks_for(Kind::Timeline), asks_for(Kind::Series));
    if timeline {
        job.arms.keep(TIMELINE);
    }
    if series {
        job.arms.watch();
    }
    let oversight = Arc::new(Oversight::default());
    interrupt::stops(&oversight)?;
    let clock = Clock::start();
    let progress = (job.chatter != Chatter::Never && stderr().is_terminal())
        .then(|| Progress::of(job.arms.scenarios(), &oversight));
    let mut outcome = simulate_arms(&job.arms.to_study(), job.jobs, &oversight);
    drop(progress);
    outcome.notes.splice(0..0, job.arms.notes());
    let interrupted = outcome.interrupted;
    write(&job, &outcome)?;
    if job.chatter == Chatter::Always
        || job.chatter == Chatter::OnTerminals && stderr().is_terminal()
    {
        // Nobody misses it who cannot read it.
        let _ = writeln!(stderr(), "{}", clock.line(&outcome, job.jobs.get()));
    }
    Ok(if interrupted {
        Status::Interrupted
    } else {
        Status::Done
    })
}

/// Requests of the first replication that a timeline shows.
const TIMELINE: usize = 10_000;

/// Writes all results; one that cannot be written does not keep the others from it.
fn write(job: &Job, outcome: &Outcome) -> Result<(), Failure> {
    let echo = Echo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        seed: job.arms.seed(),
        scenario: job.arms.to_json(),
        headline: job.arms.headline(),
    };
    let to_file = job
        .outputs
        .iter()
        .find(|target| target.kind == Kind::Result);
    let result = match job.format {
        Format::Json => report::json(&echo, outcome),
        Format::Csv => report::csv(&echo, outcome),
        Format::Table if to_file.is_some() => report::table(&echo, outcome, style::plain()),
        Format::Table => report::table(&echo, outcome, style::of_stdout()),
    };
    let series = OverTime::of(outcome);
    let mut written = Vec::new();
    if to_file.is_none() {
        written.push(to_stdout(&result).map(|_| ()));
    }
    for target in &job.outputs {
        written.push(match target.kind {
            Kind::Result => target.write(&result),
            Kind::Plot if target.is("svg") => target.write(&report::svg(&echo, outcome)),
            Kind::Plot => target.write(&report::html(&echo, outcome)),
            Kind::Timeline => target.write(&report::timeline(&echo, outcome)),
            Kind::Series if target.is("csv") => target.write(&report::series_csv(&series.named())),
            Kind::Series if target.is("svg") => {
                target.write(&report::series_svg(&series.named(), &series.triggers))
            }
            Kind::Series => target.write(&report::series_json(&echo, &series.named())),
        });
    }
    written.into_iter().collect()
}
