//! `sim`: simulate a policy over a fleet, from the command line.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
