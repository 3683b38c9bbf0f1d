//! Who is served next, and how many may wait.

use crate::request::{Queue, RequestId, Requests};

/// Order of service among those who wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discipline {
    /// First come, first served.
    Fifo,
    /// Last come, first served; a service that began is finished.
    Lifo,
}

/// How a station queues.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Order of service.
    pub discipline: Discipline,
    /// How many may wait, not counting those in service.
    pub waiting: u32,
}

impl Limits {
    /// Whether one more may join `queue`.
    #[inline]
    pub(super) fn admit(&self, queue: &Queue) -> bool {
        queue.len() < self.waiting
    }

    /// Who is served next.
    #[inline]
    pub(super) fn next(&self, queue: &mut Queue, requests: &mut Requests) -> Option<RequestId> {
        match self.discipline {
            Discipline::Fifo => queue.pop_front(requests),
            Discipline::Lifo => queue.pop_back(requests),
        }
    }
}
