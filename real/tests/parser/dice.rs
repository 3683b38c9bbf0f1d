//! Chance, from a number that a failure names.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

pub(crate) struct Dice(Xoshiro256PlusPlus);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Dice(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// Less than `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        ((u64::from(self.0.next_u32()) * end as u64) >> 32) as usize
    }

    /// From `least` to `most`.
    pub(crate) fn between(&mut self, least: usize, most: usize) -> usize {
        least + self.below(most - least + 1)
    }

    /// True in one case of `cases`.
    pub(crate) fn one_in(&mut self, cases: usize) -> bool {
        self.below(cases) == 0
    }

    pub(crate) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.below(256) as u8
    }

    /// A text of `least` to `most` characters of `alphabet`.
    pub(crate) fn text(&mut self, alphabet: &[u8], least: usize, most: usize) -> Vec<u8> {
        let len = self.between(least, most);
        (0..len).map(|_| self.one_of(alphabet)).collect()
    }

    /// The same text with some letters in the other case.
    pub(crate) fn recased(&mut self, text: &str) -> Vec<u8> {
        let flip = |byte: u8| match self.one_in(3) {
            true if byte.is_ascii_alphabetic() => byte ^ 0x20,
            _ => byte,
        };
        text.bytes().map(flip).collect()
    }
}
