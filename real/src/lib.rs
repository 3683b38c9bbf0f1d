//! A prefork HTTP/1.1 server and load balancer.
//!
//! Every decision is made by `policy`; this crate carries out.
#![cfg(not(loom))]

pub mod admin;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod http;
pub mod log;
pub mod proxy;
pub mod serve;
pub mod settings;
pub mod stats;

/// Runs the program with the arguments of this process.
pub fn run() -> std::process::ExitCode {
    cli::main(|_document, _settings| Ok(spec::Status::Done))
}
