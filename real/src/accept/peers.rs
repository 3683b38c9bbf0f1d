//! The processes that accept from the same socket.
//!
//! Whoever is awake anyway takes one connection after the other before anybody else is awake, and what it took it keeps:
//! on two workers, eight keep-alive connections were all one's. So whoever is ahead of another by [`lead`] pauses for a
//! moment. (nginx stops accepting in a worker that has most of its connections in use.)

use crate::stats::{Gauge, ProcessRow};

/// See the [module](self).
#[derive(Debug, Default)]
pub(crate) struct Peers(Vec<ProcessRow>);

/// How much is too far ahead for somebody with `open` connections: few are worth an effort, and a burst must not wait.
pub(super) fn lead(open: u64) -> u64 {
    2 + open / 8
}

impl Peers {
    /// Those that count in these rows.
    pub(crate) fn new(rows: impl Iterator<Item = ProcessRow>) -> Peers {
        Peers(rows.collect())
    }

    /// Whether somebody with `open` connections is too far ahead of one of those who serve.
    pub(super) fn are_behind(&self, open: u64) -> bool {
        let serves = |row: &&ProcessRow| row.gauge(Gauge::Ready) == 1;
        let mut serving = self.0.iter().filter(serves);
        serving.any(|row| row.gauge(Gauge::Connections) + lead(open) <= open)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Layout, Page};

    #[test]
    fn who_is_ahead_of_somebody_that_serves_is_told_so() {
        let layout = Layout {
            processes: 3,
            balancers: 0,
            backends: 0,
        };
        let page = Page::alone(layout).unwrap();
        let peers = Peers::new((1..3).map(|row| page.process(row)));
        assert!(!peers.are_behind(100), "nobody serves");
        page.process(1).ready(true);
        page.process(1).accepted(4);
        assert!(!peers.are_behind(5) && peers.are_behind(6));
        page.process(1).accepted(76);
        assert!(!peers.are_behind(89) && peers.are_behind(94));
        page.process(2).ready(true);
        assert!(peers.are_behind(2));
    }
}
