//! Who chooses, how, and knowing what.

use clap::Args;

#[derive(Args, Debug)]
#[command(next_help_heading = "Policy")]
pub(super) struct Policy {
    /// Which strategies, compared on identical requests; `list` says which there are [default: round-robin]
    #[arg(
        long,
        value_name = "NAME[,NAME...]|all|list",
        env = "EVENKEEL_STRATEGY"
    )]
    strategy: Option<String>,

    /// Backends sampled for a pick, for two-choices and least-time [default: 2]
    #[arg(long, value_name = "D", env = "EVENKEEL_CHOICES")]
    choices: Option<String>,

    /// Sample with replacement, as Envoy does
    #[arg(long, value_name = "true|false", env = "EVENKEEL_REPLACEMENT",
          num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    replacement: Option<String>,

    /// How many times its fair share a backend may hold, for bounded-load [default: 1.25]
    #[arg(long, value_name = "FACTOR", env = "EVENKEEL_BOUND")]
    bound: Option<String>,

    /// Points on the ring for each unit of weight, for ring-hash and bounded-load [default: 160]
    #[arg(long, value_name = "N", env = "EVENKEEL_RING_POINTS")]
    ring_points: Option<String>,

    /// Keys that sticky remembers [default: 65536]
    #[arg(long, value_name = "N", env = "EVENKEEL_STICKY_KEYS")]
    sticky_keys: Option<String>,

    /// Draw the strategies' random numbers from ChaCha12, which is cryptographically secure
    #[arg(long, value_name = "true|false", env = "EVENKEEL_SECURE_RNG",
          num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    secure_rng: Option<String>,

    /// How work reaches a worker: proxy, through a balancer [default: proxy]
    #[arg(long, value_name = "HOW", env = "EVENKEEL_ACCEPT")]
    accept: Option<String>,

    /// Balancers, each on its own, that share the requests by chance [default: 1]
    #[arg(long, value_name = "K", env = "EVENKEEL_DISPATCHERS")]
    dispatchers: Option<String>,

    /// Balancers read all backends' loads from a board refreshed at this interval; without it each knows
    /// what it sent itself
    #[arg(long, value_name = "DURATION|none", env = "EVENKEEL_STALENESS")]
    staleness: Option<String>,
}
