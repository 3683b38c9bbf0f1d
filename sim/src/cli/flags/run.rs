//! How it is run and where the result goes: nothing here changes a number, but that who asks for a series gets all of the
//! run.

use clap::Args;

use super::RUN;

#[derive(Args, Debug)]
#[command(next_help_heading = RUN)]
pub(super) struct Run {
    /// Read settings from a TOML file whose keys are flags without `--`
    ///
    /// Paths in it are relative to where the program is started, as on the command line. It may have variants: a
    /// table [variant."without a limit"] says what is different in this one, and all of them face the same requests;
    /// `base` names the settings as they stand. A flag or an environment variable holds in the base and in each
    /// variant that does not say otherwise itself.
    #[arg(long, value_name = "FILE.toml", env = "EVENKEEL_SCENARIO")]
    scenario: Option<String>,

    /// Use a built-in scenario; `list` says which there are
    #[arg(long, value_name = "NAME|list", env = "EVENKEEL_SCENARIO_NAME")]
    scenario_name: Option<String>,

    /// Simulate only these variants of the scenario; the base is one of them [default: all]
    #[arg(long, value_name = "NAME[,NAME...]", env = "EVENKEEL_VARIANT")]
    variant: Option<String>,

    /// Show what was resolved and from where, as a file for --scenario, and end
    #[arg(long)]
    print_config: bool,

    /// How to print the result: table, json or csv [default: table]
    #[arg(long, value_name = "FORMAT", env = "EVENKEEL_FORMAT")]
    format: Option<String>,

    /// Write the result to a file instead of stdout
    #[arg(long, value_name = "FILE", env = "EVENKEEL_OUTPUT")]
    output: Option<String>,

    /// Draw response times and shares into a .svg picture or a self-contained .html page
    #[arg(long, value_name = "FILE.svg|.html", env = "EVENKEEL_PLOT")]
    plot: Option<String>,

    /// Write the first requests as a trace that Perfetto and Chrome open
    #[arg(long, value_name = "FILE.json", env = "EVENKEEL_TIMELINE")]
    timeline: Option<String>,

    /// Write how the run went over time: a row for each interval, as .csv or .json
    ///
    /// Rates, goodput, failures by reason, percentiles, requests in flight, workers, breakers. Every request counts:
    /// nothing is left out at the beginning. See --series-interval. Example: --series crash.csv
    #[arg(long, value_name = "FILE.csv|.json|.svg", env = "EVENKEEL_SERIES")]
    series: Option<String>,

    /// Threads; the result never depends on them [default: all cores]
    #[arg(long, value_name = "N", env = "EVENKEEL_JOBS")]
    jobs: Option<String>,

    /// Nothing on stderr unless something is wrong
    #[arg(long, short)]
    quiet: bool,

    /// Say on stderr how long it took, also where stderr is not a terminal
    #[arg(long, short, conflicts_with = "quiet")]
    verbose: bool,
}
