//! The command line: `main` -> `run(parse())` -> one `match`.
//!
//! [`flags`] says what may be typed, [`settings`] adds what a file says to the [`spec::Table`] of flags and environment,
//! [`resolve`] turns it into the [`sim::scenario::Scenario`] that the library simulates, [`arms`] does so for each of its
//! variants, [`job`] carries it out. Whatever goes wrong on the way is one [`Failure`], told in one place.

mod arms;
mod flags;
mod interrupt;
mod job;
mod list;
mod named;
mod output;
mod parse;
mod progress;
mod resolve;
mod settings;
mod style;
mod usage;

use std::process::ExitCode;

use parse::{Action, parse};
use spec::{Failure, Status};

/// Runs `sim` and says how it ended.
pub(crate) fn main() -> ExitCode {
    match parse().and_then(run) {
        Ok(status) => status.into(),
        Err(failure) => failure.report().into(),
    }
}

fn run(action: Action) -> Result<Status, Failure> {
    match action {
        Action::Simulate(job) => job::run(*job),
        Action::PrintConfig(arms) => output::to_stdout(&arms.to_toml()),
        Action::ListStrategies(format) => output::to_stdout(&list::strategies(format)),
        Action::ListSizers(format) => output::to_stdout(&list::sizers(format)),
        Action::ListScenarios => output::to_stdout(&named::list()),
        Action::Help(help) => {
            // Who closed the pipe has read enough.
            let _ = help.print();
            Ok(Status::Done)
        }
    }
}
