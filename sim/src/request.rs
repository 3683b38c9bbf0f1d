//! The requests that are somewhere in the system, and lists of them.
//!
//! Records live in one table and are reused, so memory follows the number in flight and not the number
//! simulated. Queues are threaded through the table: a request waits in at most one, and leaves it from
//! any place in O(1) without an allocation.

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

/// What every run needs to know of a request. 24 bytes: with many backends the table is what misses the cache.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// When it was sent.
    pub arrived: Instant,
    /// What it takes on the backend it went to, alone on one of its servers.
    pub service: Duration,
    /// The one behind it in the queue.
    next: RequestId,
    /// Which balancer sent it.
    pub dispatcher: u16,
    /// Which part of the run it is counted in.
    pub segment: u8,
    /// Where it is.
    pub state: State,
}

/// What only some runs need to know of a request.
#[derive(Clone, Copy, Debug)]
pub struct Detail {
    /// Who serves it.
    pub slot: u32,
    /// The client that waits for it, in a closed loop.
    pub client: u32,
    /// The one before it in the queue.
    previous: RequestId,
}

/// The table of records.
#[derive(Clone, Debug)]
pub struct Requests {
    records: Vec<Record>,
    /// Empty if nobody asks.
    details: Vec<Detail>,
    free: Vec<RequestId>,
    detailed: bool,
}

impl Requests {
    /// An empty table. `detailed`: whether [`Requests::detail`], [`Queue::unlink`] and [`Queue::pop_back`]
    /// will be used: in closed loops, with timeouts, and for last come, first served.
    pub fn new(detailed: bool) -> Self {
        Requests {
            records: Vec::new(),
            details: Vec::new(),
            free: Vec::new(),
            detailed,
        }
    }

    /// Takes a record. O(1), amortised.
    #[inline(always)]
    pub fn insert(&mut self, arrived: Instant, service: Duration, origin: Origin) -> RequestId {
        let Origin {
            dispatcher,
            segment,
            ..
        } = origin;
        let record = Record {
            arrived,
            service,
            next: NONE,
            dispatcher,
            segment,
            state: State::Waiting,
        };
        let id = match self.free.pop() {
            Some(id) => {
                self.records[id as usize] = record;
                id
            }
            None => {
                self.records.push(record);
                self.records.len() as RequestId - 1
            }
        };
        if self.detailed {
            self.insert_detail(id, origin);
        }
        id
    }

    /// Gives the record back.
    #[inline(always)]
    pub fn remove(&mut self, id: RequestId) {
        self.records[id as usize].state = State::Free;
        self.free.push(id);
    }

    /// What only a detailed table knows.
    ///
    /// # Panics
    /// If the table is not detailed.
    #[inline]
    pub fn detail(&self, id: RequestId) -> &Detail {
        &self.details[id as usize]
    }

    /// The client that waits for `id`; 0 if the table is not detailed.
    #[inline]
    pub fn client(&self, id: RequestId) -> u32 {
        if self.detailed {
            self.detail(id).client
        } else {
            0
        }
    }

    /// How many records are in use.
    pub fn len(&self) -> usize {
        self.records.len() - self.free.len()
    }

    /// Whether nothing is in the system.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn insert_detail(&mut self, id: RequestId, origin: Origin) {
        let detail = Detail {
            slot: origin.slot,
            client: origin.client,
            previous: NONE,
        };
        match self.details.get_mut(id as usize) {
            Some(place) => *place = detail,
            None => self.details.push(detail),
        }
    }
}

/// Where a request comes from and goes to.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// See [`Detail::slot`].
    pub slot: u32,
    /// See [`Detail::client`].
    pub client: u32,
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

    /// Joins at the back. `id` was behind nobody: it is new, or was popped.
    #[inline(always)]
    pub fn push(&mut self, requests: &mut Requests, id: RequestId) {
        if requests.detailed {
            requests.details[id as usize].previous = self.back;
        }
        match self.back {
            NONE => self.front = id,
            back => requests[back].next = id,
        }
        self.back = id;
        self.length += 1;
    }

    /// The one that came first leaves.
    #[inline(always)]
    pub fn pop_front(&mut self, requests: &mut Requests) -> Option<RequestId> {
        let id = self.front;
        if id == NONE {
            return None;
        }
        self.front = requests[id].next;
        match self.front {
            NONE => self.back = NONE,
            front if requests.detailed => requests.details[front as usize].previous = NONE,
            _ => {}
        }
        self.length -= 1;
        Some(id)
    }

    /// The one that came last leaves. The table must be detailed.
    pub fn pop_back(&mut self, requests: &mut Requests) -> Option<RequestId> {
        let id = self.back;
        if id == NONE {
            return None;
        }
        self.unlink(requests, id);
        Some(id)
    }

    /// `id`, which must be in this queue, leaves from wherever it is. The table must be detailed.
    pub fn unlink(&mut self, requests: &mut Requests, id: RequestId) {
        let next = requests[id].next;
        let previous = requests.detail(id).previous;
        match previous {
            NONE => self.front = next,
            previous => requests[previous].next = next,
        }
        match next {
            NONE => self.back = previous,
            next => requests.details[next as usize].previous = previous,
        }
        self.length -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::VecDeque;

    const ORIGIN: Origin = Origin {
        slot: 0,
        client: 0,
        dispatcher: 0,
        segment: 0,
    };

    proptest! {
        #[test]
        fn agrees_with_a_deque(operations in prop::collection::vec((0u8..4, any::<prop::sample::Index>()), 0..200)) {
            let (mut requests, mut queue) = (Requests::new(true), Queue::EMPTY);
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
                        let id = requests.insert(Instant(1), Duration(1), ORIGIN);
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
