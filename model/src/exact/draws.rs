//! Every outcome of random draws, each with its probability.
//!
//! A pick is a function of the words that it draws. If a word w only matters through floor(w m / 2^64), as in
//! `policy::random::below(m)`, then nothing changes while w stays between two multiples of 2^64 / m; and if m
//! divides the number of cells of a [`Grid`], one word of each cell stands for all of the cell. A word is in a cell
//! with probability 1 / cells, to within 2^-64, far below what an f64 can tell.
//!
//! That m does divide it is not taken on trust: see `oracle::Oracle::check`.

use std::convert::Infallible;

use policy::hash::mix;
use rand_core::TryRng;

/// All words, cut into equal cells, and one word of each.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    words: Vec<u64>,
}

/// Which word of a cell.
#[derive(Clone, Copy, Debug)]
pub(super) enum Within {
    First,
    Middle,
    Last,
}

impl Grid {
    pub(super) fn new(cells: u32, within: Within) -> Grid {
        let begin = |cell: u32| (u128::from(cell) << 64).div_ceil(u128::from(cells));
        let word = |cell| match within {
            Within::First => begin(cell),
            Within::Middle => (begin(cell) + begin(cell + 1)) / 2,
            Within::Last => begin(cell + 1) - 1,
        };
        Grid {
            words: (0..cells).map(|cell| word(cell) as u64).collect(),
        }
    }

    /// With another word in place of each.
    pub(super) fn map(mut self, word: impl Fn(u64) -> u64) -> Grid {
        self.words.iter_mut().for_each(|w| *w = word(*w));
        self
    }

    fn cells(&self) -> u32 {
        self.words.len() as u32
    }
}

/// A path through the tree of draws, cell by cell. What lies beyond its end is drawn from first cells, and then
/// belongs to the path.
#[derive(Clone, Debug, Default)]
pub(super) struct Script {
    path: Vec<Branch>,
    /// How much of the path has been walked.
    walked: usize,
    /// Something was drawn that no grid enumerates: too many words, or parts of words.
    strayed: bool,
}

#[derive(Clone, Copy, Debug)]
struct Branch {
    cell: u32,
    of: u32,
}

/// More draws than that are a loop that ends with probability 1 and at no known depth.
const DEEPEST: usize = 8;

impl Script {
    /// The word drawn next.
    pub(super) fn draw(&mut self, grid: &Grid) -> u64 {
        if self.walked == DEEPEST {
            self.strayed = true;
        }
        if self.strayed {
            self.walked += 1;
            // Some words or other, so that a loop which waits for one ends.
            return mix(self.walked as u64);
        }
        if self.walked == self.path.len() {
            let of = grid.cells();
            self.path.push(Branch { cell: 0, of });
        }
        let cell = self.path[self.walked].cell;
        self.walked += 1;
        grid.words[cell as usize]
    }

    /// The probability of the path.
    pub(super) fn probability(&self) -> f64 {
        self.path.iter().map(|b| 1.0 / f64::from(b.of)).product()
    }

    /// Goes on to the next path, depth first; `false` after the last.
    pub(super) fn advance(&mut self) -> bool {
        self.walked = 0;
        while let Some(last) = self.path.last_mut() {
            last.cell += 1;
            if last.cell < last.of {
                return true;
            }
            self.path.pop();
        }
        false
    }

    pub(super) fn strayed(&self) -> bool {
        self.strayed
    }
}

/// What a strategy draws from.
pub(super) struct Draws<'a> {
    pub(super) script: &'a mut Script,
    pub(super) grid: &'a Grid,
}

impl TryRng for Draws<'_> {
    type Error = Infallible;

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.script.draw(self.grid))
    }

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.script.strayed = true;
        Ok((self.script.draw(self.grid) >> 32) as u32)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.script.strayed = true;
        bytes.fill(0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::random::{below, two_distinct};

    fn distribution(cells: u32, within: Within, outcome: impl Fn(&mut Draws) -> usize) -> [f64; 6] {
        let (mut script, grid) = (Script::default(), Grid::new(cells, within));
        let mut shares = [0.0; 6];
        loop {
            let mut draws = Draws {
                script: &mut script,
                grid: &grid,
            };
            let outcome = outcome(&mut draws);
            shares[outcome] += script.probability();
            if !script.advance() {
                return shares;
            }
        }
    }

    fn close(a: &[f64], b: &[f64]) -> bool {
        a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12)
    }

    /// Also at the ends of the cells: a cell ends exactly where `below` changes.
    #[test]
    fn small_ranges_are_even() {
        for within in [Within::First, Within::Middle, Within::Last] {
            for n in [1, 2, 3, 6] {
                let shares = distribution(6, within, |rng| below(n, rng) as usize);
                let even = [1.0 / f64::from(n); 6];
                assert!(close(&shares[..n as usize], &even), "{n}: {shares:?}");
            }
        }
    }

    #[test]
    fn a_range_that_does_not_divide_the_grid_is_uneven_and_differs_at_the_ends() {
        let at = |within| distribution(6, within, |rng| below(4, rng) as usize);
        assert!(!close(&at(Within::First), &at(Within::Last)));
    }

    /// The second draw is made only after some of the first.
    #[test]
    fn paths_may_have_different_lengths() {
        let shares = distribution(6, Within::Middle, |rng| match below(2, rng) {
            0 => 0,
            _ => 1 + below(3, rng) as usize,
        });
        let expected = [0.5, 1.0 / 6.0, 1.0 / 6.0, 1.0 / 6.0];
        assert!(close(&shares, &expected), "{shares:?}");
    }

    #[test]
    fn ordered_pairs_are_even() {
        let pair = |rng: &mut Draws| match two_distinct(3, rng) {
            (0, 1) => 0,
            (1, 0) => 1,
            (0, 2) => 2,
            (2, 0) => 3,
            (1, 2) => 4,
            _ => 5,
        };
        let shares = distribution(6, Within::Middle, pair);
        assert!(close(&shares, &[1.0 / 6.0; 6]), "{shares:?}");
    }

    #[test]
    fn a_loop_without_an_end_is_noticed() {
        let (mut script, grid) = (Script::default(), Grid::new(6, Within::Middle));
        let mut draws = Draws {
            script: &mut script,
            grid: &grid,
        };
        while below(3, &mut draws) != 2 {}
        assert!(script.strayed());
    }
}
