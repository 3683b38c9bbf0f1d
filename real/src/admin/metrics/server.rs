//! What is so of the server as a whole.

use policy::time::Duration;

use super::exposition::{Exposition, Kind};
use crate::admin::Overview;

pub(super) fn write(out: &mut Exposition, overview: &Overview, uptime: Duration) {
    let facts = [
        ("version", env!("CARGO_PKG_VERSION")),
        ("accept", overview.accept),
    ];
    out.family(Kind::Info, "build", "What is running.")
        .sample(&facts, 1);
    let ready = u8::from(overview.readiness().is_ok());
    let draining = u8::from(overview.draining);
    let good = u8::from(overview.config_good);
    let gauges = [
        (
            "ready",
            "Whether requests should be sent here, as /readyz says.",
            ready,
        ),
        ("draining", "Whether the server is ending.", draining),
        (
            "config_good",
            "Whether the configuration that was read last is in force.",
            good,
        ),
    ];
    for (name, help, value) in gauges {
        out.family(Kind::Gauge, name, help).sample(&[], value);
    }
    out.family(Kind::Gauge, "uptime_seconds", "Since the master started.")
        .sample(&[], uptime.as_seconds());
    out.family(
        Kind::Counter,
        "config_reloads",
        "Times that the configuration was read again.",
    )
    .sample(&[], overview.reloads);
}
