//! Why each backend may or may not be chosen, in one place.
//! Cost: O(1) a change, O(n) when panic begins or ends; memory O(n). Source: Envoy's panic threshold.
//!
//! Several may have something against a backend at once, and each takes back only its own. When too many of those
//! that serve are held to be ill, the judgement is more likely wrong than they are, and the rest could not carry the
//! load anyhow: in a panic health is ignored. What is not health is not: a backend that is absent, draining or still
//! starting cannot serve, and a breaker limits what is sent to one that is known to fail, now.
//!
//! Deviation from Envoy: its share is of all hosts; here backends that are absent, draining or starting are counted
//! neither as healthy nor as hosts, or else every deployment would be a panic.

use crate::invalid::Invalid;

/// What may be held against a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Reason {
    /// It is not there.
    Absent,
    /// It is on its way out, or was taken out by hand.
    Draining,
    /// It is being started.
    Starting,
    /// Active health checks found it down.
    Unhealthy,
    /// Passive health checks did.
    Failing,
    /// Its breaker is open.
    Open,
    /// It was ejected as an outlier.
    Ejected,
}

impl Reason {
    /// Every reason there is, in the order in which they count: what a backend that has several is said to be.
    pub const ALL: [Reason; 7] = [
        Reason::Absent,
        Reason::Draining,
        Reason::Starting,
        Reason::Unhealthy,
        Reason::Failing,
        Reason::Open,
        Reason::Ejected,
    ];

    /// Whether it is a judgement on its health, which is ignored in a panic.
    pub fn is_health(self) -> bool {
        HEALTH & self.bit() != 0
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

const HEALTH: u8 = Reason::Unhealthy.bit() | Reason::Failing.bit() | Reason::Ejected.bit();
const NO_MEMBER: u8 = Reason::Absent.bit() | Reason::Draining.bit() | Reason::Starting.bit();

/// When there are too few healthy backends to believe it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Panic {
    /// Of the members, in thousandths: with fewer of them healthy, health is ignored. 0: never.
    pub thousandths: u32,
}

impl Panic {
    /// Health is always believed.
    pub const NEVER: Panic = Panic { thousandths: 0 };

    /// Refuses more than all. For the constructor of a configuration that has one.
    pub fn check(&self) -> Result<(), Invalid> {
        Invalid::unless(
            self.thousandths <= 1000,
            "the panic threshold must be at most 1000 thousandths of the backends",
        )
    }
}

impl Default for Panic {
    /// Below a half, as Envoy's.
    fn default() -> Self {
        Panic { thousandths: 500 }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Slot {
    reasons: u8,
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
            counts: [0; Reason::ALL.len()],
            members: slots,
            healthy: slots,
            is_panicking: false,
        }
    }

