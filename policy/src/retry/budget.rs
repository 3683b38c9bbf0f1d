//! A retry budget: how many retries a service may be asked to bear on top of its requests.
//! Cost: O(1), no draw. Source: the budgets of Finagle (`RetryBudget`) and tower (`retry/budget`), with their
//! numbers; kept as the generic cell rate algorithm (ITU-T I.371) keeps a rate, in one point in time.
//!
//! A retry is a debt that time pays off at the rate of retries that are always allowed, and that every request
//! pays a share of; it may be incurred while all debts together would be paid within the window. Whatever the
//! order of events, the retries within any span are at most 20 % of the requests in it, 10 a second, and the
//! 100 of a full budget. All of it is the instant at which nothing is owed: one word, which processes can share
//! by compare-and-swap, and which a request leaves alone while nobody retries.
//!
//! Deviation: Finagle and tower remember the requests of the last ten seconds, so that 10,000 requests a second
//! save up for a burst of 20,000 retries. This one saves no more than it can count, 100, and earns the rest as
//! it goes; in return what it saved does not expire.

use crate::invalid::Invalid;
use crate::time::{Duration, Instant};

/// What can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// What a request earns, in thousandths of a retry: 0 to 1000.
    pub thousandths: u32,
    /// How often there may be a retry however few the requests.
    pub every: Duration,
    /// How long a budget that is spent takes to fill up by time alone: it holds `window / every` retries.
    pub window: Duration,
}

impl Default for Options {
    /// A fifth of the requests, 10 a second, over 10 s.
    fn default() -> Self {
        Options {
            thousandths: 200,
            every: Duration::from_millis(100),
            window: Duration::from_millis(10_000),
        }
    }
}

/// [`Options`] that were checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Config(Options);

impl Config {
    /// Refuses, with a sentence, what would be no budget.
    pub fn new(options: Options) -> Result<Config, Invalid> {
        Invalid::unless(
            options.thousandths <= 1000,
            "a request must earn at most one retry: 1000 thousandths",
        )?;
        Invalid::unless(
            options.every > Duration::ZERO,
            "the time between retries that are always allowed must be positive",
        )?;
        Invalid::unless(
            options.window >= options.every,
            "a retry budget must hold at least one retry: its window must not be shorter than the time between two",
        )?;
        Ok(Config(options))
    }

    /// What was chosen.
    pub fn options(&self) -> &Options {
        &self.0
    }

    /// What a request pays of a debt: `every`, times what it earns.
    fn payment(&self) -> Duration {
        let thousand_times = u128::from(self.0.every.0) * u128::from(self.0.thousandths);
        Duration((thousand_times / 1000) as u64)
    }
}

/// A budget in one word: when all debts are paid. The word 0 is a budget that is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct State(u64);

impl State {
    /// Full.
    pub const NEW: State = State(0);

    /// The word, for an atomic.
    pub const fn to_bits(self) -> u64 {
        self.0
    }

    /// The state of any word.
    pub const fn from_bits(bits: u64) -> State {
        State(bits)
    }

    /// A request was sent at `now`: not a retry. The same state if nothing is owed.
    pub fn deposit(self, now: Instant, config: &Config) -> State {
        // As nearly always: nothing is owed.
        if self.0 <= now.0 {
            return self;
        }
        let paid_at = self.0.saturating_sub(config.payment().0);
        State(paid_at.max(now.0))
    }

    /// A request wants to be sent again at `now`. `None`: it may not be.
    pub fn withdraw(self, now: Instant, config: &Config) -> Option<State> {
        let paid_at = Instant(self.0.max(now.0)) + config.0.every;
        (paid_at - now <= config.0.window).then_some(State(paid_at.0))
    }

    /// How many retries there may be at `now`, at once.
    pub fn balance(self, now: Instant, config: &Config) -> u64 {
        let owed = Instant(self.0) - now;
        config.0.window.0.saturating_sub(owed.0) / config.0.every.0
    }
}

/// The budget of one worker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Budget {
    config: Config,
    state: State,
}

impl Budget {
    /// Full.
    pub fn new(config: Config) -> Self {
        Budget {
            config,
            state: State::NEW,
        }
    }

