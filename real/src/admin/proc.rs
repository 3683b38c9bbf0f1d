//! What the kernel says of a process.

use std::fs;

/// Memory and time that it took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Usage {
    pub(super) resident_bytes: u64,
    pub(super) cpu_seconds: f64,
}

impl Usage {
    /// `None` if it is gone, or /proc is hidden.
    pub(super) fn of(pid: u32) -> Option<Usage> {
        let statistics = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        Usage::parse(&statistics)
    }

    /// Fields 14 and 15 are user and system time, 24 the resident pages (proc_pid_stat(5)). The second is a name that
    /// may hold anything, so it is counted from where that ends.
    fn parse(statistics: &str) -> Option<Usage> {
        let (_, after_name) = statistics.rsplit_once(')')?;
        let fields: Vec<&str> = after_name.split_ascii_whitespace().collect();
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        let ticks = field(14)? + field(15)?;
        Some(Usage {
            resident_bytes: field(24)? * rustix::param::page_size() as u64,
            cpu_seconds: ticks as f64 / rustix::param::clock_ticks_per_second() as f64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        let statistics = "7 (a) b) S 1 7 7 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 1 0 5 1000 25 18446744073709551615 1";
        let usage = Usage::parse(statistics).unwrap();
        assert_eq!(usage.resident_bytes, 25 * rustix::param::page_size() as u64);
        let ticks = rustix::param::clock_ticks_per_second() as f64;
        assert!((usage.cpu_seconds - 200.0 / ticks).abs() < 1e-9);
        assert_eq!(Usage::parse(""), None);
    }

    #[test]
    fn of_this_process() {
        assert!(Usage::of(std::process::id()).unwrap().resident_bytes > 1 << 16);
        assert_eq!(Usage::of(u32::MAX), None);
    }
}
