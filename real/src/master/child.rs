//! A process that was started, and how far it is in its life.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::process::ExitStatus;

use policy::supervise::{Exit, Worker};
use policy::time::Instant;
use rustix::process::{Pid, Signal};

use super::probe::Asking;
use super::process::Process;
use crate::channel::Sender;
use crate::channel::message::Order;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Child {
    /// Its slot and which of that slot's occupants it is.
    pub(super) worker: Worker,
    /// Its number to the kernel.
    pub(super) pid: Pid,
    /// How far it is.
    pub(super) stage: Stage,
    /// Where it listens, if it does so by itself and is known to.
    pub(super) address: Option<SocketAddr>,
    /// What its row had counted by then.
    pub(super) requests_before: u64,
    /// After how many requests it is replaced.
    pub(super) lifetime: Option<u64>,
    /// Over which connections are passed to it.
    pub(super) passing: Option<OwnedFd>,
    pub(super) process: Process,
    /// `None` of another program: that hears signals only.
    pub(super) orders: Option<Sender<Order>>,
    /// Who asks it whether it is ready, as long as it is there.
    pub(super) asking: Option<Asking>,
}

/// How far a child is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It was started.
    Starting {
        /// When that has taken too long.
        until: Instant,
    },
    /// It serves.
    Ready,
    /// It serves what it gets, until nobody sends it anything any more.
    Parting {
        /// Since which version of the list of workers it is not in it, behind balancers.
        version: Option<u64>,
        /// When that is not waited for any longer.
        until: Instant,
    },
    /// It was told to end with what it has.
    Draining {
        /// When it is ended.
        until: Instant,
    },
    /// It was told to end at once, or killed.
    Ending {
        /// When it is killed; `NEVER` if it was.
        until: Instant,
    },
}

impl Stage {
    /// When something is to be done about it.
    pub(super) fn deadline(self) -> Instant {
        match self {
            Stage::Ready => Instant::NEVER,
            Stage::Starting { until }
            | Stage::Parting { until, .. }
            | Stage::Draining { until }
            | Stage::Ending { until } => until,
        }
    }

    /// Whether it is expected to exit.
    pub(super) fn is_leaving(self) -> bool {
        !matches!(self, Stage::Starting { .. } | Stage::Ready)
    }
}

impl Child {
    /// Tells it to take nothing new and to end with what it has, by `until`. `last` if nobody else takes what waits at
    /// its socket.
    pub(super) fn drain(&mut self, last: bool, until: Instant) {
        self.stage = Stage::Draining { until };
        // What was passed is taken before the end is seen.
        self.passing = None;
        self.tell(&Order::Drain { last }, Signal::TERM);
    }

    /// Tells it to end at once, or it is killed by `until`.
    pub(super) fn quit(&mut self, until: Instant) {
        self.stage = Stage::Ending { until };
        self.tell(&Order::Quit, Signal::TERM);
    }

    /// Ends it before it ever served, which is a crash.
    pub(super) fn kill_unready(&mut self) {
        self.stage = Stage::Starting {
            until: Instant::NEVER,
        };
        self.signal(Signal::KILL);
    }

    /// Ends it.
    pub(super) fn kill(&mut self) {
        self.stage = Stage::Ending {
            until: Instant::NEVER,
        };
        self.signal(Signal::KILL);
    }

    /// Tells it, if it is one of ours.
    pub(super) fn order(&self, order: &Order) {
        if let Some(orders) = &self.orders {
            orders.send(order);
        }
    }

    /// How it ended, once it has.
    pub(super) fn reap(&mut self) -> io::Result<Option<ExitStatus>> {
        self.process.reap()
    }

    /// How to take it that it ended, `well` if its status says so. Only our own workers end unasked, after so many
    /// requests: of any other, and of whoever never served, that is a crash, and another may be one, too.
    pub(super) fn exit(&self, well: bool) -> Exit {
        let ours = self.orders.is_some() && self.stage == Stage::Ready;
        match self.stage.is_leaving() || (ours && well) {
            true => Exit::Clean,
            false => Exit::Crash,
        }
    }

    fn tell(&self, order: &Order, signal: Signal) {
        match &self.orders {
            Some(orders) => orders.send(order),
            None => self.signal(signal),
        }
    }

    fn signal(&self, signal: Signal) {
        if let Err(error) = self.process.signal(signal) {
            tracing::warn!(pid = self.pid.as_raw_pid(), %error, "a process could not be signalled");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(stage: Stage) -> Child {
        let process = std::process::Command::new("true").spawn().unwrap();
        let process = Process::new(process, false);
        Child {
            worker: Worker {
                slot: 0,
                incarnation: 0,
            },
            pid: process.pid(),
            stage,
            address: None,
            requests_before: 0,
            lifetime: None,
            passing: None,
            process,
            orders: None,
            asking: None,
        }
    }

    #[test]
    fn a_program_that_ends_unasked_has_crashed_whatever_it_says() {
        let until = Instant::NEVER;
        for stage in [Stage::Starting { until }, Stage::Ready] {
            assert_eq!(program(stage).exit(true), Exit::Crash);
        }
        assert_eq!(program(Stage::Draining { until }).exit(false), Exit::Clean);
    }
}
