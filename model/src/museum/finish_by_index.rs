//! Requests in flight are counted by the backend's index in the list.
//!
//! After a reload another backend stands there. Requests that end now are taken off its count, which they are not in: it
//! goes below zero, or, unsigned, to the greatest number there is.

use policy::{BackendId, Fleet, View, Weight};

use super::{Exhibit, FoundBy, Guard};

pub(super) fn exhibit() -> Exhibit {
    Exhibit {
        property: owned!(an_end_counts_where_the_start_did<ByIndex>),
        ours: Some(owned_ours!(an_end_counts_where_the_start_did<Fleet>)),
        found_in: "yyyar/gobetween#132 (backend removed and added again by consul), llm-d/llm-d#1950 (endpoint \
                   leaves and rejoins), BerriAI/litellm#40401 (the count expires under way)",
        harm: "a count of nearly 2^64, which least-connections never chooses, or one below zero, which it \
               always does: 93.7 % of the requests went to one of four (litellm)",
        guarded_by: Guard::Test(
            "policy/src/fleet/tests.rs",
            "counts_balance_and_stale_ids_change_nothing",
        ),
        found_by: FoundBy::ANY_RUN,
    }
}

trait Counts {
    /// Of one backend.
    fn new() -> Self;
    /// It is replaced by another.
    fn reload(&mut self);
    /// A request to the backend there is.
    fn start(&mut self) -> BackendId;
    fn finish(&mut self, id: BackendId);
    /// What the backend that there is has in flight.
    fn in_flight(&self) -> u32;
}

#[derive(Default)]
struct ByIndex {
    counts: [u32; 1],
    generation: u32,
}

impl Counts for ByIndex {
    fn new() -> Self {
        ByIndex::default()
    }

    fn reload(&mut self) {
        self.counts[0] = 0;
        self.generation += 1;
    }

    fn start(&mut self) -> BackendId {
        self.counts[0] += 1;
        BackendId {
            slot: 0,
            generation: self.generation,
        }
    }

    fn finish(&mut self, id: BackendId) {
        let count = &mut self.counts[id.slot as usize];
        *count = count.wrapping_sub(1);
    }

    fn in_flight(&self) -> u32 {
        self.counts[0]
    }
}

impl Counts for Fleet {
    fn new() -> Self {
        Fleet::new([(Weight::ONE, 1)])
    }

    fn reload(&mut self) {
        let old = self.members()[0].id;
        self.remove(old);
        self.add(Weight::ONE, 2);
    }

    fn start(&mut self) -> BackendId {
        let id = self.members()[0].id;
        assert!(Fleet::start(self, id));
        id
    }

    fn finish(&mut self, id: BackendId) {
        Fleet::finish(self, id, None, policy::time::Instant::ZERO);
    }

    fn in_flight(&self) -> u32 {
        View::in_flight(self, self.members()[0].id)
    }
}

fn an_end_counts_where_the_start_did<C: Counts>() {
    let mut counts = C::new();
    let before = counts.start();
    counts.reload();
    let after = counts.start();
    counts.finish(before);
    assert_eq!(counts.in_flight(), 1, "the newcomer's own is under way");
    counts.finish(after);
    assert_eq!(counts.in_flight(), 0);
}
