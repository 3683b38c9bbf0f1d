//! What can be done to one atomic operation so that it is less than its author wrote.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};

use super::Operation;

/// One operation made weaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mutation {
    /// A weaker ordering; for a compare-and-swap, where it succeeds.
    Order(Ordering),
    /// A weaker ordering where a compare-and-swap fails.
    FailureOrder(Ordering),
    /// Read-modify-write as a load and a store: others come in between.
    Torn,
    /// Nothing is written. What is returned is as if it were.
    Dropped,
}

impl Mutation {
    /// All that can be done to `operation` with these orderings (a compare-and-swap has two).
    pub fn of(operation: Operation, order: Ordering, failure: Option<Ordering>) -> Vec<Mutation> {
        let success = below(order).iter().map(|&order| Mutation::Order(order));
        let failure = failure.map_or(&[][..], below);
        let failure = failure.iter().map(|&order| Mutation::FailureOrder(order));
        let whole: &[Mutation] = match operation {
            Operation::Load => &[],
            Operation::Store => &[Mutation::Dropped],
            Operation::CompareExchange | Operation::ReadModifyWrite => {
                &[Mutation::Torn, Mutation::Dropped]
            }
        };
        success
            .chain(failure)
            .chain(whole.iter().copied())
            .collect()
    }
}

/// The orderings just below: who kills both halves of AcqRel has killed Relaxed too.
fn below(order: Ordering) -> &'static [Ordering] {
    match order {
        Relaxed => &[],
        Acquire | Release => &[Relaxed],
        AcqRel => &[Acquire, Release],
        _ => &[AcqRel],
    }
}

impl fmt::Display for Mutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mutation::Order(order) => write!(f, "order={order:?}"),
            Mutation::FailureOrder(order) => write!(f, "failure-order={order:?}"),
            Mutation::Torn => f.write_str("torn"),
            Mutation::Dropped => f.write_str("dropped"),
        }
    }
}

impl FromStr for Mutation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let order = |name: &str| {
            [Relaxed, Acquire, Release, AcqRel, SeqCst]
                .into_iter()
                .find(|&order| format!("{order:?}") == name)
                .ok_or_else(|| format!("`{name}` is not an ordering"))
        };
        match text.split_once('=') {
            None if text == "torn" => Ok(Mutation::Torn),
            None if text == "dropped" => Ok(Mutation::Dropped),
            Some(("order", name)) => order(name).map(Mutation::Order),
            Some(("failure-order", name)) => order(name).map(Mutation::FailureOrder),
            _ => Err(format!(
                "`{text}` is not a mutation; allowed: order=ORDERING, failure-order=ORDERING, torn, dropped"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mutation_is_read_back_from_its_name() {
        let all = Mutation::of(Operation::CompareExchange, AcqRel, Some(Acquire));
        assert_eq!(all.len(), 5);
        for mutation in all {
            assert_eq!(mutation.to_string().parse(), Ok(mutation));
        }
    }

    #[test]
    fn a_relaxed_load_cannot_be_weakened() {
        assert_eq!(Mutation::of(Operation::Load, Relaxed, None), []);
    }
}
