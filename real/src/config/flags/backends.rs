//! What balancers do about backends.

use clap::Args;

#[derive(Args, Debug)]
#[command(next_help_heading = "Backends")]
pub(super) struct Backends {
    /// How often each balancer probes each backend [default: none]
    ///
    /// From the end of a probe to the next. Example: --health-interval 2s --health-fall 3
    #[arg(long, value_name = "DURATION|none", env = "EVENKEEL_HEALTH_INTERVAL")]
    health_interval: Option<String>,

    /// What a probe asks for; 2xx and 3xx are well [default: /]
    ///
    /// Example: --health-interval 2s --health-path /healthz
    #[arg(
        long,
        value_name = "PATH",
        env = "EVENKEEL_HEALTH_PATH",
        hide_short_help = true
    )]
    health_path: Option<String>,

    /// How long a probe may take [default: 1s]
    ///
    /// Example: --health-interval 2s --health-timeout 500ms
    #[arg(
        long,
        value_name = "DURATION",
        env = "EVENKEEL_HEALTH_TIMEOUT",
        hide_short_help = true
    )]
    health_timeout: Option<String>,

    /// Up after so many good probes in a row [default: 2]
    ///
    /// Example: --health-interval 2s --health-rise 5
    #[arg(
        long,
        value_name = "N",
        env = "EVENKEEL_HEALTH_RISE",
        hide_short_help = true
    )]
    health_rise: Option<String>,

    /// Down after so many bad probes in a row [default: 3]
    ///
    /// Example: --health-interval 2s --health-fall 1
    #[arg(
        long,
        value_name = "N",
        env = "EVENKEEL_HEALTH_FALL",
        hide_short_help = true
    )]
    health_fall: Option<String>,

    /// Down after so many failed requests within --fail-timeout [default: none]
    ///
    /// As nginx has it, whose default is 1. Example: --max-fails 1 --fail-timeout 10s
    #[arg(long, value_name = "N|none", env = "EVENKEEL_MAX_FAILS")]
    max_fails: Option<String>,

    /// In which time they count, and for how long it is down [default: 10s]
    ///
    /// Example: --max-fails 3 --fail-timeout 30s
    #[arg(
        long,
        value_name = "DURATION",
        env = "EVENKEEL_FAIL_TIMEOUT",
        hide_short_help = true
    )]
    fail_timeout: Option<String>,

    /// Circuit breakers, one for each balancer and backend: default, or key=value,... [default: none]
    ///
    /// failures: in a row to open (5, or none). rate: the share that failed, of at least minimum (20) requests within
    /// window (10s), to open (none). open, max: how long it is open at first (30s) and at most (300s), with jitter
    /// (25%). probes: let through at once when that is over (1). successes: to close (1). Examples: --breaker default
    /// --breaker failures=none,rate=50%,window=5s,open=10s
    #[arg(long, value_name = "SPEC|none", env = "EVENKEEL_BREAKER")]
    breaker: Option<String>,

    /// Ejection of backends worse than the others: default, or key=value,... [default: none]
    ///
    /// As Envoy has it. failures: in a row (5, or none). stdev: so many standard deviations below the mean success
    /// rate (1.9, or none), among at least hosts (5) backends of at least volume (100) requests in an interval (10s).
    /// base, max: an ejection lasts base (30s) times how often, at most max (300s). Example: --outlier
    /// failures=3,base=5s --max-ejection 50%
    #[arg(long, value_name = "SPEC|none", env = "EVENKEEL_OUTLIER")]
    outlier: Option<String>,

    /// How many may be ejected at once; one always [default: 10%]
    ///
    /// Example: --outlier default --max-ejection 50%
    #[arg(
        long,
        value_name = "PCT",
        env = "EVENKEEL_MAX_EJECTION",
        hide_short_help = true
    )]
    max_ejection: Option<String>,

    /// With fewer healthy backends than this, health is ignored; 0%: never [default: 50%]
    ///
    /// Example: --health-interval 1s --panic 0%
    #[arg(
        long,
        value_name = "PCT",
        env = "EVENKEEL_PANIC",
        hide_short_help = true
    )]
    panic: Option<String>,

    /// How long a backend that comes back takes to carry its share [default: none]
    ///
    /// Its weight rises from a tenth in ten steps, after every recovery anew. Only strategies that weigh notice.
    /// Example: --strategy weighted --health-interval 1s --slow-start 30s
    #[arg(long, value_name = "DURATION|none", env = "EVENKEEL_SLOW_START")]
    slow_start: Option<String>,
}
