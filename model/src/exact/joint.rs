//! Strategies that look at the queues: the chain of all queue lengths.
//!
//! If all servers are equally fast, and the strategy treats them alike, only the sorted lengths matter. That it does is
//! looked at in every state: however the lengths are dealt out to the servers, the policy code must send the next
//! request to a queue of each length with the same probability. (So the lumping is exact: Kemeny, Snell 1960.)

use std::array::from_fn;
use std::collections::HashMap;

use policy::hash::MixKeys;

use super::chain::Chain;
use super::memory::Remembers;
use super::oracle::Oracle;
use super::{Small, Solved};

/// Queue lengths, by server; if servers are equal, longest first.
type State<const N: usize> = [u16; N];

/// The states that are kept: no more than `longest` in the system, and the lengths, relative to speed, no more than
/// `spread` apart. What would lead out of them does not happen.
#[derive(Clone, Copy, Debug)]
struct Region<const N: usize> {
    speeds: [u32; N],
    longest: usize,
    spread: usize,
}

/// The chain's memory is some hundred bytes a state.
const MOST_STATES: usize = 6_000_000;

/// The number in the system under `S`, and how it was found.
pub(super) fn solve<S: Remembers, const N: usize>(small: &Small) -> Result<Solved, String>
where
    S::Index: Clone,
{
    let mut region = Region::<N> {
        speeds: from_fn(|server| small.speeds[server]),
        longest: small.first_cut(small.negligible() / 10.0),
        spread: 24,
    };
    for _ in 0..6 {
        let (solved, outermost) = solve_in::<S, N>(small, region)?;
        if solved.truncated < small.negligible() {
            return Ok(solved);
        }
        region.grow(small, outermost);
    }
    Err("the probability at the cut does not vanish as it is moved outwards".into())
}

/// Probabilities by which to tell how far a region would have to reach.
#[derive(Clone, Copy, Debug)]
struct Outermost {
    /// As many in the system as there may be.
    many: f64,
    /// Queues so far apart that something would lead out of the region.
    apart: f64,
    /// Queues half as far apart as they may be, or further.
    half_apart: f64,
}

impl<const N: usize> Region<N> {
    /// Moves the sides outwards, as far as the probability at them must fall, if it goes on as it did.
    fn grow(&mut self, small: &Small, outermost: Outermost) {
        let wanted = small.negligible() / 5.0;
        let steps =
            |at: f64, ratio: f64| (libm::log(wanted / at) / libm::log(ratio)).ceil() as usize;
        if outermost.many > small.negligible() / 2.0 {
            self.longest += 2 + steps(outermost.many, small.load);
        }
        if outermost.apart > small.negligible() / 2.0 {
            let halved = (outermost.apart / outermost.half_apart).min(0.99);
            let ratio = libm::pow(halved, 2.0 / self.spread as f64);
            let slow = ratio > 0.85;
            self.spread = if slow {
                self.longest
            } else {
                self.spread + 2 + steps(outermost.apart, ratio) * 3 / 2
            };
        }
        self.spread = self.spread.min(self.longest);
    }
}