    /// Makes room for so many slots, the new ones [`Reason::Absent`].
    pub fn grow(&mut self, slots: u32) {
        let absent = Slot {
            reasons: Reason::Absent.bit(),
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
        let after = if holds {
            before | reason.bit()
        } else {
            before & !reason.bit()
        };
        if after == before {
            return false;
        }
        self.slots[slot as usize].reasons = after;
        let count = |total: &mut u32, was: bool, is: bool| {
            *total = *total + u32::from(is) - u32::from(was);
        };
        count(&mut self.counts[reason as usize], !holds, holds);
        count(&mut self.members, is_member(before), is_member(after));
        count(&mut self.healthy, is_healthy(before), is_healthy(after));
        self.touch(slot);
        self.reconsider();
        true
    }

    /// Whether it may be chosen.
    pub fn may_be_chosen(&self, slot: u32) -> bool {
        let ignored = if self.is_panicking { HEALTH } else { 0 };
        self.slots[slot as usize].reasons & !ignored == 0
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
        self.slots[slot as usize].reasons & reason.bit() != 0
    }

    /// What is held against `slot`, the weightiest first.
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

    /// Whether health is ignored, there being too little of it.
    pub fn is_panicking(&self) -> bool {
        self.is_panicking
    }

    fn touch(&mut self, slot: u32) {
        let its = &mut self.slots[slot as usize];
        if !its.touched {
            its.touched = true;
            self.touched.push(slot);
        }
    }

    fn reconsider(&mut self) {
        let needed = u64::from(self.members) * u64::from(self.panic.thousandths);
        let panics = u64::from(self.healthy) * 1000 < needed;
        if panics != self.is_panicking {
            self.is_panicking = panics;
            (0..self.slots.len() as u32).for_each(|slot| self.touch(slot));
        }
    }
}

fn is_member(reasons: u8) -> bool {
    reasons & NO_MEMBER == 0
}

fn is_healthy(reasons: u8) -> bool {
    reasons & (NO_MEMBER | HEALTH) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn changes(standings: &mut Standings) -> Vec<(u32, bool)> {
        let mut all = Vec::new();
        standings.drain_changes(|slot, may| all.push((slot, may)));
        all
    }

    #[test]
    fn each_takes_back_only_its_own_reason() {
        let mut standings = Standings::new(4, Panic::NEVER);
        assert!(standings.set(2, Reason::Ejected, true));
        assert!(standings.set(2, Reason::Open, true));
        assert!(!standings.set(2, Reason::Open, true));
        assert_eq!(changes(&mut standings), [(2, false)]);
        assert!(standings.set(2, Reason::Ejected, false));
        assert_eq!(changes(&mut standings), []);
        assert!(!standings.may_be_chosen(2));
        assert!(standings.reasons(2).eq([Reason::Open]));
        assert!(standings.set(2, Reason::Open, false));
        assert_eq!(changes(&mut standings), [(2, true)]);
        assert_eq!(changes(&mut standings), []);
    }

    #[test]
    fn what_changed_there_and_back_is_not_told() {
        let mut standings = Standings::new(4, Panic::NEVER);
        standings.set(1, Reason::Open, true);
        standings.set(1, Reason::Open, false);
        assert_eq!(changes(&mut standings), []);
    }

    #[test]
    fn below_the_threshold_health_is_ignored_and_nothing_else() {
        let mut standings = Standings::new(4, Panic::default());
        standings.set(0, Reason::Unhealthy, true);
        standings.set(1, Reason::Failing, true);
        standings.set(3, Reason::Open, true);
        assert!(!standings.is_panicking(), "half of them are healthy");
        assert_eq!(
            changes(&mut standings),
            [(0, false), (1, false), (3, false)]
        );
        standings.set(2, Reason::Ejected, true);
        assert!(standings.is_panicking());
        assert_eq!(changes(&mut standings), [(0, true), (1, true)]);
        assert!(standings.may_be_chosen(2) && !standings.may_be_chosen(3));
        standings.set(1, Reason::Failing, false);
        assert!(!standings.is_panicking());
        assert_eq!(changes(&mut standings), [(0, false), (2, false)]);
    }

    #[test]
    fn who_is_not_there_to_serve_is_no_reason_to_panic() {
        let mut standings = Standings::new(8, Panic::default());
        standings.set(0, Reason::Unhealthy, true);
        for (slot, reason) in [
            (1, Reason::Absent),
            (2, Reason::Draining),
            (3, Reason::Starting),
        ] {
            standings.set(slot, reason, true);
        }
        assert_eq!((standings.members(), standings.healthy()), (5, 4));
        for slot in 4..7 {
            assert!(!standings.is_panicking());
            standings.set(slot, Reason::Draining, true);
        }
        assert_eq!((standings.members(), standings.healthy()), (2, 1));
        standings.set(7, Reason::Starting, true);
        assert!(standings.is_panicking());
        assert!(standings.may_be_chosen(0) && !standings.may_be_chosen(2));
    }

    #[test]
    fn nobody_is_missed_where_nobody_is() {
        let mut standings = Standings::new(0, Panic { thousandths: 1000 });
        assert!(!standings.is_panicking());
        standings.grow(2);
        assert_eq!(
            (standings.count(Reason::Absent), standings.members()),
            (2, 0)
        );
        assert!(!standings.is_panicking());
        assert_eq!(changes(&mut standings), []);
        standings.set(1, Reason::Absent, false);
        assert_eq!(changes(&mut standings), [(1, true)]);
        standings.grow(1);
        assert_eq!(standings.count(Reason::Absent), 1);
    }

    #[test]
    fn a_threshold_above_all_is_refused_with_a_sentence() {
        assert_eq!(Panic { thousandths: 1000 }.check(), Ok(()));
        let refusal = Panic { thousandths: 1001 }.check().unwrap_err().to_string();
        assert!(refusal.contains("at most 1000"), "{refusal}");
    }

    proptest! {
        #[test]
        fn counting_everybody_anew_gives_the_same(
            thousandths in prop_oneof![Just(0), 1..=1000u32],
            steps in prop::collection::vec((0..10u32, 0..Reason::ALL.len(), any::<bool>(), any::<bool>()), 1..200),
        ) {
            let mut standings = Standings::new(6, Panic { thousandths });
            standings.grow(10);
            let mut eligible: Vec<bool> = (0..10).map(|slot| slot < 6).collect();
            let mut all: Vec<Vec<Reason>> = vec![Vec::new(); 6];
            all.resize(10, vec![Reason::Absent]);
            for (slot, reason, holds, drains) in steps {
                let reason = Reason::ALL[reason];
                let had = all[slot as usize].contains(&reason);
                all[slot as usize].retain(|&other| other != reason);
                if holds {
                    all[slot as usize].push(reason);
                }
                prop_assert_eq!(standings.set(slot, reason, holds), had != holds);

                let gone = |its: &Vec<Reason>| its.iter().any(|&it| it <= Reason::Starting);
                let ill = |its: &Vec<Reason>| its.iter().any(|it| it.is_health());
                let members = all.iter().filter(|its| !gone(its)).count() as u32;
                let healthy = all.iter().filter(|its| !gone(its) && !ill(its)).count() as u32;
                let panics = healthy * 1000 < members * thousandths;
                prop_assert_eq!((standings.members(), standings.healthy()), (members, healthy));
                prop_assert_eq!(standings.is_panicking(), panics);
                for reason in Reason::ALL {
                    let count = all.iter().filter(|its| its.contains(&reason)).count() as u32;
                    prop_assert_eq!(standings.count(reason), count);
                }
                if drains {
                    standings.drain_changes(|slot, may| {
                        assert_ne!(eligible[slot as usize], may, "no change is told twice");
                        eligible[slot as usize] = may;
                    });
                }
                for (slot, its) in (0..10).zip(&all) {
                    let may = its.iter().all(|it| panics && it.is_health());
                    prop_assert_eq!(standings.may_be_chosen(slot), may);
                    prop_assert!(!drains || eligible[slot as usize] == may);
                }
            }
        }
    }
}
