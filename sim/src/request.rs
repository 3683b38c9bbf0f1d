//! The requests that are somewhere in the system, and lists of them.
//!
//! Records live in one table and are reused, so memory follows the number in flight and not the number
//! simulated. Queues are threaded through the table: a request waits in at most one, and leaves it from
//! any place in O(1) without an allocation.

use policy::BackendId;
use policy::time::{Duration, Instant};

/// A record's place in the table.
pub type RequestId = u32;

/// No record.
pub const NONE: RequestId = u32::MAX;

/// Where a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// In a queue.
    Waiting,
    /// Being served.
    InService,
    /// Being served although nobody waits for the answer any more.
    Abandoned,
    /// The record is free.
    Free,
}

/// One request.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// When it was sent.
    pub arrived: Instant,
    /// What it takes on the backend it went to, alone on one of its servers.
    pub service: Duration,
    /// Who serves it.
    pub backend: BackendId,
    /// The request's number modulo 2^32 in an open loop, its client in a closed one.
    pub tag: u32,
    /// Neighbours in the queue.
    next: RequestId,
    previous: RequestId,
    /// Which balancer sent it.
    pub dispatcher: u16,
    /// Which part of the run it is counted in.
    pub segment: u8,
    /// Where it is.
    pub state: State,
}

/// The table of records.
#[derive(Clone, Debug, Default)]
pub struct Requests {
    records: Vec<Record>,
    free: Vec<RequestId>,
}

impl Requests {
    /// Takes a record. O(1), amortised.
    #[inline]
    pub fn insert(
        &mut self,
        arrived: Instant,
        service: Duration,
        backend: BackendId,
        origin: Origin,
    ) -> RequestId {
        let Origin {
            tag,
            dispatcher,
            segment,
        } = origin;
        let (next, previous, state) = (NONE, NONE, State::Waiting);
        let record = Record {
            arrived,
            service,
            backend,
            tag,
            next,
            previous,
            dispatcher,
            segment,
            state,
        };
        match self.free.pop() {
            Some(id) => {
                self.records[id as usize] = record;
                id
            }
            None => {
                self.records.push(record);
                self.records.len() as RequestId - 1
            }
        }
    }

    /// Gives the record back.
    #[inline]
    pub fn remove(&mut self, id: RequestId) {
        self.records[id as usize].state = State::Free;
        self.free.push(id);
    }

    /// How many records are in use.
    pub fn len(&self) -> usize {
        self.records.len() - self.free.len()
    }

    /// Whether nothing is in the system.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// See [`Record::tag`].
    pub tag: u32,
    /// See [`Record::dispatcher`].
    pub dispatcher: u16,
    /// See [`Record::segment`].
    pub segment: u8,
}

impl std::ops::Index<RequestId> for Requests {
    type Output = Record;

    #[inline]
    fn index(&self, id: RequestId) -> &Record {
        &self.records[id as usize]
    }
}

impl std::ops::IndexMut<RequestId> for Requests {
    #[inline]
    fn index_mut(&mut self, id: RequestId) -> &mut Record {
        &mut self.records[id as usize]
    }
}

/// A queue threaded through the table, joined at the back, left from anywhere.
#[derive(Clone, Copy, Debug)]
pub struct Queue {
    front: RequestId,
    back: RequestId,
    length: u32,
}

impl Queue {
    /// Nobody waits.
    pub const EMPTY: Queue = Queue {
        front: NONE,
        back: NONE,
        length: 0,
    };

    /// How many wait.
    #[inline]
    pub fn len(&self) -> u32 {
        self.length
    }

    /// Whether nobody waits.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Joins at the back.
    #[inline]
    pub fn push(&mut self, requests: &mut Requests, id: RequestId) {
        requests[id].previous = self.back;
        requests[id].next = NONE;
        match self.back {
            NONE => self.front = id,
            back => requests[back].next = id,
        }
        self.back = id;
        self.length += 1;
    }

    /// The one that came first leaves.
    #[inline]
    pub fn pop_front(&mut self, requests: &mut Requests) -> Option<RequestId> {
        let id = self.front;
        if id == NONE {
            return None;
        }
        self.front = requests[id].next;
        match self.front {
            NONE => self.back = NONE,
            front => requests[front].previous = NONE,
        }
        self.length -= 1;
        Some(id)
    }

    /// The one that came last leaves.
    pub fn pop_back(&mut self, requests: &mut Requests) -> Option<RequestId> {
        let id = self.back;
        if id == NONE {
            return None;
        }
        self.unlink(requests, id);
        Some(id)
    }

    /// `id`, which must be in this queue, leaves from wherever it is.
    pub fn unlink(&mut self, requests: &mut Requests, id: RequestId) {
        let Record { next, previous, .. } = requests[id];
        match previous {
            NONE => self.front = next,
            previous => requests[previous].next = next,
        }
        match next {
            NONE => self.back = previous,
            next => requests[next].previous = previous,
        }
        self.length -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::VecDeque;

    const BACKEND: BackendId = BackendId {
        slot: 0,
        generation: 0,
    };
    const ORIGIN: Origin = Origin {
        tag: 0,
        dispatcher: 0,
        segment: 0,
    };

    proptest! {
        #[test]
        fn agrees_with_a_deque(operations in prop::collection::vec((0u8..4, any::<prop::sample::Index>()), 0..200)) {
            let (mut requests, mut queue) = (Requests::default(), Queue::EMPTY);
            let mut deque = VecDeque::new();
            for (operation, index) in operations {
                let (left, expected) = match operation {
                    0 => (queue.pop_front(&mut requests), deque.pop_front()),
                    1 => (queue.pop_back(&mut requests), deque.pop_back()),
                    2 if !deque.is_empty() => {
                        let id = deque.remove(index.index(deque.len())).unwrap();
                        queue.unlink(&mut requests, id);
                        (Some(id), Some(id))
                    }
                    _ => {
                        let id = requests.insert(Instant(1), Duration(1), BACKEND, ORIGIN);
                        queue.push(&mut requests, id);
                        deque.push_back(id);
                        (None, None)
                    }
                };
                prop_assert_eq!(left, expected);
                left.inspect(|&id| requests.remove(id));
                prop_assert_eq!(queue.len() as usize, deque.len());
                prop_assert_eq!(requests.len(), deque.len());
            }
        }
    }
}
