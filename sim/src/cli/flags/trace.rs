//! Requests as recorded.

use clap::Args;

#[derive(Args, Debug)]
#[command(next_help_heading = "Trace")]
pub(super) struct Trace {
    /// Requests as recorded: CSV with named columns, JSON lines, or an access log, plain or .gz
    ///
    /// Recorded time is kept unless --load or --rate is given, which scales it linearly.
    #[arg(long, value_name = "FILE", env = "EVENKEEL_TRACE")]
    trace: Option<String>,

    /// When a request came: COLUMN, COLUMN*1ms or COLUMN-COLUMN [default: a column with a usual name]
    #[arg(long, value_name = "COLUMN", env = "EVENKEEL_TRACE_TIME")]
    trace_time: Option<String>,

    /// The service a request needs: COLUMN or COLUMN*2ms [default: demand or service_time, if there]
    #[arg(long, value_name = "COLUMN", env = "EVENKEEL_TRACE_DEMAND")]
    trace_demand: Option<String>,

    /// What a request is placed by [default: host in an access log]
    #[arg(long, value_name = "COLUMN", env = "EVENKEEL_TRACE_KEY")]
    trace_key: Option<String>,

    /// Equal stamps are spread within their tick by seed, or kept: spread keep [default: spread]
    #[arg(long, value_name = "HOW", env = "EVENKEEL_TRACE_TIES")]
    trace_ties: Option<String>,

    /// Refuse a trace with a malformed line
    #[arg(long, value_name = "true|false", env = "EVENKEEL_STRICT",
          num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    strict: Option<String>,
}
