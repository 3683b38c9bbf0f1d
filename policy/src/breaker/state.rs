//! The whole state of a circuit breaker in one word, and the transitions between such words.
//! Cost: O(1) each; a transition to open draws once. Source: Nygard, "Release It!" 2007; a single half-open
//! probe as in linkerd.
//!
//! Every transition is a pure function from one word to the next. A worker's own breaker stores the result; a
//! breaker shared between processes stores it by compare-and-swap, and calls again if it lost. There is no
//! second word to fall out of step with: a process that dies between any two instructions leaves a word that
//! names its permits, and [`State::forget`] gives them back.
//!
//! From the highest bit: generation 20 bits | phase 2 | level 4 | payload 38. The payload is
//! - closed: failures in a row, 32 bits;
//! - open: the time from which probes are let through, in ticks of 2^20 ns (1.05 ms), rounded up;
//! - half-open: successes so far, 6 bits, and the owners of four permits, 8 bits each, 0 for a free one.
//!
//! The word 0 is a closed breaker that has seen nothing, so a page of zeros is a page of breakers.

use rand_core::Rng;

use super::Config;
use crate::Owner;
use crate::time::Instant;

const TICK_BITS: u32 = 20;
const PAYLOAD_BITS: u32 = 38;
const PAYLOAD: u64 = (1 << PAYLOAD_BITS) - 1;
const LEVEL_SHIFT: u32 = PAYLOAD_BITS;
const LEVEL_MAX: u32 = 15;
const PHASE_SHIFT: u32 = LEVEL_SHIFT + 4;
const GENERATION_SHIFT: u32 = PHASE_SHIFT + 2;
const SUCCESSES_SHIFT: u32 = 32;

/// A request that was let through, as plain data: what its result must be presented with.
///
/// The transitions take it by value and it can be copied, because a lost compare-and-swap tries again and a
/// model checker copies everything. What callers hold ([`super::Permit`]) cannot be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Claim {
    /// The breaker's generation when the request was let through.
    pub generation: u32,
    /// Whether it is a probe and holds a permit, rather than a request through a closed breaker.
    pub probe: bool,
    /// On whose behalf.
    pub owner: Owner,
}

/// The request must not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rejected {
    /// From when on a probe is let through; `None` while the probes under way decide about that.
    pub retry_at: Option<Instant>,
}

/// What a result meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Nothing: the breaker has changed its phase since, or the permit was taken away. The state is the same.
    Stale,
    /// It was counted; the phase is the same.
    Counted,
    /// The breaker opened.
    Opened {
        /// From when on a probe is let through.
        retry_at: Instant,
    },
    /// The breaker closed.
    Closed,
}

/// A state spelt out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Requests pass.
    Closed {
        /// How many failed in a row.
        failures: u32,
    },
    /// Requests are rejected.
    Open {
        /// From when on a probe is let through. Whole ticks; at most 9 years (2^58 ns) after the clock's epoch,
        /// and from then on a breaker no longer stays open.
        retry_at: Instant,
    },
    /// Probes pass, a few at a time.
    HalfOpen {
        /// Who holds a permit, in no order.
        holders: [Option<Owner>; 4],
        /// How many probes succeeded.
        successes: u32,
    },
}

/// See the [module](self).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct State(u64);

impl State {
    /// Closed, nothing seen.
    pub const NEW: State = State(0);

    /// The word, for an atomic.
    pub const fn to_bits(self) -> u64 {
        self.0
    }

    /// The state of any word. The fourth phase, which no transition leads to, reads as half-open.
    pub const fn from_bits(bits: u64) -> State {
        State(bits)
    }

    /// How often the phase changed, modulo 2^20. A result that comes back after exactly a multiple of so many
    /// changes would be taken for a current one; opening for 30 s each, a breaker needs 182 days for that.
    pub fn generation(self) -> u32 {
        (self.0 >> GENERATION_SHIFT) as u32
    }

