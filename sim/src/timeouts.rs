//! Clients' patience: every request has the same, so deadlines pass in the order of sending.

use std::collections::VecDeque;

use policy::time::{Duration, Instant};

use crate::request::{RequestId, Requests, State};

/// Pending deadlines, earliest first. Requests that ended earlier are dropped when their turn comes.
#[derive(Clone, Debug)]
pub(crate) struct Timeouts {
    patience: Duration,
    pending: VecDeque<(Instant, RequestId)>,
}

impl Timeouts {
    /// Every client gives up after `patience`.
    pub(crate) fn new(patience: Duration) -> Self {
        Timeouts {
            patience,
            pending: VecDeque::new(),
        }
    }

    /// `id` was sent at `now`, later than all before it. Its deadline.
    pub(crate) fn watch(&mut self, id: RequestId, now: Instant) -> Instant {
        let deadline = now + self.patience;
        self.pending.push_back((deadline, id));
        deadline
    }

    /// The earliest deadline of a request that is still there; [`Instant::NEVER`] if there is none.
    pub(crate) fn next_deadline(&mut self, requests: &Requests) -> Instant {
        while let Some(&(deadline, id)) = self.pending.front() {
            let request = &requests[id];
            // A record that was reused has another deadline.
            let same = request.arrived + self.patience == deadline;
            if same && matches!(request.state, State::Waiting | State::InService) {
                return deadline;
            }
            self.pending.pop_front();
        }
        Instant::NEVER
    }

    /// Whose deadline [`Timeouts::next_deadline`] is.
    pub(crate) fn expire(&mut self) -> Option<RequestId> {
        self.pending.pop_front().map(|(_, id)| id)
    }
}
