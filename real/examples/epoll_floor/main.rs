//! The floor below any server on epoll: one read and one write a request, and nothing between them.
//!
//! It parses nothing, so it is no server: whatever arrives in one read is taken for one request. `real/bench` measures it
//! to say how much of a request's cost is the kernel's.
//!
//!     epoll_floor ADDRESS               answers each read with the same bytes
//!     epoll_floor ADDRESS UPSTREAM...   relays bytes, each client's connection over one of its own

#[cfg(not(loom))]
mod floor;

#[cfg(not(loom))]
fn main() -> std::process::ExitCode {
    match floor::run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("epoll_floor: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}

/// Without sockets there is nothing to serve.
#[cfg(loom)]
fn main() {}
