//! The least that hyper needs to be an origin or a proxy: what `real/bench` holds the server against.
//!
//! No limits, no timeouts, no counters, no supervision. Workers beyond the first share its listening socket.
//!
//!     minimal_hyper ADDRESS WORKERS               answers every request with `Hello, World!`
//!     minimal_hyper ADDRESS WORKERS UPSTREAM...   forwards, each client's connection over one of its own

#[cfg(not(loom))]
mod proxy;
#[cfg(not(loom))]
mod serve;

#[cfg(not(loom))]
fn main() -> std::process::ExitCode {
    match serve::run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("minimal_hyper: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}

/// Without sockets there is nothing to serve.
#[cfg(loom)]
fn main() {}
