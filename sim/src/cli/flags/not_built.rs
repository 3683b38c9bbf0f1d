//! Refused with a sentence. Declared, so that what is planned is not taken for a slip of the keyboard.

use clap::Args;

#[derive(Args, Debug)]
#[command(next_help_heading = "Not built yet: each ends with exit status 2")]
pub(super) struct NotBuilt {
    /// Whom an arrival wakes: fifo lifo
    #[arg(
        long,
        value_name = "ORDER",
        env = "EVENKEEL_WAKE",
        hide_short_help = true
    )]
    wake: Option<String>,

    /// Connections that may wait to be accepted
    #[arg(
        long,
        value_name = "N",
        env = "EVENKEEL_BACKLOG",
        hide_short_help = true
    )]
    backlog: Option<String>,

    /// Keep-alive connections that pin requests to a worker
    #[arg(
        long,
        value_name = "N",
        env = "EVENKEEL_CONNECTIONS",
        hide_short_help = true
    )]
    connections: Option<String>,

    /// Cores that all workers share
    #[arg(long, value_name = "C", env = "EVENKEEL_CORES", hide_short_help = true)]
    cores: Option<String>,
}
