//! Pages for whoever starts and stops servers: is it alive, and should it get requests?

use hyper::StatusCode;

use super::Overview;

/// Whether requests should be sent here: first to say no when the server ends.
pub(super) fn readyz(overview: &Overview) -> (StatusCode, String) {
    match overview.readiness() {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(why) => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("not ready: {why}\n"),
        ),
    }
}

/// Whether the master still answers, which is all that restarting it could change.
pub(super) fn healthz() -> (StatusCode, String) {
    (StatusCode::OK, "ok\n".to_owned())
}
