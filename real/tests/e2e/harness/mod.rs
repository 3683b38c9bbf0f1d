//! Servers, clients and upstreams for the tests, and what ends them all.

pub(crate) mod http;
pub(crate) mod load;
pub(crate) mod processes;
pub(crate) mod server;
pub(crate) mod stub;
pub(crate) mod turn;
pub(crate) mod wait;

/// A program for `--exec` that is always at hand: the server itself.
pub(crate) const PROGRAM: &str = concat!(
    env!("CARGO_BIN_EXE_real"),
    " --accept single --listen 127.0.0.1:{port} --admin none"
);

/// How many requests a test makes during which none may fail.
pub(crate) fn requests() -> u64 {
    match std::env::var("EVENKEEL_E2E_REQUESTS") {
        Ok(text) => text.parse().expect("EVENKEEL_E2E_REQUESTS is a number"),
        Err(_) => 12_000,
    }
}
