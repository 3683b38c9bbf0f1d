//! Processes by the session they were started in: it outlives a master, and a binary upgrade.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// The processes of one server, however they are related.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session(pub(crate) Pid);

impl Session {
    /// Who is alive; the dead that nobody has reaped yet are not.
    pub(crate) fn alive(self) -> Vec<Pid> {
        let all = std::fs::read_dir("/proc").expect("a /proc");
        let ids = all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        let mine = |id: &i32| {
            Stat::read(*id)
                .is_some_and(|stat| stat.session == self.0.as_raw_nonzero().get() && stat.alive())
        };
        ids.filter(mine).filter_map(Pid::from_raw).collect()
    }

    /// User and system time of those alive.
    pub(crate) fn cpu(self) -> Duration {
        let ticks: u64 = self
            .alive()
            .iter()
            .filter_map(|pid| Stat::read(pid.as_raw_nonzero().get()))
            .map(|stat| stat.ticks)
            .sum();
        Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second())
    }

    /// Ends all of it, whatever it is doing, and also those who were being started meanwhile.
    pub(crate) fn kill(self) {
        while let alive @ [_, ..] = self.alive().as_slice() {
            for pid in alive {
                // Whoever has ended by now is as good.
                let _ = kill_process(*pid, Signal::KILL);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Sends `signal` to a process that must be there.
#[track_caller]
pub(crate) fn send(pid: Pid, signal: Signal) {
    kill_process(pid, signal)
        .unwrap_or_else(|error| panic!("no signal {signal:?} to {pid:?}: {error}"));
}

/// What `/proc/PID/stat` says.
struct Stat {
    state: u8,
    session: i32,
    ticks: u64,
}

impl Stat {
    fn read(pid: i32) -> Option<Self> {
        let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // A command's name may contain anything, parentheses too.
        let fields: Vec<&str> = text.rsplit_once(") ")?.1.split(' ').collect();
        let ticks = fields[11].parse::<u64>().ok()? + fields[12].parse::<u64>().ok()?;
        Some(Self {
            state: fields[0].as_bytes()[0],
            session: fields[3].parse().ok()?,
            ticks,
        })
    }

    fn alive(&self) -> bool {
        !matches!(self.state, b'Z' | b'X')
    }
}
