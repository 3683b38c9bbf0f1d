//! How connections come in.

use clap::Args;

#[derive(Args, Debug)]
#[command(next_help_heading = "Listening")]
pub(super) struct Listening {
    /// Where requests come in [default: 127.0.0.1:8080]
    ///
    /// Port 0 lets the kernel choose. Example: --listen 0.0.0.0:80
    #[arg(long, value_name = "ADDR", env = "EVENKEEL_LISTEN")]
    listen: Option<String>,

    /// Where the server is looked after: /metrics /status /healthz /readyz [default: 127.0.0.1:9901]
    ///
    /// Example: --admin 127.0.0.1:9902
    #[arg(long, value_name = "ADDR|none", env = "EVENKEEL_ADMIN")]
    admin: Option<String>,

    /// How connections reach a worker: shared reuseport handoff proxy single [default: shared; proxy with --upstream
    /// or --exec]
    ///
    /// shared: workers accept from one socket. reuseport: each has its own, and the kernel hashes. handoff: the
    /// master accepts, chooses and passes the connection on. proxy: balancers choose for each request. single: one
    /// process does everything. Example: --accept handoff --strategy two-choices
    #[arg(long, value_name = "HOW", env = "EVENKEEL_ACCEPT")]
    accept: Option<String>,

    /// Which socket of reuseport a connection gets: hash cpu [default: hash]
    ///
    /// hash: by its addresses. cpu: by the CPU that received it. Example: --accept reuseport --steering cpu --pin
    #[arg(
        long,
        value_name = "HOW",
        env = "EVENKEEL_STEERING",
        hide_short_help = true
    )]
    steering: Option<String>,

    /// By how much a busy worker puts off accepting, at most [default: none]
    ///
    /// So that idle ones are faster, as in puma. Example: --accept shared --accept-delay 5ms
    #[arg(
        long,
        value_name = "DURATION|none",
        env = "EVENKEEL_ACCEPT_DELAY",
        hide_short_help = true
    )]
    accept_delay: Option<String>,

    /// Connections that may wait to be accepted [default: 4096]
    ///
    /// The kernel allows no more than net.core.somaxconn. Example: --backlog 65535
    #[arg(long, value_name = "N", env = "EVENKEEL_BACKLOG")]
    backlog: Option<String>,

    /// Connections begin with a PROXY header, version 1 or 2, which says whose they are
    ///
    /// Example: --proxy-protocol --trusted-proxies 10.0.0.0/8
    #[arg(
        long,
        value_name = "true|false",
        env = "EVENKEEL_PROXY_PROTOCOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    proxy_protocol: Option<String>,

    /// Whose X-Forwarded-* and Forwarded are kept [default: none]
    ///
    /// Of all others they are replaced. Example: --trusted-proxies 10.0.0.0/8,::1
    #[arg(
        long,
        value_name = "NET[,NET...]|none",
        env = "EVENKEEL_TRUSTED_PROXIES",
        hide_short_help = true
    )]
    trusted_proxies: Option<String>,

    /// How long a server that is told to end only says that it is not ready [default: none]
    ///
    /// /readyz fails at once; connections are taken in until this is over, for whoever balances over several servers
    /// needs time to look. A second TERM cuts it short. Example: --drain-delay 5s
    #[arg(
        long,
        value_name = "DURATION|none",
        env = "EVENKEEL_DRAIN_DELAY",
        hide_short_help = true
    )]
    drain_delay: Option<String>,

    /// How long requests may take once the server is told to end [default: 30s]
    ///
    /// Example: --drain-timeout 2m
    #[arg(long, value_name = "DURATION", env = "EVENKEEL_DRAIN_TIMEOUT")]
    drain_timeout: Option<String>,

    /// Where all randomness comes from [default: 1]
    ///
    /// Example: --seed 7
    #[arg(long, value_name = "N", env = "EVENKEEL_SEED")]
    seed: Option<String>,
}
