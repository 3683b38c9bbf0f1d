//! Average latencies that forget: sums and counts, both of which fade, so that an answer counts for as much as any
//! other of its time, however many there are a second. Nothing is done for it while requests are served.

use std::collections::HashMap;

use policy::time::{Duration, Instant};

use super::observed::{Observed, responses};
use crate::stats::Distribution;

/// By when all but 1/e of what is known is forgotten.
const DECAY: Duration = Duration::from_millis(10_000);

/// Whose average it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Of {
    All,
    /// The process at this place of the overview's list, by role and id.
    Process(super::Role, u32),
    Backend(String),
}

#[derive(Debug)]
pub(super) struct Averages {
    updated: Instant,
    averages: HashMap<Of, Average>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Average {
    seen: (u64, f64),
    count: f64,
    seconds: f64,
    mean: Option<f64>,
    current: bool,
}

impl Averages {
    pub(super) fn new(now: Instant) -> Averages {
        Averages {
            updated: now,
            averages: HashMap::new(),
        }
    }

    /// Takes account of what has been answered since.
    pub(super) fn update(&mut self, observed: &Observed, now: Instant) {
        let elapsed = (now - self.updated).as_seconds();
        let kept = libm::exp(-elapsed / DECAY.as_seconds());
        self.updated = now;
        self.see(Of::All, &observed.responses(), kept);
        for process in &observed.processes {
            let of = Of::Process(process.process.role, process.process.id);
            self.see(of, &process.responses, kept);
        }
        for (name, sights) in &observed.backends {
            self.see(Of::Backend(name.clone()), &responses(sights), kept);
        }
        self.averages
            .retain(|_, average| std::mem::take(&mut average.current));
    }

    /// In seconds; `None` if nothing was answered yet.
    pub(super) fn mean(&self, of: &Of) -> Option<f64> {
        self.averages.get(of)?.mean
    }

    fn see(&mut self, of: Of, responses: &Distribution, kept: f64) {
        let average = self.averages.entry(of).or_default();
        average.current = true;
        let seen = (responses.count(), responses.sum_seconds());
        // Fewer than before: another is counted here now.
        let before = match seen.0 < average.seen.0 {
            true => (0, 0.0),
            false => average.seen,
        };
        average.seen = seen;
        let new = (seen.0 - before.0) as f64;
        average.count = average.count * kept + new;
        average.seconds = average.seconds * kept + (seen.1 - before.1).max(0.0);
        if new > 0.0 {
            average.mean = Some(average.seconds / average.count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::{Overview, Process, Role};
    use crate::stats::{Layout, Page};

    fn overview() -> Overview {
        let worker = Process {
            role: Role::Worker,
            id: 0,
            row: Some(0),
            pid: None,
            port: None,
            restarts: 0,
            ready: true,
        };
        Overview {
            processes: vec![worker],
            ..Overview::default()
        }
    }

    #[test]
    fn what_was_long_ago_is_forgotten() {
        let layout = Layout {
            processes: 1,
            balancers: 0,
            backends: 0,
        };
        let page = Page::alone(layout).unwrap();
        let row = page.process(0);
        let mut averages = Averages::new(Instant::ZERO);
        let mut at = |seconds: u64| {
            let observed = Observed::new(overview(), &page);
            averages.update(&observed, Instant(seconds * 1_000_000_000));
            averages.mean(&Of::All)
        };
        assert_eq!(at(1), None);
        for _ in 0..100 {
            row.ended(200, Duration::from_millis(10), 0, 0);
        }
        assert!((at(2).unwrap() - 0.010).abs() < 1e-12);
        // Silence says nothing.
        assert!((at(500).unwrap() - 0.010).abs() < 1e-12);
        row.ended(200, Duration::from_millis(20), 0, 0);
        assert!((at(501).unwrap() - 0.020).abs() < 1e-9);
        // As many again, half a decay later: they weigh e^0.5 as much.
        row.ended(200, Duration::from_millis(10), 0, 0);
        let kept = libm::exp(-0.5);
        let expected = (0.020 * kept + 0.010) / (kept + 1.0);
        assert!((at(506).unwrap() - expected).abs() < 1e-9);
    }
}
