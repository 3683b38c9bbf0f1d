//! Which backends a fault hits.

use std::fmt;
use std::str::FromStr;

use workload::SpecError;
use workload::sampling::uniform_below;
use workload::stream::{Draws, Purpose, Stream};

use policy::agenda::Agenda;

/// Which backends, written as `3`, `0-3`, `0/4/7`, `25%` or `all`.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// `all` of the fleet.
    All,
    /// `0-3/7`: these, as first and last of each range.
    Slots(Vec<(u32, u32)>),
    /// `25%`: so many in a hundred, rounded up, chosen by seed. More than 0, at most 100.
    Share(f64),
}

impl Targets {
    /// How many of `slots` backends they are.
    pub(super) fn count(&self, slots: u32) -> u32 {
        // Which ones does not matter here.
        let mut draws = Stream::new(0, 0, Purpose::Faults).at(0);
        self.resolve(slots, &mut draws).len() as u32
    }

    /// Refuses backends that a fleet of `slots` does not have.
    pub fn check(&self, slots: u32) -> Result<(), SpecError> {
        let Targets::Slots(ranges) = self else {
            return Ok(());
        };
        match ranges.iter().find(|(_, last)| *last >= slots) {
            None => Ok(()),
            Some((_, last)) => Err(SpecError::new(format!(
                "`{self}`: there is no backend {last}; allowed are 0 to {}",
                slots.saturating_sub(1)
            ))),
        }
    }

    /// Those of a fleet of `slots`, in order; what it does not have is left out. A share draws from `draws`.
    /// O(slots) and, for ranges, their length.
    pub fn resolve(&self, slots: u32, draws: &mut Draws) -> Vec<u32> {
        let mut chosen: Vec<u32> = match self {
            Targets::All => (0..slots).collect(),
            Targets::Slots(ranges) => {
                let within = |&(first, last): &(u32, u32)| first..slots.min(last + 1);
                ranges.iter().flat_map(within).collect()
            }
            Targets::Share(percent) => share(*percent, slots, draws),
        };
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }
}

/// The first steps of a shuffle (Fisher, Yates 1938; Durstenfeld 1964).
fn share(percent: f64, slots: u32, draws: &mut Draws) -> Vec<u32> {
    // What a product such as 7 % of 100 has too much does not make another backend.
    let wanted = (percent / 100.0 * f64::from(slots) - 1e-9).ceil() as u32;
    let mut all: Vec<u32> = (0..slots).collect();
    for place in 0..wanted.min(slots) {
        let other = place + uniform_below(draws, u64::from(slots - place)) as u32;
        all.swap(place as usize, other as usize);
    }
    all.truncate(wanted as usize);
    all
}

impl FromStr for Targets {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Targets, SpecError> {
        let text = text.trim();
        let refuse = || {
            SpecError::new(format!(
                "`{text}` names no backends; write one (3), a range (0-3), several (0/4/7), a share (25%) or all"
            ))
        };
        if text == "all" {
            return Ok(Targets::All);
        }
        if let Some(percent) = text.strip_suffix('%') {
            let percent = percent.trim().parse().map_err(|_| refuse())?;
            return if percent > 0.0 && percent <= 100.0 {
                Ok(Targets::Share(percent))
            } else {
                Err(SpecError::new(format!(
                    "`{text}` is not a share of the fleet; allowed is more than 0% up to 100%"
                )))
            };
        }
        let slot = |text: &str| {
            let slot = text.trim().parse().ok();
            slot.filter(|&slot| slot < Agenda::MAX_COMPONENTS)
        };
        let range = |text: &str| match text.split_once('-') {
            None => slot(text).map(|only| (only, only)),
            Some((first, last)) => slot(first).zip(slot(last)),
        };
        let ranges: Option<Vec<(u32, u32)>> = text.split('/').map(range).collect();
        let ranges = ranges.ok_or_else(refuse)?;
        match ranges.iter().find(|(first, last)| first > last) {
            None => Ok(Targets::Slots(ranges)),
            Some((first, last)) => Err(SpecError::new(format!(
                "`{text}`: the range {first}-{last} runs backwards; write {last}-{first}"
            ))),
        }
    }
}

impl fmt::Display for Targets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Targets::All => f.write_str("all"),
            Targets::Share(percent) => write!(f, "{percent}%"),
            Targets::Slots(ranges) => {
                let ranges = ranges.iter().map(|(first, last)| match first == last {
                    true => first.to_string(),
                    false => format!("{first}-{last}"),
                });
                f.write_str(&ranges.collect::<Vec<_>>().join("/"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use workload::stream::{Purpose, Stream};

    fn resolve(text: &str, slots: u32, seed: u64) -> Vec<u32> {
        let targets: Targets = text.parse().unwrap();
        assert_eq!(targets.to_string(), text);
        targets.resolve(slots, &mut Stream::new(seed, 0, Purpose::Faults).at(0))
    }

    #[test]
    fn every_way_to_name_backends() {
        assert_eq!(resolve("3", 8, 1), [3]);
        assert_eq!(resolve("2-4", 8, 1), [2, 3, 4]);
        assert_eq!(resolve("7/0-1/1/4", 8, 1), [0, 1, 4, 7]);
        assert_eq!(resolve("all", 3, 1), [0, 1, 2]);
        assert_eq!(resolve("2-16000000", 4, 1), [2, 3]);
    }

    #[test]
    fn a_share_is_rounded_up_and_differs_by_seed() {
        let size = |text, slots| resolve(text, slots, 1).len();
        assert_eq!(
            [size("25%", 4), size("26%", 4), size("0.001%", 4)],
            [1, 2, 1]
        );
        assert_eq!([size("7%", 100), size("100%", 7)], [7, 7]);
        assert_eq!(resolve("30%", 100, 1), resolve("30%", 100, 1));
        assert_ne!(resolve("30%", 100, 1), resolve("30%", 100, 2));
    }

    #[test]
    fn every_backend_is_as_likely_to_belong_to_a_share() {
        let mut counts = [0u32; 8];
        for seed in 0..20_000 {
            let chosen = resolve("25%", 8, seed);
            assert!(chosen.len() == 2 && chosen[0] < chosen[1]);
            chosen.iter().for_each(|&slot| counts[slot as usize] += 1);
        }
        // The standard error is sqrt(20,000 * 3/16) = 61.
        assert!(
            counts.iter().all(|count| count.abs_diff(5_000) < 250),
            "{counts:?}"
        );
    }

    #[test]
    fn refusals_say_what_is_allowed() {
        for (text, why) in [
            ("", "names no backends"),
            ("a", "a share (25%) or all"),
            ("1-", "names no backends"),
            ("1//2", "names no backends"),
            ("-1", "names no backends"),
            ("16777216", "names no backends"),
            ("3-1", "runs backwards; write 1-3"),
            ("%", "names no backends"),
            ("0%", "more than 0% up to 100%"),
            ("101%", "more than 0%"),
            ("NaN%", "more than 0%"),
        ] {
            let sentence = text.parse::<Targets>().unwrap_err().to_string();
            assert!(sentence.contains(why), "{text}: {sentence}");
        }
        let targets: Targets = "0-3".parse().unwrap();
        assert_eq!(targets.check(4), Ok(()));
        let sentence = targets.check(3).unwrap_err().to_string();
        assert_eq!(sentence, "`0-3`: there is no backend 3; allowed are 0 to 2");
    }
}
