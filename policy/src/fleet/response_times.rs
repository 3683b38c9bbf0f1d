//! How fast each backend answers.

use super::index::Index;
use super::roster::Roster;
use crate::load::{EwmaSum, PeakEwma};
use crate::time::{Duration, Instant};

/// Over how long an answer is remembered: Finagle's and tower's 10 s.
const DECAY: Duration = Duration(10_000_000_000);

/// A peak-sensitive moving average for each backend; an answer and a question are O(1).
///
/// A backend that has not answered yet is taken to be as fast as those that have are on average, by their
/// own averages: any fixed guess would flood newcomers (guess too low) or starve them (guess too high). One
/// peak-sensitive average over everybody's answers is too high, by far: it is near the slowest of them all.
#[derive(Clone, Debug, Default)]
pub struct ResponseTimes {
    /// By slot; the generation says whom the average is about.
    backends: Vec<(u32, Option<PeakEwma>)>,
    measured: EwmaSum,
}

impl Index for ResponseTimes {
    fn rebuild(&mut self, roster: &Roster) {
        self.backends.resize(roster.slots(), (0, None));
        for (known, slot) in self.backends.iter_mut().zip(0..) {
            // A slot that was left has another generation already, be it that nobody has taken it yet.
            let generation = roster.occupant(slot).generation;
            if known.0 != generation {
                *known = (generation, None);
            }
        }
        self.measured = EwmaSum::of(self.backends.iter().filter_map(|known| known.1), DECAY);
    }

    fn responded(&mut self, slot: u32, response: Duration, now: Instant) {
        let average = &mut self.backends[slot as usize].1;
        let before = *average;
        let after = average.insert(match before {
            Some(mut known) => {
                known.update(response, now, DECAY);
                known
            }
            None => PeakEwma::first(response, now),
        });
        self.measured.replace(before, *after, now, DECAY);
    }

    #[inline]
    fn expected_response(&self, slot: u32, now: Instant) -> f64 {
        match &self.backends[slot as usize].1 {
            Some(known) => known.at(now, DECAY),
            // Before any answer at all every backend is alike, and in-flight counts decide.
            None => self.measured.mean(now, DECAY).unwrap_or(1.0),
        }
    }
}
