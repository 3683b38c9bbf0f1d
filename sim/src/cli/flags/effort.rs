//! How much is simulated.

use clap::Args;

#[derive(Args, Debug)]
#[command(next_help_heading = "Effort")]
pub(super) struct Effort {
    /// Requests in each replication [default: 1M; of a trace, all]
    #[arg(long, value_name = "N", env = "EVENKEEL_REQUESTS")]
    requests: Option<String>,

    /// How many of them are left out at the beginning, or auto: until it settles [default: auto]
    ///
    /// With faults, controls, a pool or a series auto leaves out none, as every time counts; nor of a recording.
    /// Example: --warmup 10k
    #[arg(long, value_name = "auto|N", env = "EVENKEEL_WARMUP")]
    warmup: Option<String>,

    /// Repetitions with other random numbers, for the intervals [default: 10]
    #[arg(long, value_name = "R", env = "EVENKEEL_REPLICATIONS")]
    replications: Option<String>,

    /// Replicate until the mean's 95 % interval is this narrow: 1 or 1% is one percent either way
    #[arg(long, value_name = "PCT", env = "EVENKEEL_PRECISION")]
    precision: Option<String>,

    /// Where all randomness comes from [default: 1]
    #[arg(long, value_name = "U64", env = "EVENKEEL_SEED")]
    seed: Option<String>,

    /// How long an interval of a time series is [default: so long that there are at most 400]
    ///
    /// At most 100,000 intervals are kept; beyond, two become one. Example: --series-interval 100ms
    #[arg(
        long,
        value_name = "DURATION|none",
        env = "EVENKEEL_SERIES_INTERVAL",
        hide_short_help = true
    )]
    series_interval: Option<String>,
}
