//! What balancers do about a request that is not answered.

use clap::Args;

#[derive(Args, Debug)]
#[command(next_help_heading = "Requests")]
pub(super) struct Requests {
    /// How long a balancer waits for one attempt [default: none]
    ///
    /// It counts as a failure of the backend, for breakers, --max-fails and --outlier. --timeout is the client's, for
    /// all attempts together, and does not. Example: --attempt-timeout 100ms
    #[arg(long, value_name = "DURATION|none", env = "EVENKEEL_ATTEMPT_TIMEOUT")]
    attempt_timeout: Option<String>,

    /// What a backend does with an attempt nobody waits for: serve leave cancel [default: leave]
    ///
    /// serve: it is not told, and serves it. leave: it serves what it has begun, the others leave the queue. cancel:
    /// it stops serving it. Example: --timeout 1s --abandoned serve
    #[arg(
        long,
        value_name = "WHAT",
        env = "EVENKEEL_ABANDONED",
        hide_short_help = true
    )]
    abandoned: Option<String>,

    /// Whether backends know when nobody waits any more: stay travel [default: stay]
    ///
    /// travel: a backend drops at its turn what is too late. Example: --timeout 1s --deadlines travel
    #[arg(
        long,
        value_name = "HOW",
        env = "EVENKEEL_DEADLINES",
        hide_short_help = true
    )]
    deadlines: Option<String>,

    /// How often a request is sent again that failed [default: 0]
    ///
    /// Example: --retries 3 --retry-budget 20%
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

    /// What is retried [default: refused,unreachable,full,reset,error,timeout]
    ///
    /// refused: nobody listens. unreachable: no connection came about. full: its queue was full. reset: it broke. error: the answer says so.
    /// timeout: no answer in time. shed: the backend has too much to do. Example: --retries 1 --retry-on
    /// refused,unreachable
    #[arg(
        long,
        value_name = "REASON[,REASON...]|none",
        env = "EVENKEEL_RETRY_ON",
        hide_short_help = true
    )]
    retry_on: Option<String>,

    /// Retries and hedges as a share of the requests at most [default: none]
    ///
    /// Every balancer has its own. min: so many a second are always allowed. window: how long a spent budget takes to
    /// fill up by these alone, so that it holds min times window. Example: --retries 3 --retry-budget 20%,min=1/s
    #[arg(
        long,
        value_name = "PCT[,min=10/s][,window=10s]",
        env = "EVENKEEL_RETRY_BUDGET"
    )]
    retry_budget: Option<String>,

    /// When a second attempt is sent beside the first [default: none]
    ///
    /// After a fixed time, or what so many of a hundred recent responses did not exceed: P50 to P99.9. Example:
    /// --hedge-after P95 --retry-budget 10%
    #[arg(long, value_name = "P95|DURATION|none", env = "EVENKEEL_HEDGE_AFTER")]
    hedge_after: Option<String>,
}
