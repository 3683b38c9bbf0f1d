//! The command line: `main` -> `run(parse())` -> one `match`.

mod flags;
mod progress;
mod run;

use std::io::{self, Write};
use std::process::ExitCode;

use model::job::Job;
use model::{child, museum, property};

use flags::Action;

/// Runs `model` and says how it ended.
pub(crate) fn main() -> ExitCode {
    match flags::parse().and_then(dispatch) {
        Ok(code) => code,
        Err(failure) => {
            complain(&failure.message);
            ExitCode::from(failure.status)
        }
    }
}

fn dispatch(action: Action) -> Result<ExitCode, Failure> {
    match action {
        Action::Examine(settings) => run::examine(&settings),
        Action::Replay(job) => run::replay(&job),
        Action::Search(system) => run::search_again(&system),
        Action::Work(job) => {
            child::work(job);
            Ok(ExitCode::SUCCESS)
        }
        Action::List => run::to_stdout(&run::list()),
        Action::PrintConfig(text) => run::to_stdout(&text),
        Action::Help(help) => {
            // Who closed the pipe has read enough.
            let _ = help.print();
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Why it ended otherwise than well.
#[derive(Debug)]
pub(crate) struct Failure {
    /// A sentence for the person at the terminal.
    pub(crate) message: String,
    /// The process's exit status.
    pub(crate) status: u8,
}

impl Failure {
    pub(crate) fn running(error: impl std::fmt::Display) -> Self {
        Failure {
            message: error.to_string(),
            status: 1,
        }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Failure {
            message: message.into(),
            status: 2,
        }
    }
}

/// Says it on stderr. Where that is closed there is nobody to tell.
fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "model: {message}");
}

fn parse_job(text: &str) -> Result<Job, String> {
    let known = [property::all(), museum::properties()].concat();
    Job::parse(text, &known)
}