    /// A request was sent at `now`: not a retry.
    pub fn deposit(&mut self, now: Instant) {
        self.state = self.state.deposit(now, &self.config);
    }

    /// Whether a request may be sent again at `now`. If so, that is paid for.
    pub fn withdraw(&mut self, now: Instant) -> bool {
        let paid = self.state.withdraw(now, &self.config);
        self.state = paid.unwrap_or(self.state);
        paid.is_some()
    }

    /// How many retries there may be at `now`, at once.
    pub fn balance(&self, now: Instant) -> u64 {
        self.state.balance(now, &self.config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn withdrawals(budget: &mut Budget, now: Instant) -> usize {
        (0..10_000).take_while(|_| budget.withdraw(now)).count()
    }

    #[test]
    fn a_full_budget_is_spent_and_fills_with_time_and_with_requests() {
        let mut budget = Budget::default();
        let now = Instant(3);
        assert_eq!(budget.balance(now), 100);
        assert_eq!(withdrawals(&mut budget, now), 100);
        assert_eq!(budget.balance(now), 0);

        (0..99).for_each(|_| budget.deposit(now));
        assert_eq!(withdrawals(&mut budget, now), 19);
        budget.deposit(now);
        assert_eq!(withdrawals(&mut budget, now), 1);

        assert_eq!(
            withdrawals(&mut budget, now + Duration::from_millis(999)),
            9
        );
        assert_eq!(
            withdrawals(&mut budget, now + Duration::from_millis(1_000)),
            1
        );
        assert_eq!(
            withdrawals(&mut budget, now + Duration::from_millis(99_000)),
            100
        );
    }

    #[test]
    fn a_request_changes_nothing_while_nobody_retries() {
        let config = Config::default();
        assert_eq!(State::NEW.deposit(Instant(7), &config), State::NEW);
        let spent = State::NEW.withdraw(Instant(0), &config).unwrap();
        assert_ne!(spent.deposit(Instant(0), &config), spent);
        let later = Instant(1) + config.options().every;
        assert_eq!(spent.deposit(later, &config), spent);
    }

    #[test]
    fn what_would_be_no_budget_is_refused_with_a_sentence() {
        let good = Options::default();
        assert_eq!(Config::new(good), Ok(Config::default()));
        for (bad, sentence) in [
            (
                Options {
                    thousandths: 1001,
                    ..good
                },
                "at most one",
            ),
            (
                Options {
                    every: Duration(0),
                    ..good
                },
                "must be positive",
            ),
            (
                Options {
                    window: Duration(99),
                    ..good
                },
                "at least one",
            ),
        ] {
            let refusal = Config::new(bad).unwrap_err().to_string();
            assert!(refusal.contains(sentence), "{refusal}");
        }
    }

    proptest! {
        /// Over every span: retries <= those of a full budget + those that time allows + a share of the requests.
        /// And whoever waits for as long as one retry takes to pay for may retry.
        #[test]
        fn keeps_its_promise_over_every_span(
            thousandths in 0..=1000u32,
            every in 1..50u64,
            window in 0..300u64,
            steps in prop::collection::vec((0..40u64, any::<bool>()), 1..80),
        ) {
            let options = Options { thousandths, every: Duration(every), window: Duration(every + window) };
            let config = Config::new(options).unwrap();
            let mut budget = Budget::new(config);
            let mut now = Instant(0);
            let mut history: Vec<(u64, u64, u64)> = Vec::new();
            for (passed, is_retry) in steps {
                now += Duration(passed);
                if is_retry {
                    let balance = budget.balance(now);
                    let may = budget.withdraw(now);
                    prop_assert_eq!(may, balance > 0);
                    prop_assert_eq!(budget.balance(now), balance - u64::from(may));
                    history.push((now.0, u64::from(may), 0));
                } else {
                    budget.deposit(now);
                    history.push((now.0, 0, 1));
                }
                let (mut retries, mut requests) = (0, 0);
                for &(start, retry, request) in history.iter().rev() {
                    retries += retry;
                    requests += request;
                    let earned = requests * every * u64::from(thousandths) / 1000;
                    prop_assert!(retries * every <= every + window + (now.0 - start) + earned);
                }
                prop_assert!(budget.balance(now + Duration(every)) > 0);
            }
        }
    }
}
