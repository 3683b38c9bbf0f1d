//! Whose child this process is, and to which CPU it is bound.

use std::io;

use rustix::process::{Pid, Signal};
use rustix::thread::CpuSet;

/// Ends this process when its master does, whose number is `master`.
///
/// # Errors
/// If the master has ended already, or is no number.
pub(super) fn bind(master: Option<&str>) -> io::Result<()> {
    let invalid = || io::Error::new(io::ErrorKind::InvalidInput, "the master's pid is missing");
    let master: i32 = master
        .and_then(|word| word.parse().ok())
        .ok_or_else(invalid)?;
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    // It may have ended before the kernel was asked to tell.
    if rustix::process::getppid().map(Pid::as_raw_pid) != Some(master) {
        return Err(io::Error::other("the master has ended"));
    }
    Ok(())
}

/// Runs on the `nth` of the CPUs that this process may use, counted round and round.
///
/// # Errors
/// If the kernel refuses.
pub(super) fn pin(nth: u32) -> io::Result<()> {
    let allowed = rustix::thread::sched_getaffinity(None)?;
    let cpus: Vec<usize> = (0..CpuSet::MAX_CPU)
        .filter(|&cpu| allowed.is_set(cpu))
        .collect();
    let Some(&cpu) = cpus.get(nth as usize % cpus.len().max(1)) else {
        return Ok(());
    };
    let mut only = CpuSet::new();
    only.set(cpu);
    Ok(rustix::thread::sched_setaffinity(None, &only)?)
}
