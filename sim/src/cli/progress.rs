//! A bar on stderr, where that is a terminal, once a run takes more than a second.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sim::scenario::Scenario;
use sim::world::Oversight;

const PATIENCE: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(100);

/// A bar that ends when this is dropped.
pub(crate) struct Progress {
    /// Dropped first, which wakes the thread.
    done: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Shows how much of `scenarios` is done.
    pub(crate) fn of<'a>(
        scenarios: impl Iterator<Item = &'a Scenario>,
        oversight: &Arc<Oversight>,
    ) -> Progress {
        let (done, over) = channel();
        let total = scenarios.map(requests).fold(0, u64::saturating_add);
        let oversight = Arc::clone(oversight);
        let thread = std::thread::spawn(move || {
            // Nothing is ever sent: the channel closes when there is nothing left to show.
            if over.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = bar(total, oversight.sent.load(Ordering::Relaxed));
            loop {
                let sent = oversight.sent.load(Ordering::Relaxed);
                // `--precision` may add replications.
                bar.set_length(total.max(sent));
                bar.set_position(sent);
                if over.recv_timeout(TICK) != Err(RecvTimeoutError::Timeout) {
                    return bar.finish_and_clear();
                }
            }
        });
        Progress {
            done: Some(done),
            thread: Some(thread),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.done.take());
        if let Some(thread) = self.thread.take() {
            // It only draws: if it failed, nothing is missing.
            let _ = thread.join();
        }
    }
}

/// How many requests will be sent in all, unless a precision asks for more.
fn requests(scenario: &Scenario) -> u64 {
    let effort = &scenario.effort;
    let replications = |&strategy| match scenario.is_fixed(strategy) {
        true => 1,
        false => u64::from(effort.replications),
    };
    let replications: u64 = scenario.strategies.iter().map(replications).sum();
    replications.saturating_mul(effort.requests)
}

/// A bar of which `sent` was done while nobody looked.
fn bar(total: u64, sent: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    let style =
        ProgressStyle::with_template("{bar:30} {percent:>3} % of {human_len} requests, {eta} left");
    // The template above is right, and the default would do.
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        .with_position(sent)
        .with_elapsed(PATIENCE)
}