    /// How often it opened since it was last closed, up to 15. 0 when closed.
    pub fn level(self) -> u32 {
        (self.0 >> LEVEL_SHIFT) as u32 & LEVEL_MAX
    }

    /// Where it stands.
    pub fn phase(self) -> Phase {
        let payload = self.0 & PAYLOAD;
        match (self.0 >> PHASE_SHIFT) & 3 {
            0 => Phase::Closed {
                failures: payload as u32,
            },
            1 => Phase::Open {
                retry_at: Instant(payload << TICK_BITS),
            },
            _ => Phase::HalfOpen {
                holders: (payload as u32).to_le_bytes().map(Owner::new),
                successes: (payload >> SUCCESSES_SHIFT) as u32,
            },
        }
    }

    /// A request on behalf of `owner` asks to be sent at `now`. When its time has come, an open breaker turns
    /// half-open and lets this one through as the first probe.
    pub fn admit(
        self,
        owner: Owner,
        now: Instant,
        config: &Config,
    ) -> (State, Result<Claim, Rejected>) {
        match self.phase() {
            Phase::Closed { .. } => (self, Ok(self.claim(owner, false))),
            Phase::Open { retry_at } if now < retry_at => {
                let retry_at = Some(retry_at);
                (self, Err(Rejected { retry_at }))
            }
            Phase::Open { .. } => {
                let nothing_yet = Phase::HalfOpen {
                    holders: [None; 4],
                    successes: 0,
                };
                self.next(self.level(), nothing_yet).probe(owner, config)
            }
            Phase::HalfOpen { .. } => self.probe(owner, config),
        }
    }

    /// Whether [`State::admit`] would let a request through at `now`, whoever asks. For choosing among backends before
    /// one of them is asked.
    pub fn lets_through(self, now: Instant, config: &Config) -> bool {
        self.admit(Owner::SOLE, now, config).1.is_ok()
    }

    /// The request behind `claim` succeeded.
    pub fn success(self, claim: Claim, config: &Config) -> (State, Effect) {
        match self.settle(claim) {
            None | Some(Phase::Open { .. }) => (self, Effect::Stale),
            Some(Phase::Closed { .. }) => {
                (self.with(Phase::Closed { failures: 0 }), Effect::Counted)
            }
            Some(Phase::HalfOpen { holders, successes }) => {
                // At 63 at the latest it closes: six bits are enough.
                let successes = successes + 1;
                if successes >= config.options().successes_to_close {
                    (self.next(0, Phase::Closed { failures: 0 }), Effect::Closed)
                } else {
                    let phase = Phase::HalfOpen { holders, successes };
                    (self.with(phase), Effect::Counted)
                }
            }
        }
    }

    /// The request behind `claim` failed, as is known at `now`.
    pub fn failure<R: Rng>(
        self,
        claim: Claim,
        now: Instant,
        config: &Config,
        rng: &mut R,
    ) -> (State, Effect) {
        match self.settle(claim) {
            None | Some(Phase::Open { .. }) => (self, Effect::Stale),
            Some(Phase::Closed { failures }) => {
                let failures = failures.saturating_add(1);
                match config.options().failures_to_open {
                    Some(limit) if failures >= limit => self.open(now, config, rng),
                    _ => (self.with(Phase::Closed { failures }), Effect::Counted),
                }
            }
            Some(Phase::HalfOpen { .. }) => self.open(now, config, rng),
        }
    }

    /// Opens because of something that is counted elsewhere, as a failure rate is; `claim` is of the request
    /// that tipped the scale. Does nothing to a breaker that is no longer closed as it was then.
    pub fn trip<R: Rng>(
        self,
        claim: Claim,
        now: Instant,
        config: &Config,
        rng: &mut R,
    ) -> (State, Effect) {
        match self.settle(claim) {
            Some(Phase::Closed { .. }) => self.open(now, config, rng),
            _ => (self, Effect::Stale),
        }
    }

