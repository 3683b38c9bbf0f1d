//! How fast each backend answers.

use super::index::Index;
use super::roster::Roster;
use crate::load::PeakEwma;
use crate::time::{Duration, Instant};
use crate::view::View;

/// Over how long an answer is remembered: Finagle's and tower's 10 s.
const DECAY: Duration = Duration(10_000_000_000);

/// A peak-sensitive moving average for each backend, O(1) an answer.
///
/// A backend that has not answered yet is taken to be as fast as the fleet is on average: any fixed guess
/// would flood newcomers (guess too low) or starve them (guess too high).
#[derive(Clone, Debug, Default)]
pub struct ResponseTimes {
    /// By slot; the generation says whom the average is about.
    backends: Vec<(u32, Option<PeakEwma>)>,
    fleet: Option<PeakEwma>,
}

impl Index for ResponseTimes {
    fn rebuild(&mut self, roster: &Roster) {
        self.backends.resize(roster.slots(), (0, None));
        for member in roster.members() {
            let known = &mut self.backends[member.id.slot as usize];
            if known.0 != member.id.generation {
                *known = (member.id.generation, None);
            }
        }
    }

    fn responded(&mut self, slot: u32, response: Duration, now: Instant) {
        for average in [&mut self.backends[slot as usize].1, &mut self.fleet] {
            match average {
                Some(known) => known.update(response, now, DECAY),
                None => *average = Some(PeakEwma::first(response, now)),
            }
        }
    }

    #[inline]
    fn expected_response(&self, slot: u32, now: Instant) -> f64 {
        let average = self.backends[slot as usize]
            .1
            .as_ref()
            .or(self.fleet.as_ref());
        // Before any answer at all every backend is alike, and in-flight counts decide.
        average.map_or(1.0, |known| known.at(now, DECAY))
    }
}
