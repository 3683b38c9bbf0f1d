//! A circuit breaker: a backend that keeps failing gets no requests for a while, then a few probes, then all again.
//!
//! [`State`] is the breaker in one word with its transitions, for one worker or for many; [`Breaker`] is one
//! worker's own. [`window`] counts the failure rate, the second reason to open.

mod config;
pub mod state;
#[cfg(test)]
mod tests;
pub mod window;

use rand_core::Rng;

pub use config::{Config, Options};
pub use state::{Claim, Effect, Phase, Rejected, State};

use crate::Owner;
use crate::time::Instant;
use window::Window;

/// A request that was let through. It ends as a success, as a failure or cancelled, and exactly once: it cannot
/// be copied.
#[derive(Debug, PartialEq, Eq, Hash)]
#[must_use = "a probe whose result is never told keeps its permit for ever"]
pub struct Permit(Claim);

impl Permit {
    /// What was let through, as plain data.
    pub fn claim(&self) -> Claim {
        self.0
    }
}

/// One worker's breaker for one backend.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Breaker {
    config: Config,
    state: State,
    window: Option<Window>,
}

impl Breaker {
    /// Closed, nothing seen.
    pub fn new(config: Config) -> Self {
        Breaker {
            config,
            state: State::NEW,
            window: config.options().rate_to_open.map(Window::new),
        }
    }

    /// Whether a request may be sent at `now`. O(1).
    pub fn admit(&mut self, now: Instant) -> Result<Permit, Rejected> {
        let (state, admitted) = self.state.admit(Owner::SOLE, now, &self.config);
        self.state = state;
        admitted.map(Permit)
    }

    /// Whether [`Breaker::admit`] would let a request through at `now`, without doing so. It changes only by what
    /// happens to the breaker, and at [`Breaker::next_deadline`]. O(1).
    pub fn lets_through(&self, now: Instant) -> bool {
        self.state.lets_through(now, &self.config)
    }

    /// It succeeded, as is known at `now`. O(1).
    pub fn success(&mut self, permit: Permit, now: Instant) -> Effect {
        let (state, effect) = self.state.success(permit.0, &self.config);
        self.state = state;
        if let (Effect::Counted, Some(window)) = (effect, &mut self.window) {
            window.record(permit.0.generation, now, false);
        }
        effect
    }

    /// It failed, as is known at `now`. O(1), or O(buckets) with a failure rate to mind.
    pub fn failure<R: Rng>(&mut self, permit: Permit, now: Instant, rng: &mut R) -> Effect {
        let (state, effect) = self.state.failure(permit.0, now, &self.config, rng);
        self.state = state;
        match (effect, &mut self.window) {
            (Effect::Counted, Some(window)) => {
                window.record(permit.0.generation, now, true);
                if window.is_reached(permit.0.generation, now) {
                    let (state, effect) = self.state.trip(permit.0, now, &self.config, rng);
                    self.state = state;
                    return effect;
                }
                Effect::Counted
            }
            _ => effect,
        }
    }

    /// It ended without saying anything about the backend: never sent, or the client went away. O(1).
    pub fn cancel(&mut self, permit: Permit) {
        self.state = self.state.cancel(permit.0);
    }

    /// Another backend is behind it: see [`State::renewed`]. O(1).
    pub fn renew(&mut self) {
        self.state = self.state.renewed();
    }

    /// What it goes by.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// When an open breaker will let a probe through; otherwise nothing happens by itself.
    pub fn next_deadline(&self) -> Option<Instant> {
        match self.state.phase() {
            Phase::Open { retry_at } => Some(retry_at),
            _ => None,
        }
    }
}
