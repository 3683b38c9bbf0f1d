//! Backends as workers that are started and stopped: --backends is how many there can be.

use clap::Args;

#[derive(Args, Debug)]
#[command(next_help_heading = "Pool")]
pub(super) struct Pool {
    /// How long a worker takes to start: NAME or spawn=D,link=D,init=D,listen=D [default: none]
    ///
    /// Names: runtime-83ms, runtime-71ms, runtime-30ms. Phases left out take no time. jitter: how far the whole may
    /// be off. Example: --cold-start spawn=10ms,init=2s,jitter=20%
    #[arg(long, value_name = "SPEC", env = "EVENKEEL_COLD_START")]
    cold_start: Option<String>,

    /// Workers that are warm at the beginning [default: --min-workers with --sizing, else all]
    ///
    /// Without --sizing the others are started at the beginning too, and take a --cold-start until they are there; with
    /// it they are started when it says so. 0 needs --slots, in front of which requests wait. Example: --cold-start
    /// runtime-83ms --sizing doubling --prewarm 2
    #[arg(
        long,
        value_name = "N",
        env = "EVENKEEL_PREWARM",
        hide_short_help = true
    )]
    prewarm: Option<String>,

    /// At least so many with --sizing [default: 1]
    ///
    /// Example: --sizing utilization --min-workers 4
    #[arg(
        long,
        value_name = "N",
        env = "EVENKEEL_MIN_WORKERS",
        hide_short_help = true
    )]
    min_workers: Option<String>,

    /// At most so many with --sizing [default: --backends]
    ///
    /// Example: --sizing utilization --max-workers 12
    #[arg(
        long,
        value_name = "N",
        env = "EVENKEEL_MAX_WORKERS",
        hide_short_help = true
    )]
    max_workers: Option<String>,

    /// What decides how many workers there are; `list` says which there are [default: none]
    ///
    /// thresholds:up=100,down=10,per=5s,hold=2,cooldown=15s utilization:target=70%,tolerance=10%,stabilization=5m
    /// staffing:beta=1,smoothing=10s doubling:min-spare=1,max-spare=3,spawn-rate=32 on-demand:idle=10s. Every part may
    /// be left out. Example: --backends 32 --sizing utilization:target=60% --min-workers 4
    #[arg(
        long,
        value_name = "NAME[:key=value,...]|list|none",
        env = "EVENKEEL_SIZING"
    )]
    sizing: Option<String>,

    /// How often it decides [default: as often as where it comes from]
    ///
    /// Example: --sizing staffing --sizing-interval 5s
    #[arg(
        long,
        value_name = "DURATION",
        env = "EVENKEEL_SIZING_INTERVAL",
        hide_short_help = true
    )]
    sizing_interval: Option<String>,

    /// Replace a worker after so many requests [default: none]
    ///
    /// Example: --max-requests 10k,jitter=10% --cold-start runtime-83ms
    #[arg(
        long,
        value_name = "N[,jitter=PCT]|none",
        env = "EVENKEEL_MAX_REQUESTS"
    )]
    max_requests: Option<String>,

    /// How workers that crash are started again: default, or key=value,... [default: default]
    ///
    /// crashes: so many within window are put up with (10 in 60s), with one more nobody is started any more. first,
    /// max: how long after a crash, doubling (100ms to 30s). none: as if it were not given. Example: --restart
    /// crashes=100,first=1s
    #[arg(
        long,
        value_name = "SPEC",
        env = "EVENKEEL_RESTART",
        hide_short_help = true
    )]
    restart: Option<String>,
}
