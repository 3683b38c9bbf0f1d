//! What is read and written.

use clap::Args;

#[derive(Args, Debug)]
#[command(next_help_heading = "Files")]
pub(super) struct Files {
    /// Serve the files in this folder instead of the built-in application's page [default: none]
    ///
    /// Example: --root /srv/www
    #[arg(long, value_name = "DIR|none", env = "EVENKEEL_ROOT")]
    root: Option<String>,

    /// How much of them a worker keeps in memory [default: 64MiB]
    ///
    /// Example: --root /srv/www --cache 1GiB
    #[arg(
        long,
        value_name = "SIZE",
        env = "EVENKEEL_CACHE",
        hide_short_help = true
    )]
    cache: Option<String>,

    /// Write a line for each request; `-` is stdout [default: none]
    ///
    /// Example: --access-log /var/log/real/access.log
    #[arg(long, value_name = "FILE|-|none", env = "EVENKEEL_ACCESS_LOG")]
    access_log: Option<String>,

    /// How: json combined [default: json]
    ///
    /// Both can be replayed by `sim --trace`. Example: --access-log - --access-log-format combined
    #[arg(
        long,
        value_name = "FORMAT",
        env = "EVENKEEL_ACCESS_LOG_FORMAT",
        hide_short_help = true
    )]
    access_log_format: Option<String>,

    /// What is said on stderr: off error warn info debug trace, or for parts of the program [default: info]
    ///
    /// Example: --log warn,real::proxy=debug
    #[arg(long, value_name = "FILTER", env = "EVENKEEL_LOG")]
    log: Option<String>,
}
