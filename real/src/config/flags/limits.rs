//! What one client may do.

use clap::Args;

#[derive(Args, Debug)]
#[command(next_help_heading = "Limits")]
pub(super) struct Limits {
    /// Bytes of a request line and its headers; else 431 [default: 16KiB]
    ///
    /// Example: --max-head 64KiB
    #[arg(
        long,
        value_name = "SIZE",
        env = "EVENKEEL_MAX_HEAD",
        hide_short_help = true
    )]
    max_head: Option<String>,

    /// Header lines; else 431 [default: 100]
    ///
    /// Example: --max-headers 50
    #[arg(
        long,
        value_name = "N",
        env = "EVENKEEL_MAX_HEADERS",
        hide_short_help = true
    )]
    max_headers: Option<String>,

    /// Bytes of a body; else 413 [default: 64MiB]
    ///
    /// Example: --max-body 1MiB
    #[arg(long, value_name = "SIZE|none", env = "EVENKEEL_MAX_BODY")]
    max_body: Option<String>,

    /// From the connection or a head's first byte to its last [default: 10s]
    ///
    /// Example: --head-timeout 3s
    #[arg(long, value_name = "DURATION", env = "EVENKEEL_HEAD_TIMEOUT")]
    head_timeout: Option<String>,

    /// Between two requests of a connection [default: 60s]
    ///
    /// Example: --idle-timeout 5s
    #[arg(long, value_name = "DURATION", env = "EVENKEEL_IDLE_TIMEOUT")]
    idle_timeout: Option<String>,

    /// Between two reads, or two writes, of a body [default: 30s]
    ///
    /// Example: --stall-timeout 5s
    #[arg(
        long,
        value_name = "DURATION",
        env = "EVENKEEL_STALL_TIMEOUT",
        hide_short_help = true
    )]
    stall_timeout: Option<String>,

    /// From a head's end to the answer's end [default: 5m]
    ///
    /// Example: --request-timeout 30s
    #[arg(long, value_name = "DURATION", env = "EVENKEEL_REQUEST_TIMEOUT")]
    request_timeout: Option<String>,

    /// Connections of one process [default: 16384]
    ///
    /// Example: --max-connections 1000
    #[arg(long, value_name = "N", env = "EVENKEEL_MAX_CONNECTIONS")]
    max_connections: Option<String>,

    /// Close a connection after so many requests [default: none]
    ///
    /// Example: --requests-per-connection 1000
    #[arg(
        long,
        value_name = "N|none",
        env = "EVENKEEL_REQUESTS_PER_CONNECTION",
        hide_short_help = true
    )]
    requests_per_connection: Option<String>,
}
