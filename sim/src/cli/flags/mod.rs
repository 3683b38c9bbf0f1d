//! What may be typed. Every setting is text here, whoever typed it; [`super::resolve`] reads it, so that a
//! flag, an environment variable and a line of a scenario file are read alike and refused alike. One heading of the
//! help, one file.

mod admission;
mod backends;
mod effort;
mod faults;
mod fleet;
mod not_built;
mod policy;
mod pool;
mod requests;
mod run;
mod trace;
mod traffic;

use clap::Parser;

use admission::Admission;
use backends::Backends;
use effort::Effort;
use faults::Faults;
use fleet::Fleet;
use not_built::NotBuilt;
use policy::Policy;
use pool::Pool;
use requests::Requests;
use run::Run;
use trace::Trace;
use traffic::Traffic;

/// Simulate load-balancing strategies over a fleet of backends, exactly and fast.
#[derive(Debug, Parser)]
#[command(
    name = "sim",
    version,
    allow_negative_numbers = true,
    max_term_width = 110,
    after_help = "Examples:
  sim --strategy weighted --backends 16
  sim --strategy all --backends 16 --load 0.9 --service lognormal:20ms,cv=2
See --help for more.",
    after_long_help = EXAMPLES
)]
pub(crate) struct Flags {
    #[command(flatten)]
    run: Run,
    #[command(flatten)]
    policy: Policy,
    #[command(flatten)]
    fleet: Fleet,
    #[command(flatten)]
    traffic: Traffic,
    #[command(flatten)]
    trace: Trace,
    #[command(flatten)]
    faults: Faults,
    #[command(flatten)]
    requests: Requests,
    #[command(flatten)]
    backends: Backends,
    #[command(flatten)]
    admission: Admission,
    #[command(flatten)]
    pool: Pool,
    #[command(flatten)]
    effort: Effort,
    #[command(flatten)]
    not_built: NotBuilt,
}

const EXAMPLES: &str = "\
Examples:
  The main job: 16 backends of weights 1, 2, 3, 4, at 80 % of their capacity
    sim --strategy weighted --backends 16
  Every strategy on the same requests, with intervals and paired differences
    sim --strategy all --backends 16 --load 0.9 --service lognormal:20ms,cv=2
  Four balancers that see each other's requests 50 ms late
    sim --strategy least-connections,two-choices --backends 16 --dispatchers 4 --staleness 50ms
  What hey -c 50 would do
    sim --clients 50 --service const:10ms
  A recorded access log, speeded up to a load of 0.8
    sim --trace access.log.gz --strategy all --backends 16 --service lognormal:20ms,cv=2 --load 0.8
  A backend that is down for five seconds, with retries that cannot become a storm
    sim --fault crash:1@10s+5s --retries 3 --retry-budget 20% --max-fails 3 --series crash.csv --requests 20k
  Write down what was resolved, change a line, run it again
    sim --strategy all --backends 16 --print-config > fleet.toml; sim --scenario fleet.toml

Precedence: a flag, then its environment variable (EVENKEEL_LOAD for --load), then the scenario file, then the default.
Counts: 1000000, 1e6, 1M, 10k. Durations: 250us, 10ms, 1.5s, 2m.
Exit status: 0 done; 1 failed while running; 2 wrong usage or bad input; 130 interrupted, with what there was written.";

/// The heading of what is no setting of a scenario.
pub(crate) const RUN: &str = "Output";

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

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
}
