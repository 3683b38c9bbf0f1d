//! The stretches of trouble that a report speaks of.

use policy::time::Instant;
use workload::arrivals::Surge;

use super::spec::Fault;

/// One stretch of trouble: what it is, from when and until when.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// As it was written.
    pub name: String,
    /// From when on.
    pub begins: Instant,
    /// When it is over, warming up included; `None`: it stays.
    pub ends: Option<Instant>,
}

/// What `faults` and `surges` do to a system of `slots` backends, in order of their beginnings. Steps and ramps stay; a daily
/// curve is how things are and no trouble.
pub fn triggers(faults: &[Fault], surges: &[Surge], slots: u32) -> Vec<Trigger> {
    let faults = faults.iter().map(|fault| Trigger::of_fault(fault, slots));
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
    fn of_fault(fault: &Fault, slots: u32) -> Trigger {
        let others = fault.targets.count(slots).saturating_sub(1);
        let last = match fault.stagger {
            Some(stagger) => fault.later(stagger, others),
            None => fault.clone(),
        };
        let over = match fault.kind {
            super::Kind::Join => Some(last.begins),
            _ => last.ends(),
        };
        Trigger {
            name: fault.to_string(),
            begins: fault.begins,
            ends: over.map(|over| match fault.cold {
                Some(cold) => over + cold.within,
                None => over,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::time::Duration;

    #[test]
    fn what_ends_says_when_and_what_stays_does_not() {
        let faults =
            "slow:2@20s+20sx10,crash:1@10s,crash:0@11s+1s,cold=3sx2,join:3@12s,join:4@13s+5sx4";
        let surges = "spike:@5s+1sx3,step:@6sx2,daily:period=24h,peak=2";
        let triggers = triggers(
            &Fault::list(faults).unwrap(),
            &Surge::list(surges).unwrap(),
            8,
        );
        let second = |time: Instant| (time - Instant::ZERO).0 / Duration::from_millis(1000).0;
        let told: Vec<(&str, u64, Option<u64>)> = triggers
            .iter()
            .map(|trigger| {
                let Trigger { name, begins, ends } = trigger;
                (name.as_str(), second(*begins), ends.map(second))
            })
            .collect();
        assert_eq!(
            told,
            [
                ("spike:@5s+1sx3", 5, Some(6)),
                ("step:@6sx2", 6, None),
                ("crash:1@10s", 10, None),
                ("crash:0@11s+1s,cold=3sx2", 11, Some(15)),
                ("join:3@12s", 12, Some(12)),
                ("join:4@13s+5sx4", 13, Some(18)),
                ("slow:2@20s+20sx10", 20, Some(40)),
            ]
        );
    }
}
