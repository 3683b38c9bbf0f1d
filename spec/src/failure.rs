//! How a run can end, and the one way in which a failure is told.

use std::fmt::{self, Display, Formatter};
use std::io::Write;
use std::process::ExitCode;

/// How a run ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Everything was done.
    Done,
    /// Ctrl-C; what there was has been written.
    Interrupted,
}

/// Why nothing more can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Wrong usage or bad input: one sentence that names the flag, or the file and line.
    Usage(String),
    /// What was asked for was right, and could not be done.
    Running(String),
}

impl Failure {
    /// Wrong usage: `sentence`.
    pub fn usage(sentence: impl Display) -> Failure {
        Failure::Usage(sentence.to_string())
    }

    /// The sentence.
    pub fn sentence(&self) -> &str {
        match self {
            Failure::Usage(sentence) | Failure::Running(sentence) => sentence,
        }
    }

    /// Tells it on stderr. There is nobody to tell if that cannot be written.
    pub fn report(&self) -> FailureStatus {
        let _ = writeln!(std::io::stderr(), "error: {self}");
        match self {
            Failure::Usage(_) => FailureStatus::Usage,
            Failure::Running(_) => FailureStatus::Running,
        }
    }
}

/// On one line, whatever was typed: what a terminal would obey is shown instead.
impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.sentence()
            .chars()
            .try_for_each(|c| match c.is_control() {
                true => write!(f, "{}", c.escape_default()),
                false => write!(f, "{c}"),
            })
    }
}

impl std::error::Error for Failure {}

/// The exit status of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureStatus {
    /// 1
    Running,
    /// 2
    Usage,
}

impl From<FailureStatus> for ExitCode {
    fn from(status: FailureStatus) -> ExitCode {
        ExitCode::from(match status {
            FailureStatus::Running => 1,
            FailureStatus::Usage => 2,
        })
    }
}

/// 128 + SIGINT, as shells have it.
pub const INTERRUPTED: u8 = 130;

impl From<Status> for ExitCode {
    fn from(status: Status) -> ExitCode {
        match status {
            Status::Done => ExitCode::SUCCESS,
            Status::Interrupted => ExitCode::from(INTERRUPTED),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_one_line() {
        let failure = Failure::usage("`a\n\u{1b}[2Jé` is no name");
        assert_eq!(failure.to_string(), "`a\\n\\u{1b}[2Jé` is no name");
    }
}
