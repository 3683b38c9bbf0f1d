//! Who serves.

use clap::Args;

#[derive(Args, Debug)]
#[command(next_help_heading = "Fleet")]
pub(super) struct Fleet {
    /// Backends [default: 4]
    #[arg(long, value_name = "N", env = "EVENKEEL_BACKENDS")]
    backends: Option<String>,

    /// Shares of the traffic, repeated cyclically [default: 1; with weighted or weighted-random 1,2,3,4]
    #[arg(long, value_name = "W[,W...]", env = "EVENKEEL_WEIGHTS")]
    weights: Option<String>,

    /// Relative service rates, repeated cyclically [default: the weights]
    #[arg(long, value_name = "S[,S...]", env = "EVENKEEL_SPEEDS")]
    speeds: Option<String>,

    /// Servers at each backend; with --queue ps the cores it shares out [default: 1]
    #[arg(long, value_name = "K", env = "EVENKEEL_CONCURRENCY")]
    concurrency: Option<String>,

    /// Who is served next: fifo, lifo, or all at once by processor sharing, ps [default: fifo]
    #[arg(long, value_name = "ORDER", env = "EVENKEEL_QUEUE")]
    queue: Option<String>,

    /// How many may wait at a backend, others are refused [default: no limit]
    #[arg(long, value_name = "N|none", env = "EVENKEEL_QUEUE_LIMIT")]
    queue_limit: Option<String>,
}
