//! How far it is, on stderr and only where that is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use model::examine::Progress;

/// A bar for each part of the work.
#[derive(Debug)]
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new() -> Self {
        Bar(ProgressBar::hidden())
    }

    /// Leaves the terminal as it was.
    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Bar {
    fn begin(&mut self, what: &'static str, total: usize) {
        self.clear();
        // Hidden by indicatif itself where stderr is no terminal.
        self.0 = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{msg} {pos}/{len} {wide_bar} {elapsed}");
        self.0.set_style(style.expect("the template is valid"));
        self.0.set_message(what);
    }

    fn step(&mut self) {
        self.0.inc(1);
    }
}
