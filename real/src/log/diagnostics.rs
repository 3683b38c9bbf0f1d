//! What happens to the server, for whoever runs it: lines on the standard error output.

use std::error::Error;
use std::fmt;
use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};

/// Why a filter is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    filter: String,
    problem: String,
}

/// From now on what passes `filter` is printed: a level (`off`, `error`, `warn`, `info`, `debug`, `trace`), or several
/// separated by commas, each for a part of the program (`info,real::proxy=debug`). Each line says which process it
/// comes from. In colour if asked for, on a terminal, and not against `NO_COLOR`. Without effect if it was called before.
///
/// # Errors
/// If `filter` is no such thing.
pub fn start(filter: &str, process: &str, color: bool) -> Result<(), FilterError> {
    let filter = parse(filter)?;
    let mut lines = tracing_subscriber::fmt()
        .with_timer(Stamp(process.to_owned()))
        .with_target(false)
        .with_writer(io::stderr);
    // Its own default is to look at `NO_COLOR`.
    if !color || !io::stderr().is_terminal() {
        lines = lines.with_ansi(false);
    }
    let subscriber = lines.with_env_filter(filter).finish();
    // There is one already, in tests.
    let _ = tracing::subscriber::set_global_default(subscriber);
    Ok(())
}

fn parse(filter: &str) -> Result<EnvFilter, FilterError> {
    let parsed = EnvFilter::builder().parse(filter);
    parsed.map_err(|error| FilterError {
        filter: filter.to_owned(),
        problem: error.to_string(),
    })
}

/// When, and in which process.
struct Stamp(String);

impl FormatTime for Stamp {
    fn format_time(&self, out: &mut Writer<'_>) -> fmt::Result {
        SystemTime.format_time(out)?;
        write!(out, " {}", self.0)
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FilterError { filter, problem } = self;
        write!(
            f,
            "`{filter}` says nothing of what to log: {problem}; write off, error, warn, info, debug or trace, \
             or several as in info,real::proxy=debug"
        )
    }
}

impl Error for FilterError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters() {
        for good in ["info", "warn,real::proxy=debug", "off", ""] {
            assert!(parse(good).is_ok(), "{good}");
        }
        let error = parse("info,real=loud").unwrap_err().to_string();
        assert!(
            error.starts_with("`info,real=loud` says nothing"),
            "{error}"
        );
    }
}
