//! Who chooses, how, and among whom.

use clap::{ArgAction, Args};

#[derive(Args, Debug)]
#[command(next_help_heading = "Balancing")]
pub(super) struct Balancing {
    /// Balance over servers that already run; repeatable, or with commas
    ///
    /// https:// before it for TLS; IPv6 in brackets. Examples: --upstream 10.0.0.1:80 --upstream 10.0.0.2:80*2
    /// --upstream https://[::1]:8443
    #[arg(
        long,
        value_name = "HOST:PORT[*WEIGHT]",
        env = "EVENKEEL_UPSTREAM",
        action = ArgAction::Append
    )]
    upstream: Vec<String>,

    /// How a backend is chosen [default: round-robin]
    ///
    /// Example: --accept proxy --strategy least-connections
    #[arg(long, value_name = "NAME", env = "EVENKEEL_STRATEGY")]
    strategy: Option<String>,

    /// Balancer processes of proxy [default: 1]
    ///
    /// Example: --upstream a:80,b:80 --balancers 2
    #[arg(long, value_name = "N", env = "EVENKEEL_BALANCERS")]
    balancers: Option<String>,

    /// Balancers count on one board; without it each knows what it sent itself
    ///
    /// Example: --upstream a:80,b:80 --balancers 4 --shared-board
    #[arg(
        long,
        value_name = "true|false",
        env = "EVENKEEL_SHARED_BOARD",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    shared_board: Option<String>,

    /// By what keyed strategies know a request: client path header:NAME cookie:NAME [default: client]
    ///
    /// Example: --strategy ring-hash --key header:x-user
    #[arg(long, value_name = "WHAT", env = "EVENKEEL_KEY")]
    key: Option<String>,

    /// Keep a client at its backend by a cookie of this name [default: none]
    ///
    /// max-age: how long (a session without). same-site: strict, lax or none (lax). secure: only over TLS (true with
    /// --tls-certificate or same-site=none). Example: --sticky backend,max-age=1h
    #[arg(long, value_name = "NAME[,key=value...]|none", env = "EVENKEEL_STICKY")]
    sticky: Option<String>,

    /// Sign that cookie with what is in this file, 16 bytes at least [default: an opaque number]
    ///
    /// Example: --sticky backend --sticky-secret /etc/real/cookie.key
    #[arg(
        long,
        value_name = "FILE",
        env = "EVENKEEL_STICKY_SECRET",
        hide_short_help = true
    )]
    sticky_secret: Option<String>,

    /// Backends sampled for a pick, for two-choices and least-time [default: 2]
    ///
    /// Example: --accept proxy --strategy two-choices --choices 3
    #[arg(
        long,
        value_name = "D",
        env = "EVENKEEL_CHOICES",
        hide_short_help = true
    )]
    choices: Option<String>,

    /// Sample with replacement, as Envoy does
    ///
    /// Example: --accept proxy --strategy two-choices --replacement
    #[arg(
        long,
        value_name = "true|false",
        env = "EVENKEEL_REPLACEMENT",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        hide_short_help = true
    )]
    replacement: Option<String>,

    /// How many times its fair share a backend may hold, for bounded-load [default: 1.25]
    ///
    /// Example: --accept proxy --strategy bounded-load --bound 1.5
    #[arg(
        long,
        value_name = "FACTOR",
        env = "EVENKEEL_BOUND",
        hide_short_help = true
    )]
    bound: Option<String>,

    /// Points on the ring for each unit of weight, for ring-hash and bounded-load [default: 160]
    ///
    /// Example: --accept proxy --strategy ring-hash --ring-points 500
    #[arg(
        long,
        value_name = "N",
        env = "EVENKEEL_RING_POINTS",
        hide_short_help = true
    )]
    ring_points: Option<String>,

    /// Keys that the strategy sticky remembers [default: 65536]
    ///
    /// Example: --accept proxy --strategy sticky --sticky-keys 1M
    #[arg(
        long,
        value_name = "N",
        env = "EVENKEEL_STICKY_KEYS",
        hide_short_help = true
    )]
    sticky_keys: Option<String>,
}
