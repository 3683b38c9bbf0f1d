//! What only the master knows.

use std::net::SocketAddr;

/// Whoever knows it.
pub trait Source {
    /// As it is now.
    fn overview(&self) -> Overview;
}

impl<F: Fn() -> Overview> Source for F {
    fn overview(&self) -> Overview {
        self()
    }
}

/// The server as its master sees it.
#[derive(Clone, Debug, Default)]
pub struct Overview {
    /// How connections reach a worker.
    pub accept: &'static str,
    /// Where requests come in.
    pub listen: Option<SocketAddr>,
    /// Whether it is on its way out.
    pub draining: bool,
    /// How often the configuration was read again.
    pub reloads: u64,
    /// Whether the configuration that was read last was good.
    pub config_good: bool,
    /// Its workers and balancers.
    pub processes: Vec<Process>,
}

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Answers requests.
    Worker,
    /// Passes them on.
    Balancer,
}

impl Role {
    pub(super) fn label(self) -> &'static str {
        match self {
            Role::Worker => "worker",
            Role::Balancer => "balancer",
        }
    }
}

/// A slot of a process.
#[derive(Clone, Copy, Debug)]
pub struct Process {
    /// What it does.
    pub role: Role,
    /// By what it is known: a worker's is in `x-worker`.
    pub id: u32,
    /// Where it counts; `None` if it is a program that knows nothing of our page.
    pub row: Option<u32>,
    /// `None` while there is none, between two of them.
    pub pid: Option<u32>,
    /// Its own port, if it has one.
    pub port: Option<u16>,
    /// How often another took its place.
    pub restarts: u64,
    /// Whether it serves.
    pub ready: bool,
}

impl Overview {
    /// Whether clients are served: something answers them, and something is there to be passed on to if that is what
    /// is done. `Err` says what is missing.
    pub(super) fn readiness(&self) -> Result<(), &'static str> {
        let is_ready = |role| {
            let mut of_role = self.processes.iter().filter(|process| process.role == role);
            of_role
                .clone()
                .next()
                .map(|_| of_role.any(|process| process.ready))
        };
        match (
            self.draining,
            is_ready(Role::Balancer),
            is_ready(Role::Worker),
        ) {
            (true, ..) => Err("it is draining"),
            (_, Some(false), _) => Err("no balancer is ready"),
            (_, _, Some(false)) => Err("no worker is ready"),
            (_, None, None) => Err("there are no processes"),
            _ => Ok(()),
        }
    }

    /// What clients talk to: balancers where there are any, for the workers behind them serve the same requests again.
    pub(super) fn front(&self) -> Role {
        let has_balancers = self
            .processes
            .iter()
            .any(|process| process.role == Role::Balancer);
        match has_balancers {
            true => Role::Balancer,
            false => Role::Worker,
        }
    }
}
