//! Who is let in.

use clap::Args;

#[derive(Args, Debug)]
#[command(next_help_heading = "Admission")]
pub(super) struct Admission {
    /// Requests/s of one client, known by --key; others get 429 [default: none]
    ///
    /// A token bucket. burst: so many at once, by default what comes in a tenth of a second. Example: --rate-limit
    /// 500,burst=20
    #[arg(long, value_name = "R[,burst=N]|none", env = "EVENKEEL_RATE_LIMIT")]
    rate_limit: Option<String>,

    /// Requests in flight that each process lets in: N aimd gradient; others get 503 [default: none]
    ///
    /// aimd:initial=10,min=1,max=1000,kept=90%,timeout=5s grows by one while all goes well; a drop leaves kept.
    /// gradient:initial=20,min=1,max=1000,tolerance=1.5,smoothing=20%,window=1s,windows=600 follows how response
    /// times change. Every part may be left out. Examples: --concurrency-limit 100 --concurrency-limit
    /// aimd:initial=20,timeout=200ms
    #[arg(long, value_name = "SPEC|none", env = "EVENKEEL_CONCURRENCY_LIMIT")]
    concurrency_limit: Option<String>,

    /// Requests in all processes together; who gets no slot gets 503 [default: --concurrency for each worker there
    /// can be; in proxy --max-connections for each balancer]
    ///
    /// Example: --slots 64 --slot-wait patience=1s
    #[arg(long, value_name = "N", env = "EVENKEEL_SLOTS")]
    slots: Option<String>,

    /// How a request waits for a slot [default: spins=10,first=10us,max=1ms,patience=5s,retries=none]
    ///
    /// It tries again spins times at once, then sleeps for first, doubling to max, until patience or all retries are
    /// spent. Example: --slots 64 --slot-wait patience=none,retries=100
    #[arg(
        long,
        value_name = "SPEC",
        env = "EVENKEEL_SLOT_WAIT",
        hide_short_help = true
    )]
    slot_wait: Option<String>,
}
