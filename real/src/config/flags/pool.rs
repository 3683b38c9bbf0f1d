//! Processes that serve, and when there are more or fewer of them.

use clap::Args;

#[derive(Args, Debug)]
#[command(next_help_heading = "Workers")]
pub(super) struct Pool {
    /// Workers, or copies of the --exec program, at first [default: CPUs; --min-workers with --sizing]
    ///
    /// Example: --workers 8
    #[arg(long, value_name = "N", env = "EVENKEEL_WORKERS")]
    workers: Option<String>,

    /// Requests that a worker serves at once [default: 1]
    ///
    /// Example: --workers 4 --concurrency 100
    #[arg(long, value_name = "K", env = "EVENKEEL_CONCURRENCY")]
    concurrency: Option<String>,

    /// Run this program instead of the built-in application, --workers copies, and balance over them
    ///
    /// {port} stands for the port that the copy has to listen on, at 127.0.0.1; it is in the environment, too, as
    /// PORT. Words are split as a shell would, and nothing else is done. What a copy starts ends with it, and with the
    /// server; only if the server is killed does what the copy started have to see to that itself. Example: --exec 'python3 -m http.server
    /// {port}' --workers 4
    #[arg(long, value_name = "'CMD {port}'", env = "EVENKEEL_EXEC")]
    exec: Option<String>,

    /// What a copy must answer with 2xx or 3xx before it gets requests [default: none, a connection will do]
    ///
    /// Example: --exec ./serve --ready-path /healthz
    #[arg(
        long,
        value_name = "PATH|none",
        env = "EVENKEEL_READY_PATH",
        hide_short_help = true
    )]
    ready_path: Option<String>,

    /// How long a worker may take to be ready [default: 30s]
    ///
    /// Example: --ready-timeout 5s
    #[arg(
        long,
        value_name = "DURATION",
        env = "EVENKEEL_READY_TIMEOUT",
        hide_short_help = true
    )]
    ready_timeout: Option<String>,

    /// What decides how many workers there are [default: none, TTIN and TTOU only]
    ///
    /// thresholds:up=100,down=10,per=5s,hold=2,cooldown=15s utilization:target=70%,tolerance=10%,stabilization=5m
    /// staffing:beta=1,smoothing=10s doubling:min-spare=1,max-spare=3,spawn-rate=32 on-demand:idle=10s. Every part
    /// may be left out. Example: --sizing utilization:target=60% --min-workers 4
    #[arg(
        long,
        value_name = "NAME[:key=value,...]|none",
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

    /// At most so many with --sizing [default: CPUs, or --workers if more]
    ///
    /// Example: --sizing utilization --max-workers 12
    #[arg(
        long,
        value_name = "N",
        env = "EVENKEEL_MAX_WORKERS",
        hide_short_help = true
    )]
    max_workers: Option<String>,

    /// Replace a worker after so many requests [default: none]
    ///
    /// Example: --max-requests 10k,jitter=10%
    #[arg(
        long,
        value_name = "N[,jitter=PCT]|none",
        env = "EVENKEEL_MAX_REQUESTS"
    )]
    max_requests: Option<String>,

    /// Replace a worker that has more memory resident than this [default: none]
    ///
    /// Example: --max-rss 512MiB
    #[arg(long, value_name = "SIZE|none", env = "EVENKEEL_MAX_RSS")]
    max_rss: Option<String>,

    /// How workers that crash are started again: default, or key=value,... [default: default]
    ///
    /// crashes: so many within window are put up with (10 in 60s), with one more nobody is started any more. first,
    /// max: how long after a crash, doubling (100ms to 30s). Example: --restart crashes=100,first=1s
    #[arg(
        long,
        value_name = "SPEC",
        env = "EVENKEEL_RESTART",
        hide_short_help = true
    )]
    restart: Option<String>,

    /// Bind every worker to a CPU, in turn
    ///
    /// Example: --workers 2 --pin
    #[arg(
        long,
        value_name = "true|false",
        env = "EVENKEEL_PIN",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        hide_short_help = true
    )]
    pin: Option<String>,
}
