//! A token bucket in two words: when it was refilled last, and how much is in it.
//!
//! Two who come after a pause both see the old time, and both pour in what that time has earned; or one pours it over
//! the token that another has just taken.

use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Release};

use policy::shared::{Atomic, Gcra, Rate};
use policy::time::{Duration, Instant};

use super::{Exhibit, FoundBy, Guard};
use crate::platform::Platform;

pub(super) fn exhibit() -> Exhibit {
    Exhibit {
        property: over!(one_token_lets_one_in<TwoWords>),
        ours: Some(over_ours!(one_token_lets_one_in<Ours>)),
        found_in: "wazuh/wazuh#35192 (RateLimiter::refillTokens), arkflow-rs/arkflow#1165 (found in review)",
        harm: "eight threads let 1,500 to 2,000 events a second through a limit of 1,000",
        guarded_by: Guard::Property("gcra::a_burst_is_one_for_all"),
        found_by: FoundBy::SCHEDULES,
    }
}

trait RateLimit<P: Platform>: Send + Sync + 'static {
    /// One a tick and no burst; the one of time 0 has been taken.
    fn new() -> Self;
    fn admit(&self, now: u64) -> bool;
}

struct TwoWords<P: Platform> {
    refilled_at: P::U64,
    tokens: P::U64,
}

impl<P: Platform> TwoWords<P> {
    fn refill(&self, now: u64) {
        let earned = now.saturating_sub(self.refilled_at.load(Acquire));
        if earned > 0 {
            let tokens = (self.tokens.load(Acquire) + earned).min(1);
            self.tokens.store(tokens, Release);
            self.refilled_at.store(now, Release);
        }
    }
}

impl<P: Platform> RateLimit<P> for TwoWords<P> {
    fn new() -> Self {
        TwoWords {
            refilled_at: P::U64::new(0),
            tokens: P::U64::new(0),
        }
    }

    fn admit(&self, now: u64) -> bool {
        self.refill(now);
        let mut tokens = self.tokens.load(Acquire);
        while tokens > 0 {
            match self
                .tokens
                .compare_exchange_weak(tokens, tokens - 1, AcqRel, Acquire)
            {
                Ok(_) => return true,
                Err(left) => tokens = left,
            }
        }
        false
    }
}

/// A [`Gcra`], with the word it lives in.
struct Ours<P: Platform>(P::U64);

impl<P: Platform> RateLimit<P> for Ours<P> {
    fn new() -> Self {
        let ours = Ours(P::U64::new(0));
        assert!(ours.admit(0));
        ours
    }

    fn admit(&self, now: u64) -> bool {
        let rate = Rate::new(1, Duration(1), 1).expect("none of them is 0");
        Gcra::<P>::over(&self.0, rate).admit(Instant(now)).is_ok()
    }
}

fn one_token_lets_one_in<P: Platform, L: RateLimit<P>>() {
    let limit = Arc::new(L::new());
    assert!(!limit.admit(0));
    let threads = [1, 2].map(|_| {
        let limit = Arc::clone(&limit);
        P::spawn(move || limit.admit(1))
    });
    let admitted = threads.map(P::join);
    assert_ne!(admitted, [false; 2], "a tick has passed");
    assert_ne!(admitted, [true; 2], "one tick, one token, two let in");
}
