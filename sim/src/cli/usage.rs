//! What a run cost: said on stderr, never in a result.

use std::time::Instant;

use sim::outcome::Outcome;

/// A run's start.
pub(crate) struct Clock(Instant);

impl Clock {
    /// Now.
    #[expect(
        clippy::disallowed_methods,
        reason = "how long the program ran is told to people and changes no result"
    )]
    pub(crate) fn start() -> Clock {
        Clock(Instant::now())
    }

    /// One line: wall time, time per simulated request, memory where the system says.
    pub(crate) fn line(&self, outcome: &Outcome, jobs: usize) -> String {
        let seconds = self.0.elapsed().as_secs_f64();
        let simulated: u64 = outcome
            .results
            .iter()
            .map(|result| result.requests + result.warmup_discarded)
            .sum();
        let mut line = format!("{simulated} requests in {seconds:.3} s");
        if simulated > 0 {
            let each = seconds * 1e9 / simulated as f64;
            line.push_str(&format!(", {each:.1} ns each on {jobs} threads"));
        }
        if let Some(kib) = peak_memory_kib() {
            line.push_str(&format!(", {:.1} MB peak memory", kib as f64 * 1024e-6));
        }
        line
    }
}

/// The most memory that was ever resident, on Linux.
fn peak_memory_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
