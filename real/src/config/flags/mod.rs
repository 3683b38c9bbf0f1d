//! What may be typed. Every setting is text here, whoever typed it; [`super::resolve`] reads it, so that a flag, an
//! environment variable and a line of a file are read alike and refused alike. One heading of the help, one file.

mod admission;
mod backends;
mod balancing;
mod files;
mod limits;
mod listening;
mod pool;
mod requests;
mod run;
mod tls;

use clap::{Command, CommandFactory, Parser};

use admission::Admission;
use backends::Backends;
use balancing::Balancing;
use files::Files;
use limits::Limits;
use listening::Listening;
use pool::Pool;
use requests::Requests;
use run::Run;
use tls::Tls;

/// A prefork HTTP/1.1 server and load balancer.
#[derive(Debug, Parser)]
#[command(
    name = "real",
    version,
    allow_negative_numbers = true,
    max_term_width = 110,
    after_help = "Examples:
  real --workers 8
  real --upstream 10.0.0.1:8000,10.0.0.2:8000*2 --strategy least-connections
See --help for more.",
    after_long_help = EXAMPLES
)]
struct Flags {
    #[command(flatten)]
    run: Run,
    #[command(flatten)]
    listening: Listening,
    #[command(flatten)]
    pool: Pool,
    #[command(flatten)]
    balancing: Balancing,
    #[command(flatten)]
    requests: Requests,
    #[command(flatten)]
    backends: Backends,
    #[command(flatten)]
    admission: Admission,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    tls: Tls,
    #[command(flatten)]
    files: Files,
}

const EXAMPLES: &str = "\
Examples:
  The built-in application in 8 workers that accept from one socket
    real --workers 8
  The same, with a connection's worker chosen by who has the fewest
    real --workers 8 --accept handoff --strategy least-connections
  Balance over servers that already run, the second twice as large
    real --upstream 10.0.0.1:8000 --upstream 10.0.0.2:8000*2 --strategy weighted
  Run a program four times, each with a port of its own, and balance over these
    real --exec 'python3 -m http.server {port}' --workers 4
  What fails is tried elsewhere, and what fails often is left alone
    real --upstream a:80,b:80 --retries 2 --retry-budget 20% --breaker default --health-interval 2s
  As many workers as the load needs
    real --accept proxy --sizing utilization:target=60% --min-workers 2 --max-workers 16
  Write down what was resolved, change a line, see whether it is good, run it
    real --workers 8 --print-config > real.toml; real --config real.toml --check-config; real --config real.toml

Precedence: a flag, then its environment variable (EVENKEEL_WORKERS for --workers), then the file, then the default.
Counts: 1000000, 1e6, 1M, 10k. Durations: 250us, 10ms, 1.5s, 2m. Sizes: 4096, 16KiB, 64MiB, 1GB.
Signals: TERM ends when all requests are answered, INT and QUIT at once; HUP reads the file again; TTIN and TTOU start and
stop a worker; USR2 hands over to the binary that is installed now, and no request is lost.
Exit status: 0 done; 1 failed while running; 2 wrong usage or bad input; 130 interrupted.";

/// The heading of what is no setting: a file cannot say it.
const RUN: &str = "Configuration";

/// All of it. The names of the environment variables follow from the flags', so a sentence in the help says them all.
pub(crate) fn command() -> Command {
    Flags::command().mut_args(|argument| argument.hide_env(true))
}

/// What a file may say.
pub(crate) fn keys() -> Vec<String> {
    spec::typed::keys(&command(), RUN)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Errors call a variable so; and what takes a value can be given in one.
    #[test]
    fn variables_are_called_like_their_flags() {
        for argument in Flags::command().get_arguments() {
            let (Some(long), true) = (argument.get_long(), argument.get_action().takes_values())
            else {
                continue;
            };
            let name = format!("EVENKEEL_{}", long.replace('-', "_").to_uppercase());
            let env = argument.get_env().and_then(|name| name.to_str());
            assert_eq!(env, Some(name.as_str()));
        }
    }

    #[test]
    fn every_setting_has_an_example() {
        for argument in Flags::command().get_arguments() {
            let help = argument.get_long_help().map(ToString::to_string);
            let (Some(long), Some(help)) = (argument.get_long(), help) else {
                panic!("{}: no long help", argument.get_id());
            };
            assert!(
                help.contains("Example") && help.contains(&format!("--{long}")),
                "--{long}"
            );
        }
    }
}
