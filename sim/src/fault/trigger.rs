//! The stretches of trouble that a report speaks of.

use policy::time::Instant;
use workload::arrivals::Surge;

use super::spec::{Fault, Kind};

/// One stretch of trouble: what it is, from when and until when.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// As it was written.
    pub name: String,
    /// From when on.
    pub begins: Instant,
    /// When it is over; `None`: it stays. That a backend comes back cold is part of recovering from it.
    pub ends: Option<Instant>,
}

/// What `faults` and `surges` do to a system of `slots` backends, in order of their beginnings. Steps and ramps stay; a daily
/// curve is how things are and no trouble.
///
/// In a `pool` a worker that dies or is drained for good is replaced: the trouble is over at that very moment, and a
/// recovery is counted from there and includes the cold start of whoever takes its place.
pub fn triggers(faults: &[Fault], surges: &[Surge], slots: u32, pool: bool) -> Vec<Trigger> {
    let of_fault = |fault| Trigger::of_fault(fault, slots, pool);
    let faults = faults.iter().map(of_fault);
    let surges = surges.iter().filter_map(|surge| {
        let (begins, ends) = surge.window()?;
        Some(Trigger {
            name: surge.to_string(),
            begins,
            ends,
        })
    });
    let mut triggers: Vec<Trigger> = faults.chain(surges).collect();
    triggers.sort_by_key(|trigger| trigger.begins);
    triggers
}

impl Trigger {
    fn of_fault(fault: &Fault, slots: u32, pool: bool) -> Trigger {
        let others = fault.targets.count(slots).saturating_sub(1);
        let last = match fault.stagger {
            Some(stagger) => fault.later(stagger, others),
            None => fault.clone(),
        };
        let over = match fault.kind {
            Kind::Join => Some(last.begins),
            _ if pool && fault.only_kills() => Some(last.begins),
            _ => last.ends(),
        };
        Trigger {
            name: fault.to_string(),
            begins: fault.begins,
            ends: over,
        }
    }
}

impl Fault {
    /// Whether it takes its targets away once and says nothing of their return.
    pub(crate) fn only_kills(&self) -> bool {
        let kills = matches!(self.kind, Kind::Crash | Kind::Drain);
        kills && self.lasts.is_none() && self.recurs.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names, and from when until when in whole seconds.
    fn told(faults: &str, surges: &[Surge], pool: bool) -> Vec<(String, u64, Option<u64>)> {
        let second = |time: Instant| time.0 / 1_000_000_000;
        triggers(&Fault::list(faults).unwrap(), surges, 8, pool)
            .into_iter()
            .map(|Trigger { name, begins, ends }| (name, second(begins), ends.map(second)))
            .collect()
    }

    #[test]
    fn what_ends_says_when_and_what_stays_does_not() {
        let faults =
            "slow:2@20s+20sx10,crash:1@10s,crash:0@11s+1s,cold=3sx2,join:3@12s,join:4@13s+5sx4";
        let surges = Surge::list("spike:@5s+1sx3,step:@6sx2,daily:period=24h,peak=2").unwrap();
        let expected = [
            ("spike:@5s+1sx3", 5, Some(6)),
            ("step:@6sx2", 6, None),
            ("crash:1@10s", 10, None),
            ("crash:0@11s+1s,cold=3sx2", 11, Some(12)),
            ("join:3@12s", 12, Some(12)),
            ("join:4@13s+5sx4", 13, Some(13)),
            ("slow:2@20s+20sx10", 20, Some(40)),
        ];
        let expected = expected.map(|(name, begins, ends)| (name.to_owned(), begins, ends));
        assert_eq!(told(faults, &surges, false), expected);
    }

    #[test]
    fn a_worker_that_dies_is_replaced_and_called_as_it_was_written() {
        let faults = "crash:all@5s,drain:all@6s,stagger=2s,crash:0@7s+1s,slow:0@8sx2,flap:1@9s";
        let expected = |crashed, drained| {
            [
                ("crash:all@5s", 5, crashed),
                ("drain:all@6s,stagger=2s", 6, drained),
                ("crash:0@7s+1s", 7, Some(8)),
                ("slow:0@8sx2", 8, None),
                ("flap:1@9s,up=1s,down=1s", 9, None),
            ]
            .map(|(name, begins, ends)| (name.to_owned(), begins, ends))
        };
        assert_eq!(told(faults, &[], true), expected(Some(5), Some(20)));
        assert_eq!(told(faults, &[], false), expected(None, None));
    }
}
