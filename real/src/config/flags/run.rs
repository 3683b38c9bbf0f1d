//! Where settings come from, and what is done instead of serving.

use clap::Args;

use super::RUN;

#[derive(Args, Debug)]
#[command(next_help_heading = RUN)]
pub(super) struct Run {
    /// Read settings from a file whose keys are flags without `--`
    ///
    /// It is watched: when it changes it is read again, and one that is wrong is refused, with its line, and what was
    /// before stays. Paths in it are relative to where the program is started, as on the command line. [[upstream]]
    /// tables have address, weight and tls. Example: --config real.toml
    #[arg(long, value_name = "FILE.toml|.yaml", env = "EVENKEEL_CONFIG")]
    config: Option<String>,

    /// Say whether the file is good, and end
    ///
    /// Ends with 0, or with 2 and a sentence that names the line. Example: --config real.toml --check-config
    #[arg(long)]
    check_config: bool,

    /// Show what was resolved and from where, as a file for --config, and end
    ///
    /// Example: --workers 8 --print-config > real.toml
    #[arg(long)]
    print_config: bool,

    /// Serve what only tests need: /panic, whose handler does
    ///
    /// Example: --testing-routes
    #[arg(
        long,
        hide = true,
        value_name = "true",
        env = "EVENKEEL_TESTING_ROUTES",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    testing_routes: Option<String>,
}
