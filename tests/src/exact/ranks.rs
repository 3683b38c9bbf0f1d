//! Small fleets of exponential servers under a policy that looks at queue lengths: the whole Markov chain.
//!
//! A state is the sorted list of queue lengths; an arrival goes to the backend of some rank. Queues are cut off at
//! a length that is next to never reached.

use std::collections::HashMap;

use super::chain::Chain;

/// Queue lengths, longest first.
pub type State<const N: usize> = [u16; N];

/// Where an arrival goes: the probability of each rank, longest queue first. Among equal queues it does not matter.
pub type Choice<const N: usize> = fn(&State<N>) -> [f64; N];

/// Join the shortest queue: least connections, and two distinct choices of two.
pub fn shortest<const N: usize>(_: &State<N>) -> [f64; N] {
    let mut ranks = [0.0; N];
    ranks[N - 1] = 1.0;
    ranks
}

/// The shorter of two distinct ones, drawn at random.
pub fn two_choices<const N: usize>(_: &State<N>) -> [f64; N] {
    // Of rank k, counted from the longest, k are longer: k pairs in N (N - 1) / 2 have it as the shorter one.
    std::array::from_fn(|rank| 2.0 * rank as f64 / (N * (N - 1)) as f64)
}

/// The shorter of two drawn with replacement, now and then the same one twice.
pub fn two_with_replacement<const N: usize>(_: &State<N>) -> [f64; N] {
    // Of N^2 ordered pairs, (k + 1)^2 - k^2 have rank k as the shortest queue.
    std::array::from_fn(|rank| (2 * rank + 1) as f64 / (N * N) as f64)
}

/// An idle backend, else any.
pub fn join_idle<const N: usize>(state: &State<N>) -> [f64; N] {
    if state[N - 1] == 0 {
        shortest(state)
    } else {
        [1.0 / N as f64; N]
    }
}

/// A fleet of N backends, one exponential server each.
#[derive(Clone, Copy, Debug)]
pub struct Ranks<const N: usize> {
    /// Of each backend.
    pub load: f64,
    /// The policy.
    pub choice: Choice<N>,
    /// Arrivals that would make a queue longer than this are lost.
    pub longest: u16,
}

impl<const N: usize> Ranks<N> {
    /// E\[T\], by Little's law.
    pub fn response(&self) -> f64 {
        let rate = self.load * N as f64;
        let states = self.states();
        let index: HashMap<State<N>, usize> = states.iter().copied().zip(0..).collect();
        let mut chain = Chain::new(states.len());
        for (from, state) in states.iter().enumerate() {
            for (rank, probability) in (self.choice)(state).into_iter().enumerate() {
                let joined = joined(state, rank);
                if probability > 0.0 && joined[0] <= self.longest {
                    chain.flow(from, index[&joined], rate * probability);
                }
            }
            for rank in (0..N).filter(|&rank| state[rank] > 0) {
                chain.flow(from, index[&left(state, rank)], 1.0);
            }
        }
        let probabilities = chain.stationary();
        let length = |state: &State<N>| state.iter().map(|&x| f64::from(x)).sum::<f64>();
        let in_system: f64 = states
            .iter()
            .zip(probabilities)
            .map(|(state, p)| p * length(state))
            .sum();
        in_system / rate
    }

    /// All of them, in lexicographic order.
    fn states(&self) -> Vec<State<N>> {
        let mut states = Vec::new();
        let mut state = [0; N];
        loop {
            states.push(state);
            // The last rank that may grow does, and those behind it start again.
            let grows = |&rank: &usize| {
                state[rank]
                    < if rank == 0 {
                        self.longest
                    } else {
                        state[rank - 1]
                    }
            };
            let Some(rank) = (0..N).rev().find(grows) else {
                return states;
            };
            state[rank] += 1;
            state[rank + 1..].fill(0);
        }
    }
}

/// One more at `rank`: of equal queues the first grows, so the list stays sorted.
fn joined<const N: usize>(state: &State<N>, rank: usize) -> State<N> {
    let mut next = *state;
    let first = state.iter().position(|&length| length == state[rank]);
    next[first.unwrap_or(rank)] += 1;
    next
}

/// One less at `rank`: of equal queues the last shrinks.
fn left<const N: usize>(state: &State<N>, rank: usize) -> State<N> {
    let mut next = *state;
    let last = state.iter().rposition(|&length| length == state[rank]);
    next[last.unwrap_or(rank)] -= 1;
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Any backend, all alike: two M/M/1.
    #[test]
    fn random_is_mm1() {
        let ranks = Ranks::<2> {
            load: 0.6,
            choice: |_| [0.5, 0.5],
            longest: 60,
        };
        assert!(
            (ranks.response() - 2.5).abs() < 1e-9,
            "{}",
            ranks.response()
        );
    }

    /// Two queues, the shorter joined, are worse than one queue for two servers, M/M/2 with 1 / (1 - 0.81), by less
    /// than half a service.
    #[test]
    fn two_queues_are_little_worse_than_one() {
        let ranks = Ranks::<2> {
            load: 0.9,
            choice: shortest,
            longest: 150,
        };
        let response = ranks.response();
        assert!((5.263..5.763).contains(&response), "{response}");
    }
}
