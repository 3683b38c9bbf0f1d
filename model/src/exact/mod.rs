//! Exact small cases: two and three exponential servers under the strategies that are shipped.
//!
//! The chain is not written down from a description of a strategy. The policy code itself is asked, in every state and
//! with every outcome of its draws (`draws`), where it would send the next request: the same `Strategy` over the
//! same `Fleet` and index that a balancer holds, moved from state to state by starting and finishing requests. So a
//! simulator that agrees with these numbers agrees with what is shipped.
//!
//! Arrivals are Poisson, at `load` times the capacity; services are exponential, with a mean of 1 at a server of
//! speed 1, which is the unit of all times. Queues are first come, first served, each server its own, and have no limit;
//! strategies that look at weights are given the speeds as weights.
//!
//! - Strategies that do not look at the queues (`blind`) need one small chain a server. That they do not look is
//!   observed: the fleet notes what it is asked (`watched`).
//! - The others (`joint`) need the chain of all queue lengths.
//!
//! Both are cut off where next to nothing happens any more: [`Case::truncated`] is the probability of all states from
//! which something leads beyond the cut. The cut is moved outwards until that is below 10^-12; with the queues of three
//! servers, whose states are many, below 10^-9, and 10^-7 above a load of 0.9. What is beyond is not left out of the mean
//! but added as a geometric tail. The stationary distribution is checked: what enters each state leaves it.
//!
//! What cannot be enumerated exactly is refused with a sentence; [`not_covered`] lists what is so on principle.

mod anderson;
mod blind;
mod chain;
mod draws;
mod joint;
mod keys;
mod memory;
mod oracle;
mod watched;

#[cfg(test)]
mod tests;

use policy::strategy::{
    JoinIdleQueue, LeastConnections, Maglev, Random, RoundRobin, StrategyName, TwoChoices,
    Weighted, WeightedRandom,
};

use memory::Remembers;

/// A small fleet under a load.
#[derive(Clone, Debug, PartialEq)]
pub struct Small {
    /// Who chooses.
    pub strategy: StrategyName,
    /// Of the servers, two or three; also their weights.
    pub speeds: Vec<u32>,
    /// Arrivals relative to what all servers together can serve, below 1.
    pub load: f64,
}

/// A solved one.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Who chooses.
    pub strategy: StrategyName,
    /// How many.
    pub servers: usize,
    /// Of the servers; also their weights.
    pub speeds: Vec<u32>,
    /// Arrivals relative to what all servers together can serve.
    pub load: f64,
    /// Waiting and service, in mean service times at speed 1.
    pub mean_response: f64,
    /// Of the chain, or of all chains.
    pub states: usize,
    /// The probability of the states at the cut.
    pub truncated: f64,
}

/// A distribution's sums.
#[derive(Clone, Debug, Default)]
struct Solved {
    /// Requests, on average.
    in_system: f64,
    states: usize,
    truncated: f64,
}

/// Loads of the cases.
const LOADS: [f64; 4] = [0.5, 0.8, 0.9, 0.95];

/// Speeds for all strategies, and those for strategies that look at weights.
const EQUAL: [&[u32]; 2] = [&[1, 1], &[1, 1, 1]];
const UNEQUAL: [&[u32]; 2] = [&[1, 2], &[1, 1, 2]];

/// All cases, each solved when it is asked for: milliseconds, but some seconds for those of three servers that need the
/// most states (`join-idle-queue`, loads above 0.9).
///
/// # Panics
/// If one cannot be solved: which ones can is known beforehand.
pub fn cases() -> impl Iterator<Item = Case> {
    smalls().map(|small| {
        small
            .solve()
            .unwrap_or_else(|why| panic!("{} over {:?}: {why}", small.strategy, small.speeds))
    })
}

/// What [`cases`] solves.
pub fn smalls() -> impl Iterator<Item = Small> {
    let covered = StrategyName::ALL.iter().copied();
    covered
        .filter(|&strategy| solver(strategy).is_ok())
        .flat_map(|strategy| {
            let unequal = UNEQUAL.iter().filter(move |_| strategy.about().weighted);
            let all = EQUAL.iter().chain(unequal);
            all.flat_map(move |speeds| {
                LOADS.map(|load| Small {
                    strategy,
                    speeds: speeds.to_vec(),
                    load,
                })
            })
        })
}

