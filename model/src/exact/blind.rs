//! Strategies that choose without a look at the queues: one small chain for each server.
//!
//! Where a request goes then depends on the strategy's memory and its draws alone, so memory and *one* queue are a
//! Markov chain, whatever becomes of the other queues. This is exact: by linearity the mean number in the system is
//! the sum of the means of the queues, dependent as they are.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use policy::Chooser;

use super::chain::Chain;
use super::memory::Remembers;
use super::oracle::Oracle;
use super::{Small, Solved};

/// Where a strategy with some memory sends the next request, and what it remembers then.
type Choices = Vec<(usize, u32, f64)>;

/// More memories than that are not worth a table.
const MEMORIES: usize = 1_000;

/// Of the servers, the probability that one's queue is at the cut. These chains are small.
const NEGLIGIBLE: f64 = 1e-14;

/// Queues longer than that belong to a server that cannot keep up.
const LONGEST: usize = 1 << 14;

/// The number in the system under `S`, and how it was found; `None` if `S` looks at the queues.
pub(super) fn solve<S: Remembers>(small: &Small) -> Result<Option<Solved>, String>
where
    S::Index: Clone,
{
    let Some(choices) = memories::<S>(&small.speeds)? else {
        return Ok(None);
    };
    let mut all = Solved::default();
    for server in 0..small.speeds.len() {
        let mut longest = small.first_cut(NEGLIGIBLE);
        let solved = loop {
            let solved = queue(small, &choices, server, longest)?;
            if solved.truncated < NEGLIGIBLE {
                break solved;
            }
            longest *= 2;
            // Where it does not fall with the length of the queue, the queue only ever grows.
            if solved.truncated > 0.01 || longest > LONGEST {
                return Err(format!("server {server} gets more than it can serve"));
            }
        };
        all.in_system += solved.in_system;
        all.states += solved.states;
        all.truncated += solved.truncated;
    }
    Ok(Some(all))
}

/// What follows each memory that can be reached; `None` if a pick looks at the queues.
fn memories<S: Remembers>(weights: &[u32]) -> Result<Option<Vec<Choices>>, String>
where
    S::Index: Clone,
{
    let mut oracle = Oracle::<S>::new(weights);
    let first = oracle.chooser().clone();
    let mut known = HashMap::from([(first.strategy().memory(), 0)]);
    let mut choosers = vec![first];
    let mut all = Vec::new();
    while all.len() < choosers.len() {
        oracle.remember(choosers[all.len()].clone());
        oracle.check()?;
        let here = all.len() as u32;
        let mut choices = Choices::new();
        oracle.outcomes(|outcome| {
            let slot = outcome.slot;
            let probability = outcome.probability;
            let memory = outcome
                .changed
                .map_or(here, |chooser| number(&mut known, &mut choosers, chooser));
            match choices
                .iter_mut()
                .find(|(s, m, _)| (*s, *m) == (slot, memory))
            {
                Some((.., known)) => *known += probability,
                None => choices.push((slot, memory, probability)),
            }
        })?;
        all.push(choices);
        if oracle.looked_at_counts() {
            return Ok(None);
        }
        if choosers.len() > MEMORIES {
            return Err(format!("it remembers one of more than {MEMORIES} things"));
        }
    }
    Ok(Some(all))
}

/// The number of what `chooser` remembers.
fn number<S: Remembers>(
    known: &mut HashMap<S::Memory, u32>,
    choosers: &mut Vec<Chooser<S>>,
    chooser: Chooser<S>,
) -> u32 {
    match known.entry(chooser.strategy().memory()) {
        Entry::Occupied(number) => *number.get(),
        Entry::Vacant(new) => {
            choosers.push(chooser);
            *new.insert(choosers.len() as u32 - 1)
        }
    }
}

/// The chain of the memory and the queue of `server`. An arrival that finds `longest` there is lost.
fn queue(
    small: &Small,
    choices: &[Choices],
    server: usize,
    longest: usize,
) -> Result<Solved, String> {
    let memories = choices.len();
    let at = |count: usize, memory: usize| count * memories + memory;
    let mut chain = Chain::new(vec![memories; longest + 1]);
    for count in 0..=longest {
        for (memory, choices) in choices.iter().enumerate() {
            let here = at(count, memory);
            for &(slot, then, probability) in choices {
                let joins = slot == server && count < longest;
                let there = at(count + usize::from(joins), then as usize);
                chain.flow(here, there, small.arrival_rate() * probability);
            }
            if count > 0 {
                chain.flow(here, at(count - 1, memory), f64::from(small.speeds[server]));
            }
        }
    }
    let p = chain.stationary(small.load)?;
    let lengths = p.chunks(memories).map(|level| level.iter().sum::<f64>());
    Ok(Solved {
        in_system: lengths
            .zip(0..)
            .map(|(p, count)| p * f64::from(count))
            .sum(),
        states: p.len(),
        truncated: p[at(longest, 0)..].iter().sum(),
    })
}
