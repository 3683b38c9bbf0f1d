//! [`policy::shared::RetryBudget`].

use std::sync::Arc;

use policy::retry::{Config, Options};
use policy::shared::{Atomic, RetryBudget};
use policy::time::{Duration, Instant};

use super::{Property, property};
use crate::platform::Platform;
use crate::watch::{mortal, reached};

pub(super) const PROPERTIES: &[Property] = &[
    property!(a_budget_is_spent_once).reaching(&["both", "one"]),
    property!(no_payment_is_lost).reaching(&["allowed", "refused"]),
    property!(the_dead_spend_what_they_took)
        .dying()
        .reaching(&["died", "survived"]),
];

const EVERY: Duration = Duration(100);
const NOW: Instant = Instant(1000);

/// Two retries at once, then one an `EVERY`, or one a request.
struct Owned<P: Platform> {
    word: P::U64,
}

impl<P: Platform> Owned<P> {
    fn new() -> Arc<Self> {
        Arc::new(Owned {
            word: P::U64::new(0),
        })
    }

    fn view(&self) -> RetryBudget<'_, P> {
        let options = Options {
            thousandths: 1000,
            every: EVERY,
            window: Duration(2 * EVERY.0),
        };
        RetryBudget::over(&self.word, Config::new(options).expect("valid"))
    }
}

/// Two workers ask for two retries each, by clocks that are apart: together they get what there is, no more and no less.
fn a_budget_is_spent_once<P: Platform>() {
    let owned = Owned::<P>::new();
    let threads = [0, 10].map(|ahead| {
        let owned = Arc::clone(&owned);
        let now = NOW + Duration(ahead);
        P::spawn(move || [(); 2].map(|()| owned.view().withdraw(now)))
    });
    let allowed = threads.map(P::join).map(|asked| {
        let allowed = asked.into_iter().filter(|&allowed| allowed);
        allowed.count()
    });
    reached(if allowed == [1, 1] { "both" } else { "one" });
    assert_eq!(allowed.iter().sum::<usize>(), 2, "{allowed:?}");
    assert!(!owned.view().withdraw(NOW + Duration(10)));
    assert!(owned.view().withdraw(NOW + Duration(10) + EVERY));
}

/// The budget is spent. Two requests pay for a retry each; one who wants to retry meanwhile is allowed to if a payment
/// came first. In the end all payments and withdrawals are in the balance.
fn no_payment_is_lost<P: Platform>() {
    let owned = Owned::<P>::new();
    assert!(owned.view().withdraw(NOW) && owned.view().withdraw(NOW));
    let payers = [(); 2].map(|()| {
        let owned = Arc::clone(&owned);
        P::spawn(move || owned.view().deposit(NOW))
    });
    let allowed = owned.view().withdraw(NOW);
    reached(if allowed { "allowed" } else { "refused" });
    payers.into_iter().for_each(P::join);
    assert_eq!(owned.view().balance(NOW), 2 - u64::from(allowed));
}

/// Killed anywhere in a payment and a withdrawal, a worker has paid or not and withdrawn or not: nothing else.
fn the_dead_spend_what_they_took<P: Platform>() {
    let owned = Owned::<P>::new();
    assert!(owned.view().withdraw(NOW) && owned.view().withdraw(NOW));
    let victim = {
        let owned = Arc::clone(&owned);
        P::spawn(move || {
            let life = || {
                owned.view().deposit(NOW);
                owned.view().withdraw(NOW)
            };
            mortal::<P, _>(life)
        })
    };
    let survivor = {
        let owned = Arc::clone(&owned);
        P::spawn(move || {
            owned.view().deposit(NOW);
            owned.view().withdraw(NOW)
        })
    };
    let survived = P::join(survivor);
    let balance = match P::join(victim) {
        None => {
            reached("died");
            0..=1
        }
        Some(allowed) => {
            reached("survived");
            assert!(allowed && survived, "each paid for its own");
            0..=0
        }
    };
    let left = owned.view().balance(NOW) + u64::from(survived);
    assert!(
        balance.contains(&(left - 1)),
        "{left} after the survivor's payment"
    );
}
