//! The server's command line.

#[cfg(not(loom))]
fn main() -> std::process::ExitCode {
    real::run()
}

/// Without sockets there is nothing to run.
#[cfg(loom)]
fn main() {}