    /// The request behind `claim` ended without saying anything about the backend: it was never sent, or the
    /// client went away. A probe's permit is free again.
    pub fn cancel(self, claim: Claim) -> State {
        self.settle(claim).map_or(self, |phase| self.with(phase))
    }

    /// Another backend is behind it: closed, nothing seen. What was let through to the one before says nothing of it.
    pub fn renewed(self) -> State {
        self.next(0, Phase::Closed { failures: 0 })
    }

    /// `owner` is dead. Its permits are free again.
    pub fn forget(self, owner: Owner) -> State {
        let Phase::HalfOpen { holders, successes } = self.phase() else {
            return self;
        };
        self.with(Phase::HalfOpen {
            holders: holders.map(|holder| holder.filter(|&other| other != owner)),
            successes,
        })
    }

    /// The phase once the request behind `claim` has ended, its permit given back. `None` if the claim means
    /// nothing any more, or never did.
    fn settle(self, claim: Claim) -> Option<Phase> {
        if self.generation() != claim.generation {
            return None;
        }
        match self.phase() {
            Phase::HalfOpen {
                mut holders,
                successes,
            } if claim.probe => {
                let held = holders
                    .iter_mut()
                    .find(|holder| **holder == Some(claim.owner))?;
                *held = None;
                Some(Phase::HalfOpen { holders, successes })
            }
            closed @ Phase::Closed { .. } if !claim.probe => Some(closed),
            _ => None,
        }
    }

    /// A permit for `owner`, of those that a half-open breaker has left.
    fn probe(self, owner: Owner, config: &Config) -> (State, Result<Claim, Rejected>) {
        let Phase::HalfOpen {
            mut holders,
            successes,
        } = self.phase()
        else {
            return (self, Err(Rejected { retry_at: None }));
        };
        let held = holders.iter().flatten().count() as u32;
        match holders.iter_mut().find(|holder| holder.is_none()) {
            Some(free) if held < config.options().probes => {
                *free = Some(owner);
                let phase = Phase::HalfOpen { holders, successes };
                (self.with(phase), Ok(self.claim(owner, true)))
            }
            _ => (self, Err(Rejected { retry_at: None })),
        }
    }

    fn open<R: Rng>(self, now: Instant, config: &Config, rng: &mut R) -> (State, Effect) {
        let delay = config.options().open.delay(self.level(), rng);
        let level = (self.level() + 1).min(LEVEL_MAX);
        let opened = self.next(
            level,
            Phase::Open {
                retry_at: now + delay,
            },
        );
        let retry_at = Instant((opened.0 & PAYLOAD) << TICK_BITS);
        (opened, Effect::Opened { retry_at })
    }

    fn claim(self, owner: Owner, probe: bool) -> Claim {
        Claim {
            generation: self.generation(),
            probe,
            owner,
        }
    }

    /// The same generation and level with another payload.
    fn with(self, phase: Phase) -> State {
        State::encode(self.generation(), self.level(), phase)
    }

    /// The next generation.
    fn next(self, level: u32, phase: Phase) -> State {
        State::encode(self.generation() + 1, level, phase)
    }

    fn encode(generation: u32, level: u32, phase: Phase) -> State {
        let (number, payload) = match phase {
            Phase::Closed { failures } => (0, u64::from(failures)),
            Phase::Open { retry_at } => (1, retry_at.0.div_ceil(1 << TICK_BITS).min(PAYLOAD)),
            Phase::HalfOpen { holders, successes } => {
                let bytes = holders.map(|holder| holder.map_or(0, Owner::number));
                let holders = u64::from(u32::from_le_bytes(bytes));
                (2, u64::from(successes) << SUCCESSES_SHIFT | holders)
            }
        };
        // A generation of 2^20 loses its highest bit here.
        State(
            u64::from(generation) << GENERATION_SHIFT
                | number << PHASE_SHIFT
                | u64::from(level) << LEVEL_SHIFT
                | payload,
        )
    }
}
