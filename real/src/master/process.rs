//! A process that is ours to end and to reap.

use std::io;
use std::process::ExitStatus;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};
use rustix::process::{kill_process, kill_process_group, waitid};

/// It leads a process group of its own. Whoever drops it ends it: nobody is left behind that could not be watched.
#[derive(Debug)]
pub(super) struct Process {
    process: std::process::Child,
    /// Whether it is another program: what that started ends with it.
    with_group: bool,
}

impl Process {
    pub(super) fn new(process: std::process::Child, with_group: bool) -> Process {
        Process {
            process,
            with_group,
        }
    }

    /// Its number to the kernel.
    pub(super) fn pid(&self) -> Pid {
        Pid::from_child(&self.process)
    }

    /// Signals it, and all that it started if it is another program. It must not have been reaped: until then the number
    /// is its own.
    pub(super) fn signal(&self, signal: Signal) -> io::Result<()> {
        // A program may have left its group.
        let told = self.with_group && kill_process_group(self.pid(), signal).is_ok();
        match told {
            true => Ok(()),
            false => Ok(kill_process(self.pid(), signal)?),
        }
    }

    /// How it ended, once it has. What it leaves of its group ends then.
    pub(super) fn reap(&mut self) -> io::Result<Option<ExitStatus>> {
        if self.with_group && self.has_ended() {
            // Only now: once it is reaped, its number can be somebody else's. There may be nobody.
            let _ = kill_process_group(self.pid(), Signal::KILL);
        }
        self.process.try_wait()
    }

    /// Whether it has ended and was not reaped.
    fn has_ended(&self) -> bool {
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        matches!(waitid(WaitId::Pid(self.pid()), look), Ok(Some(_)))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that was reaped already is left alone.
        if let Ok(None) = self.reap() {
            // It ended just now if this fails.
            let _ = self.signal(Signal::KILL);
            let _ = self.process.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};

    /// A shell and what it started, whose number comes first.
    fn shell(script: &str) -> (Process, impl BufRead) {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]).stdout(Stdio::piped());
        let mut shell = shell.process_group(0).spawn().unwrap();
        let said = BufReader::new(shell.stdout.take().unwrap());
        (Process::new(shell, true), said)
    }

    /// The end of what they say is the end of all that could say something.
    fn must_be_over(mut said: impl BufRead) {
        let mut rest = String::new();
        assert_eq!(said.read_line(&mut rest).unwrap(), 0, "{rest}");
    }

    #[test]
    fn what_a_program_started_ends_with_it() {
        let (process, mut said) = shell("sleep 600 & echo started; wait");
        said.read_line(&mut String::new()).unwrap();
        process.signal(Signal::TERM).unwrap();
        must_be_over(said);
    }

    #[test]
    fn what_a_program_leaves_ends_when_it_is_reaped() {
        let (mut process, said) = shell("sleep 600 & exit 3");
        let status = loop {
            if let Some(status) = process.reap().unwrap() {
                break status;
            }
            std::thread::yield_now();
        };
        assert_eq!(status.code(), Some(3));
        must_be_over(said);
    }

    #[test]
    fn whoever_is_dropped_is_ended_and_reaped() {
        let (process, said) = shell("sleep 600");
        let pid = process.pid();
        drop(process);
        must_be_over(said);
        assert!(rustix::process::test_kill_process(pid).is_err());
    }
}