fn solve_in<S: Remembers, const N: usize>(
    small: &Small,
    region: Region<N>,
) -> Result<(Solved, Outermost), String>
where
    S::Index: Clone,
{
    let levels: Vec<Vec<State<N>>> = (0..=region.longest)
        .map(|many| region.level(many))
        .collect();
    let mut chain = Chain::new(levels.iter().map(Vec::len));
    let states: Vec<State<N>> = levels.into_iter().flatten().collect();
    if states.len() > MOST_STATES {
        return Err(format!("more than {MOST_STATES} states"));
    }
    let index: HashMap<u64, usize, MixKeys> = states.iter().map(packed).zip(0..).collect();
    let mut policy = Policy::<S, N>::new(small, region);
    let mut ends = Vec::with_capacity(states.len());
    for (here, state) in states.iter().enumerate() {
        let shares = policy.shares(state)?;
        let arrivals = (0..N).filter(|&rank| shares[rank] > 0.0).map(|rank| {
            let rate = small.arrival_rate() * shares[rank];
            (region.joined(state, rank), rate)
        });
        let departures = (0..N).filter(|&rank| state[rank] > 0).map(|rank| {
            let rate = f64::from(region.speeds[rank]);
            (region.left(state, rank), rate)
        });
        let mut end = End::Inside;
        for (next, rate) in arrivals.chain(departures) {
            match index.get(&packed(&next)) {
                Some(&there) => chain.flow(here, there, rate),
                None if in_system(&next) > region.longest => end = end.max(End::Many),
                None => end = End::Apart,
            }
        }
        ends.push(end);
    }
    let p = chain.stationary(small.load)?;
    let probability = |of: &dyn Fn(usize) -> bool| -> f64 {
        (0..p.len()).filter(|&at| of(at)).map(|at| p[at]).sum()
    };
    let top = probability(&|at| in_system(&states[at]) == region.longest);
    let numbers = states.iter().map(|state| in_system(state) as f64);
    let mean = numbers.zip(&p).map(|(number, p)| number * p).sum();
    let solved = Solved {
        in_system: with_tail(mean, top, region.longest, small.load),
        states: p.len(),
        truncated: probability(&|at| ends[at] != End::Inside),
    };
    let half = region.spread as f64 / 2.0;
    let outermost = Outermost {
        many: top,
        apart: probability(&|at| ends[at] == End::Apart),
        half_apart: probability(&|at| region.apart(&states[at]) >= half),
    };
    Ok((solved, outermost))
}

/// What a region leaves out next to a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Inside,
    Many,
    Apart,
}

/// The mean number in the system, from that of a chain that never holds more than `longest`, and does so with probability
/// `top`.
///
/// With so many in the system all servers are busy, but for a probability that is small even then; so each further
/// request is `load` times as likely, by the balance of arrivals and departures.
pub(super) fn with_tail(mean: f64, top: f64, longest: usize, load: f64) -> f64 {
    let beyond = top * load / (1.0 - load);
    (mean + beyond * (longest as f64 + 1.0 / (1.0 - load))) / (1.0 + beyond)
}

/// The policy code over every arrangement of a state: of sorted lengths, all ways to deal them out.
struct Policy<S: Remembers, const N: usize> {
    arranged: Vec<([usize; N], Oracle<S>)>,
    region: Region<N>,
}

/// In states with no more requests than that, for each unit of speed, the enumeration is checked. Queues that are longer
/// tie no otherwise than these.
const CHECKED: usize = 3;

/// Rounding, when some hundreds of probabilities are added up.
const ROUNDING: f64 = 1e-10;

impl<S: Remembers, const N: usize> Policy<S, N>
where
    S::Index: Clone,
{
    fn new(small: &Small, region: Region<N>) -> Policy<S, N> {
        let oracle = Oracle::new(&small.speeds);
        let orders = if region.equal() {
            permutations()
        } else {
            vec![from_fn(|rank| rank)]
        };
        Policy {
            arranged: orders
                .into_iter()
                .map(|order| (order, oracle.clone()))
                .collect(),
            region,
        }
    }

    /// The probabilities that the next request joins the queue of each rank; of equal queues the first stands for all.
    fn shares(&mut self, state: &State<N>) -> Result<[f64; N], String> {
        let checked = CHECKED * self.region.speeds.iter().sum::<u32>() as usize;
        let mut agreed: Option<[f64; N]> = None;
        for (order, oracle) in &mut self.arranged {
            oracle.move_to(order.map(|rank| state[rank]));
            if in_system(state) <= checked {
                oracle.check()?;
            }
            let mut shares = [0.0; N];
            let mut remembers = false;
            oracle.outcomes(|outcome| {
                remembers |= outcome.changed.is_some();
                shares[self.region.first_equal(state, order[outcome.slot])] += outcome.probability;
            })?;
            if remembers {
                return Err("it looks at the queues and remembers what it did".into());
            }
            let differs =
                |other: [f64; N]| (0..N).any(|at| (shares[at] - other[at]).abs() > ROUNDING);
            if agreed.is_some_and(differs) {
                return Err(format!(
                    "it does not treat equal servers alike with {state:?} in flight"
                ));
            }
            agreed = agreed.or(Some(shares));
        }
        Ok(agreed.expect("one arrangement at least"))
    }
}

impl<const N: usize> Region<N> {
    fn equal(&self) -> bool {
        self.speeds.iter().all(|speed| *speed == self.speeds[0])
    }

