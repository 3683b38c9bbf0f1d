//! Histories of operations, and whether they could have happened one at a time.
//!
//! Each operation is stamped when it begins and when it ends, by a clock in the checked memory itself: the checker
//! sees the recorder and switches threads at it, and the stamps order whatever did not overlap (a recorder that a
//! checker cannot see would hide both). stateright's tester then looks for an order of the operations, each
//! between its stamps, that a sequential object allows.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::Ordering::AcqRel;

use policy::shared::Atomic;
use stateright::semantics::{ConsistencyTester, LinearizabilityTester, SequentialSpec};

use crate::platform::Platform;

/// The clock of one history.
pub struct Recorder<P: Platform>(Arc<P::U64>);

/// What one thread did: operation, result, and the times of its begin and end.
pub type History<S> = Vec<(
    <S as SequentialSpec>::Op,
    <S as SequentialSpec>::Ret,
    [u64; 2],
)>;

impl<P: Platform> Clone for Recorder<P> {
    fn clone(&self) -> Self {
        Recorder(Arc::clone(&self.0))
    }
}

impl<P: Platform> Recorder<P> {
    /// A clock at 0.
    #[expect(
        clippy::new_without_default,
        reason = "a checker's memory has no default"
    )]
    pub fn new() -> Self {
        Recorder(Arc::new(P::U64::new(0)))
    }

    /// Does `operation` by `act` and writes down when.
    pub fn record<S: SequentialSpec>(
        &self,
        history: &mut History<S>,
        operation: S::Op,
        act: impl FnOnce() -> S::Ret,
    ) {
        let began = self.now();
        let result = act();
        let ended = self.now();
        history.push((operation, result, [began, ended]));
    }

    /// Acquire and release, so that what did not overlap is ordered for the memory too.
    fn now(&self) -> u64 {
        self.0.fetch_add(1, AcqRel)
    }
}

/// Asserts that the threads' histories are one that `object` allows.
///
/// # Panics
/// If they are not.
pub fn assert_linearizable<S>(object: S, histories: Vec<History<S>>)
where
    S: SequentialSpec + Clone + Debug,
    S::Op: Clone + Debug + PartialEq,
    S::Ret: Clone + Debug + PartialEq,
{
    let mut events = Vec::new();
    for (thread, history) in histories.iter().enumerate() {
        for (operation, result, [began, ended]) in history {
            events.push((*began, thread, operation, None));
            events.push((*ended, thread, operation, Some(result)));
        }
    }
    events.sort_by_key(|(time, ..)| *time);
    let mut tester = LinearizabilityTester::new(object);
    for (_, thread, operation, result) in events {
        let known = match result {
            None => tester.on_invoke(thread, operation.clone()),
            Some(result) => tester.on_return(thread, result.clone()),
        };
        known.expect("a thread does one thing at a time");
    }
    assert!(
        tester.is_consistent(),
        "no order of these operations is allowed: {histories:?}"
    );
}
