//! What balancers do about a request that is not answered.

use clap::Args;

#[derive(Args, Debug)]
#[command(next_help_heading = "Requests")]
pub(super) struct Requests {
    /// How long connecting to a backend may take [default: 5s]
    ///
    /// Example: --connect-timeout 250ms
    #[arg(long, value_name = "DURATION", env = "EVENKEEL_CONNECT_TIMEOUT")]
    connect_timeout: Option<String>,

    /// How long a balancer waits for the first byte of an answer [default: 60s]
    ///
    /// It counts as a failure of the backend, for breakers, --max-fails and --outlier. Example: --attempt-timeout 2s
    #[arg(long, value_name = "DURATION", env = "EVENKEEL_ATTEMPT_TIMEOUT")]
    attempt_timeout: Option<String>,

    /// How often a request is sent again that failed [default: 1]
    ///
    /// What a backend may have begun to serve is sent again only if it may be done twice (RFC 9110: GET, HEAD, PUT,
    /// DELETE, OPTIONS, TRACE). Example: --retries 3 --retry-budget 20%
    #[arg(long, value_name = "N", env = "EVENKEEL_RETRIES")]
    retries: Option<String>,

    /// How long to wait before each retry: none FIRST..MAX[,HOW] [default: 25ms..250ms,full]
    ///
    /// It doubles from FIRST to MAX. HOW it is drawn around that: full, from nothing up to it; equal, from half of
    /// it; decorrelated, from FIRST to three times the one before; exact. none: at once. Example: --retries 3
    /// --retry-backoff 10ms..1s,decorrelated
    #[arg(
        long,
        value_name = "SPEC",
        env = "EVENKEEL_RETRY_BACKOFF",
        hide_short_help = true
    )]
    retry_backoff: Option<String>,

    /// What is retried [default: refused,unreachable,full,reset,timeout]
    ///
    /// refused: nobody listens. unreachable: no connection came about. full: 503. reset: the connection broke. error:
    /// 502 or 504; a 500 is an application's answer, and counts as one everywhere. timeout: no answer in time. What may
    /// have been executed is sent again only if that does no harm (GET, HEAD, PUT, DELETE, OPTIONS). Example: --retries 1 --retry-on refused,unreachable
    #[arg(
        long,
        value_name = "REASON[,REASON...]|none",
        env = "EVENKEEL_RETRY_ON",
        hide_short_help = true
    )]
    retry_on: Option<String>,

    /// Retries and hedges as a share of the requests at most [default: 20%]
    ///
    /// Every balancer has its own. min: so many a second are always allowed. window: how long a spent budget takes to
    /// fill up by these alone. Example: --retries 3 --retry-budget 20%,min=1/s
    #[arg(
        long,
        value_name = "PCT[,min=10/s][,window=10s]|none",
        env = "EVENKEEL_RETRY_BUDGET"
    )]
    retry_budget: Option<String>,

    /// When a second attempt is sent beside the first [default: none]
    ///
    /// Of requests that may be done twice and have no body. After a fixed time, or what so many of a hundred recent
    /// responses did not exceed: P50 to P99.9. Example: --hedge-after P95 --retry-budget 10%
    #[arg(long, value_name = "P95|DURATION|none", env = "EVENKEEL_HEDGE_AFTER")]
    hedge_after: Option<String>,

    /// Idle connections that a balancer keeps to each backend [default: 128,idle=60s,order=lifo]
    ///
    /// idle: for how long; less than what the backend itself puts up with. order: which is used next, lifo or fifo.
    /// Example: --upstream-keepalive 32,idle=15s
    #[arg(
        long,
        value_name = "N[,idle=DURATION][,order=HOW]",
        env = "EVENKEEL_UPSTREAM_KEEPALIVE",
        hide_short_help = true
    )]
    upstream_keepalive: Option<String>,
}
