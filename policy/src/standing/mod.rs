//! Why each backend may or may not be chosen, in one place.
//! Cost: O(1) a change, O(n / 64 + those held ill) when panic begins or ends; memory O(n). Source: Envoy's panic
//! threshold.
//!
//! Several may have something against a backend at once, and each takes back only its own. When too many of those
//! that serve are held to be ill, the judgement is more likely wrong than they are, and the rest could not carry the
//! load anyhow: in a panic health is ignored. What is not health is not: a backend that is absent, draining or still
//! starting cannot serve, and a breaker limits what is sent to one that is known to fail, now.
//!
//! Deviation from Envoy: its share is of all hosts; here backends that are absent, draining or starting are counted
//! neither as healthy nor as hosts, or else every deployment would be a panic.

mod panic;
mod reason;
#[cfg(test)]
mod tests;

pub use panic::Panic;
pub use reason::Reason;

use crate::fleet::Bitmap;
use reason::Reasons;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Slot {
    reasons: Reasons,
    /// What was said last of whether it may be chosen.
    told: bool,
    /// Whether that may have changed.
    touched: bool,
}

/// How the backends of one balancer stand, by slot.
#[derive(Clone, Debug)]
pub struct Standings {
    panic: Panic,
    slots: Vec<Slot>,
    touched: Vec<u32>,
    /// Slots with a judgement on their health against them, members or not: those whom a panic concerns.
    judged: Bitmap,
    counts: [u32; Reason::ALL.len()],
    members: u32,
    healthy: u32,
    is_panicking: bool,
}

impl Standings {
    /// So many slots, and nothing against any of them: as a new [`crate::Fleet`] has it.
    pub fn new(slots: u32, panic: Panic) -> Self {
        let slot = Slot {
            told: true,
            ..Slot::default()
        };
        Standings {
            panic,
            slots: vec![slot; slots as usize],
            touched: Vec::new(),
            judged: Bitmap::default(),
            counts: [0; Reason::ALL.len()],
            members: slots,
            healthy: slots,
            is_panicking: false,
        }
    }

    /// Makes room for so many slots, the new ones [`Reason::Absent`]. For servers that learn of backends as they run; a
    /// simulation knows all slots from the beginning.
    pub fn grow(&mut self, slots: u32) {
        let absent = Slot {
            reasons: Reasons::ABSENT,
            ..Slot::default()
        };
        let more = (slots as usize).saturating_sub(self.slots.len());
        self.counts[Reason::Absent as usize] += more as u32;
        self.slots.resize(self.slots.len() + more, absent);
    }

    /// From now on `reason` holds of `slot`, or does not. `false` if that is no news.
    ///
    /// # Panics
    /// If there is no such slot.
    pub fn set(&mut self, slot: u32, reason: Reason, holds: bool) -> bool {
        let before = self.slots[slot as usize].reasons;
        let after = before.with(reason, holds);
        if after == before {
            return false;
        }
        self.slots[slot as usize].reasons = after;
        let count = |total: &mut u32, was: bool, is: bool| {
            *total = *total + u32::from(is) - u32::from(was);
        };
        count(&mut self.counts[reason as usize], !holds, holds);
        count(&mut self.members, before.is_member(), after.is_member());
        count(&mut self.healthy, before.is_healthy(), after.is_healthy());
        self.judged.set(slot, after.is_judged());
        touch(&mut self.slots, &mut self.touched, slot);
        self.reconsider();
        true
    }

    /// Whether it may be chosen.
    pub fn may_be_chosen(&self, slot: u32) -> bool {
        self.slots[slot as usize].reasons.permit(self.is_panicking)
    }

    /// Tells `f` of every slot whose eligibility is not what it was told last: the slot, and whether it may be chosen
    /// now. At first all may. In the order in which they changed.
    pub fn drain_changes(&mut self, mut f: impl FnMut(u32, bool)) {
        for slot in std::mem::take(&mut self.touched) {
            let may = self.may_be_chosen(slot);
            let its = &mut self.slots[slot as usize];
            its.touched = false;
            if its.told != may {
                its.told = may;
                f(slot, may);
            }
        }
    }

    /// Whether `reason` holds of `slot`.
    pub fn holds(&self, slot: u32, reason: Reason) -> bool {
        self.slots[slot as usize].reasons.contains(reason)
    }

    /// What is held against `slot`, the weightiest first: for a server's status page, to say why it gets no requests.
    pub fn reasons(&self, slot: u32) -> impl Iterator<Item = Reason> + '_ {
        (Reason::ALL.into_iter()).filter(move |&reason| self.holds(slot, reason))
    }

    /// Of how many slots `reason` holds.
    pub fn count(&self, reason: Reason) -> u32 {
        self.counts[reason as usize]
    }

    /// How many are there to serve: neither absent, nor draining, nor starting.
    pub fn members(&self) -> u32 {
        self.members
    }

    /// How many of the members no judgement on their health is held against.
    pub fn healthy(&self) -> u32 {
        self.healthy
    }

    /// How many of the members are held to be ill, in a panic too: each once, whoever and how many hold it.
    pub fn ill(&self) -> u32 {
        self.members - self.healthy
    }

    /// Whether health is ignored, there being too little of it.
    pub fn is_panicking(&self) -> bool {
        self.is_panicking
    }

    fn reconsider(&mut self) {
        let needed = u64::from(self.members) * u64::from(self.panic.thousandths);
        let panics = u64::from(self.healthy) * 1000 < needed;
        if panics != self.is_panicking {
            self.is_panicking = panics;
            for slot in self.judged.iter() {
                touch(&mut self.slots, &mut self.touched, slot);
            }
        }
    }
}

fn touch(slots: &mut [Slot], touched: &mut Vec<u32>, slot: u32) {
    let its = &mut slots[slot as usize];
    if !its.touched {
        its.touched = true;
        touched.push(slot);
    }
}
