//! `model`: proofs of what `policy` claims, and whether they have teeth.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
