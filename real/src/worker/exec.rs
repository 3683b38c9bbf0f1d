//! A program of somebody else's, in the place of this one.

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use super::parent;

/// The first argument of a process that becomes another program.
pub(crate) const PROGRAM: &str = "__exec";

/// `__exec PARENT CPU COMMAND...`: becomes COMMAND, which then ends with the master and runs on its CPU.
pub(crate) fn run(mut arguments: impl Iterator<Item = String>) -> ExitCode {
    let (master, cpu) = (arguments.next(), arguments.next());
    let bound = parent::bind(master.as_deref());
    let pinned = match cpu.as_deref().map(str::parse) {
        Some(Ok(cpu)) => parent::pin(cpu),
        _ => Ok(()),
    };
    if let Err(error) = bound.and(pinned) {
        eprintln!("real: {error}");
        return ExitCode::FAILURE;
    }
    let Some(program) = arguments.next() else {
        eprintln!("real: __exec needs a program");
        return ExitCode::from(2);
    };
    // It returns only if it fails.
    let error = Command::new(&program).args(arguments).exec();
    eprintln!("real: cannot run {program}: {error}");
    ExitCode::FAILURE
}
