//! Requests and the attempts at them, where one may take several.
//!
//! Records live in slot maps, so memory follows what is in flight, and a key that has outlived its record finds nothing:
//! a timer whose request has ended needs no cancelling.

use policy::backoff::Backoff;
use policy::breaker::Permit;
use policy::deadline::Deadline;
use policy::shared::Held;
use policy::time::{Duration, Instant};
use slotmap::new_key_type;

use crate::client::Sent;
use crate::probe::Failure;

new_key_type! {
    /// A request that has not ended.
    pub struct PendingKey;
    /// An attempt that is somewhere, wanted or not.
    pub struct AttemptKey;
}

/// A request that has not ended.
#[derive(Debug)]
pub struct Pending {
    /// As its client sent it.
    pub sent: Sent,
    /// When its client gives up.
    pub deadline: Deadline,
    /// The balancer it met.
    pub dispatcher: u16,
    /// The part of the run it is counted in.
    pub segment: u8,
    /// Attempts so far, hedges among them.
    pub attempts: u32,
    /// Retries so far, hedges not among them.
    pub retries: u32,
    /// The delay before the last retry.
    pub delay: Duration,
    /// The attempts that are under way: the last, and one beside it.
    pub live: [Option<AttemptKey>; 2],
    /// How the last attempt that failed did, and where, if anywhere.
    pub last: Option<(Failure, Option<u32>)>,
    /// Its place in the slot pool.
    pub slot: Option<Held>,
    /// Its wait for one.
    pub backoff: Option<Backoff>,
}

impl Pending {
    /// `sent`, which met `dispatcher` in part `segment` of the run.
    pub fn new(sent: Sent, deadline: Deadline, dispatcher: u16, segment: u8) -> Self {
        Pending {
            sent,
            deadline,
            dispatcher,
            segment,
            attempts: 0,
            retries: 0,
            delay: Duration::ZERO,
            live: [None; 2],
            last: None,
            slot: None,
            backoff: None,
        }
    }

    /// Notes that `attempt` is under way. There is room: a hedge is sent once, beside one attempt.
    pub fn begin(&mut self, attempt: AttemptKey) {
        let place = self.live.iter_mut().find(|place| place.is_none());
        *place.expect("at most two attempts are under way") = Some(attempt);
        self.attempts += 1;
    }

    /// Notes that `attempt` is under way no more. Whether another is.
    pub fn end(&mut self, attempt: AttemptKey) -> bool {
        for place in &mut self.live {
            place.take_if(|live| *live == attempt);
        }
        self.live.iter().any(Option::is_some)
    }
}

/// An attempt at a request.
#[derive(Debug)]
pub struct Attempt {
    /// `None` once nobody waits for it any more.
    pub request: Option<PendingKey>,
    /// When it was sent.
    pub sent: Instant,
    /// What it takes on the backend it went to, at full speed.
    pub service: Duration,
    /// Which backend.
    pub slot: u32,
    /// The balancer that sent it.
    pub dispatcher: u16,
    /// The part of the run that its request is counted in.
    pub segment: u8,
    /// Whether it was sent beside another.
    pub hedge: bool,
    /// Whether the backend took it and will do nothing with it.
    pub swallowed: bool,
    /// How its answer will be: decided when it was sent, so that it does not depend on when it is served.
    pub errs: bool,
    /// What the breaker let it through with.
    pub permit: Option<Permit>,
}

#[cfg(test)]
mod tests {
    use slotmap::SlotMap;

    use super::*;

    fn pending() -> Pending {
        let sent = Sent {
            time: Instant::ZERO,
            number: 1,
            client: 0,
            demand: Duration(10),
            key: 0,
        };
        Pending::new(sent, Deadline::NEVER, 2, 3)
    }

    fn keys<const N: usize>() -> [AttemptKey; N] {
        let mut keys = SlotMap::with_key();
        [(); N].map(|()| keys.insert(()))
    }

    #[test]
    fn of_two_attempts_one_is_left_and_then_none_in_either_order() {
        let [first, second] = keys();
        for (sooner, later) in [(first, second), (second, first)] {
            let mut request = pending();
            request.begin(first);
            request.begin(second);
            assert!(request.end(sooner));
            assert_eq!(request.live.iter().flatten().collect::<Vec<_>>(), [&later]);
            assert!(!request.end(later));
            assert_eq!(request.live, [None; 2]);
        }
    }

    #[test]
    fn an_attempt_that_is_under_way_no_more_ends_nothing() {
        let [first, second] = keys();
        let mut request = pending();
        request.begin(first);
        request.end(first);
        request.begin(second);
        assert!(request.end(first));
        assert!(!request.end(second));
        assert!(!request.end(second));
    }

    #[test]
    fn attempts_are_counted_ended_or_not() {
        let [first, second, third] = keys();
        let mut request = pending();
        assert_eq!(request.attempts, 0);
        request.begin(first);
        request.begin(second);
        request.end(first);
        request.begin(third);
        assert_eq!(request.attempts, 3);
        assert_eq!(request.live, [Some(third), Some(second)]);
    }

    #[test]
    #[should_panic(expected = "at most two attempts are under way")]
    fn a_third_beside_two_is_none() {
        let mut request = pending();
        for key in keys::<3>() {
            request.begin(key);
        }
    }
}
