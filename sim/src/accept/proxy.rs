//! One or several balancers in front of the backends, each placing every request it meets.

use policy::random::below;
use policy::strategy::AnyBalancer;
use policy::time::{Duration, Instant};
use policy::{BackendId, Request};
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::Rng;
use workload::stream::Stream;

use crate::client::Sent;

/// What a balancer knows of the backends' loads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knowledge {
    /// What it sent there itself and has not come back: exact if it is alone, a part if it is not.
    Own,
    /// What stood on a board that all read and that is refreshed at this interval, and nothing since
    /// (the periodic update model of Mitzenmacher 2000, "How useful is old information?").
    Board(Duration),
}

/// Where strategies' coin tosses come from. Request k has its own, whoever picks for it and whenever.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "one a run; boxed, each request would copy it to the heap"
)]
pub enum PolicyRng {
    /// SplitMix64 by request number.
    Fast(Stream),
    /// ChaCha12, cryptographically secure, a block by request number.
    Secure(ChaCha12Rng),
}

/// How far apart requests' words are in the secure generator.
pub(crate) const SECURE_WORDS_PER_REQUEST: u128 = 1 << 16;

/// The balancers.
#[derive(Clone, Debug)]
pub struct Proxy {
    dispatchers: Vec<AnyBalancer>,
    knowledge: Knowledge,
    rng: PolicyRng,
    /// Decides which balancer a request meets.
    meets: Stream,
}

impl Proxy {
    /// `dispatchers` that know what `knowledge` says.
    pub fn new(
        dispatchers: Vec<AnyBalancer>,
        knowledge: Knowledge,
        rng: PolicyRng,
        meets: Stream,
    ) -> Self {
        Proxy {
            dispatchers,
            knowledge,
            rng,
            meets,
        }
    }

    /// Which balancer `sent` meets, and where that one sends it, if anywhere.
    #[inline(always)]
    pub fn assign(&mut self, sent: &Sent) -> (u16, Option<BackendId>) {
        let met = match self.dispatchers.len() as u32 {
            1 => 0,
            several => below(several, &mut self.meets.at(sent.number)) as u16,
        };
        let chosen = match &self.rng {
            PolicyRng::Fast(stream) => {
                let mut rng = stream.at(sent.number);
                self.assign_by(met, sent, &mut rng)
            }
            PolicyRng::Secure(rng) => {
                let rng = rng.clone();
                self.assign_securely(met, sent, rng)
            }
        };
        (met, chosen)
    }

    /// Apart, so that the usual way stays short.
    #[cold]
    fn assign_securely(
        &mut self,
        met: u16,
        sent: &Sent,
        mut rng: ChaCha12Rng,
    ) -> Option<BackendId> {
        rng.set_word_pos(u128::from(sent.number) * SECURE_WORDS_PER_REQUEST);
        self.assign_by(met, sent, &mut rng)
    }

    #[inline(always)]
    fn assign_by<R: Rng>(&mut self, met: u16, sent: &Sent, rng: &mut R) -> Option<BackendId> {
        let request = Request { key: sent.key };
        let balancer = &mut self.dispatchers[met as usize];
        match self.knowledge {
            Knowledge::Own => balancer.assign(&request, sent.time, rng),
            Knowledge::Board(_) => balancer.pick(&request, sent.time, rng),
        }
    }

    /// A request that balancer `dispatcher` sent to `backend` ended at `now`, with an answer after `response` or
    /// without.
    #[inline(always)]
    pub fn ended(
        &mut self,
        dispatcher: u16,
        backend: BackendId,
        response: Option<Duration>,
        now: Instant,
    ) {
        let balancer = &mut self.dispatchers[dispatcher as usize];
        if self.knowledge == Knowledge::Own {
            balancer.finish(backend, response, now);
        } else if let Some(response) = response {
            balancer.responded(backend, response, now);
        }
    }

    /// How often the board is refreshed, if there is one.
    pub fn refresh_interval(&self) -> Option<Duration> {
        match self.knowledge {
            Knowledge::Own => None,
            Knowledge::Board(interval) => Some(interval),
        }
    }

    /// The board now shows `in_flight`, by slot.
    pub fn refresh(&mut self, in_flight: &[u32]) {
        self.dispatchers
            .iter_mut()
            .for_each(|balancer| balancer.observe(in_flight));
    }
}
