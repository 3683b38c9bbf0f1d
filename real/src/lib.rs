//! A prefork HTTP/1.1 server and load balancer.
//!
//! Every decision is made by `policy`; this crate carries out.
#![cfg(not(loom))]

mod accept;
pub mod admin;
pub mod app;
mod channel;
pub mod cli;
pub mod clock;
pub mod config;
pub mod http;
pub mod log;
mod master;
pub mod proxy;
pub mod serve;
pub mod settings;
pub mod stats;
mod sys;
mod worker;

/// Runs the program with the arguments of this process. The first may be a role that only this program itself gives to
/// its children.
pub fn run() -> std::process::ExitCode {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some(worker::WORKER | worker::BALANCER) => worker::run(arguments),
        Some(worker::exec::PROGRAM) => worker::exec::run(arguments),
        _ => cli::main(master::run),
    }
}