    /// Its states with so many in the system, in lexicographic order.
    fn level(&self, many: usize) -> Vec<State<N>> {
        let mut states = Vec::new();
        self.fill(&mut [0; N], 0, many, many, &mut states);
        states
    }

    /// All ways to deal out `rest` of `many` from server `at` on.
    fn fill(
        &self,
        state: &mut State<N>,
        at: usize,
        rest: usize,
        many: usize,
        states: &mut Vec<State<N>>,
    ) {
        if at == N - 1 {
            state[at] = rest as u16;
            if self.contains(state) {
                states.push(*state);
            }
            return;
        }
        // The mean of the relative lengths, weighted by speed, is between the least and the greatest.
        let mean = many / self.speeds.iter().sum::<u32>() as usize;
        let speed = self.speeds[at] as usize;
        let least = speed * mean.saturating_sub(self.spread);
        let greatest = speed * (mean + 1 + self.spread);
        for count in least..=greatest.min(rest) {
            state[at] = count as u16;
            self.fill(state, at + 1, rest - count, many, states);
        }
    }

    fn contains(&self, state: &State<N>) -> bool {
        let sorted = !self.equal() || state.is_sorted_by(|a, b| a >= b);
        sorted && in_system(state) <= self.longest && self.apart(state) <= self.spread as f64
    }

    /// How far the lengths are apart, relative to speed.
    fn apart(&self, state: &State<N>) -> f64 {
        let relative = |at: usize| f64::from(state[at]) / f64::from(self.speeds[at]);
        let greatest = (0..N).map(relative).fold(0.0, f64::max);
        greatest - (0..N).map(relative).fold(f64::INFINITY, f64::min)
    }

    /// The first queue that is as good as that of `rank`.
    fn first_equal(&self, state: &State<N>, rank: usize) -> usize {
        let equals = |&other: &usize| self.equal() && state[other] == state[rank];
        (0..rank).find(equals).unwrap_or(rank)
    }

    /// One more at `rank`: of equal queues the first grows, so the lengths stay sorted.
    fn joined(&self, state: &State<N>, rank: usize) -> State<N> {
        let mut next = *state;
        next[self.first_equal(state, rank)] += 1;
        next
    }

    /// One less at `rank`: of equal queues the last shrinks.
    fn left(&self, state: &State<N>, rank: usize) -> State<N> {
        let equals = |&other: &usize| self.equal() && state[other] == state[rank];
        let mut next = *state;
        next[(rank..N).rfind(equals).unwrap_or(rank)] -= 1;
        next
    }
}

fn in_system<const N: usize>(state: &State<N>) -> usize {
    state.iter().map(|&length| usize::from(length)).sum()
}

fn packed<const N: usize>(state: &State<N>) -> u64 {
    state
        .iter()
        .fold(0, |packed, &length| packed << 16 | u64::from(length))
}

/// Of the numbers below `N`.
fn permutations<const N: usize>() -> Vec<[usize; N]> {
    let codes = 0..N.pow(N as u32);
    let digits = codes.map(|code| from_fn(|place| code / N.pow(place as u32) % N));
    let all_different = |digits: &[usize; N]| (0..N).all(|number| digits.contains(&number));
    digits.filter(all_different).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_things_have_six_orders() {
        assert_eq!(permutations::<2>(), [[1, 0], [0, 1]]);
        assert_eq!(permutations::<3>().len(), 6);
    }

    /// Every state of a small region, once, whatever the bounds with which the levels are searched.
    #[test]
    fn levels_miss_nothing() {
        for (speeds, spread) in [
            ([1, 1, 1], 4),
            ([1, 1, 1], 100),
            ([1, 2, 3], 3),
            ([2, 1, 1], 0),
        ] {
            let region = Region {
                speeds,
                longest: 14,
                spread,
            };
            let mut found: Vec<State<3>> = (0..=14).flat_map(|many| region.level(many)).collect();
            let cube = (0..15 * 15 * 15u16).map(|code| [code % 15, code / 15 % 15, code / 225]);
            let inside = |state: &State<3>| region.contains(state);
            let mut expected: Vec<State<3>> = cube.filter(inside).collect();
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "{speeds:?}");
        }
    }
}