/// The strategies that no case is about, and why.
pub fn not_covered() -> impl Iterator<Item = (StrategyName, &'static str)> {
    let all = StrategyName::ALL.iter().copied();
    all.filter_map(|strategy| solver(strategy).err().map(|why| (strategy, why)))
}

type Solver = fn(&Small) -> Result<Solved, String>;

/// How a strategy's cases are solved, or why there are none. A new strategy has to be put on one side.
fn solver(strategy: StrategyName) -> Result<Solver, &'static str> {
    match strategy {
        StrategyName::RoundRobin => Ok(solve::<RoundRobin>),
        StrategyName::Weighted => Ok(solve::<Weighted>),
        StrategyName::Random => Ok(solve::<Random>),
        StrategyName::WeightedRandom => Ok(solve::<WeightedRandom>),
        StrategyName::LeastConnections => Ok(solve::<LeastConnections>),
        StrategyName::TwoChoices => Ok(solve::<TwoChoices>),
        StrategyName::JoinIdleQueue => Ok(solve::<JoinIdleQueue>),
        StrategyName::Maglev => Ok(solve::<Maglev>),
        StrategyName::LeastTime => {
            Err("it remembers response times, and for how long: there is a continuum of states")
        }
        StrategyName::Sticky => Err(
            "what it does depends on which keys come again: with keys that never do it is two-choices, and a few that \
             do stay where they were placed first, so the chain has no single stationary distribution",
        ),
        StrategyName::RingHash => Err(
            "its shares are those of one ring, which follows from the members' names: the answer would be one for those \
             names, and with others a server may be overloaded at the same load",
        ),
        StrategyName::BoundedLoad => Err(
            "where a request goes that finds its server full follows from the ring, and so from the members' names: see \
             ring-hash",
        ),
        StrategyName::Rendezvous => Err(
            "its shares have no structure that could be enumerated: 2^64 keys would have to be tried, one by one",
        ),
    }
}

fn solve<S: Remembers>(small: &Small) -> Result<Solved, String>
where
    S::Index: Clone,
{
    if let Some(solved) = blind::solve::<S>(small)? {
        return Ok(solved);
    }
    match small.speeds.len() {
        2 => joint::solve::<S, 2>(small),
        3 => joint::solve::<S, 3>(small),
        other => Err(format!(
            "of {other} servers the queues are not enumerated: two or three"
        )),
    }
}

impl Small {
    /// Solves it, or says why that cannot be done exactly.
    pub fn solve(&self) -> Result<Case, String> {
        if !(0.0 < self.load && self.load < 1.0) {
            return Err(format!("a load of {} is not between 0 and 1", self.load));
        }
        if !self.speeds.iter().all(|speed| (1..=100).contains(speed)) || self.speeds.is_empty() {
            return Err(format!("speeds of {:?} are not from 1 to 100", self.speeds));
        }
        let solved = solver(self.strategy)?(self)?;
        Ok(Case {
            strategy: self.strategy,
            servers: self.speeds.len(),
            speeds: self.speeds.clone(),
            load: self.load,
            // Little's law.
            mean_response: solved.in_system / self.arrival_rate(),
            states: solved.states,
            truncated: solved.truncated,
        })
    }

    fn arrival_rate(&self) -> f64 {
        self.load * f64::from(self.speeds.iter().sum::<u32>())
    }

    /// A probability that is as good as none.
    fn negligible(&self) -> f64 {
        match self.speeds.len() {
            2 => 1e-12,
            _ if self.load <= 0.9 => 1e-9,
            _ => 1e-7,
        }
    }

    /// A number in the system that is next to never reached, if each further request is `load` times as likely.
    fn first_cut(&self, negligible: f64) -> usize {
        let cut = libm::log(negligible / (1.0 - self.load)) / libm::log(self.load);
        cut.ceil() as usize
    }
}
