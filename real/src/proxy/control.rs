//! What decides: the dispatcher, who the backends are, and what is counted of them.
//!
//! The dispatcher answers at once and waits for nothing, so all of it lies in cells: no borrow outlives a call. What was
//! taken from it (a place in flight, a breaker's permit, a place under the limit) is held by a guard, and comes back
//! however the request ends, also when its task is dropped.

mod guards;
mod rows;
mod shown;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use policy::deadline::Deadline;
use policy::dispatcher::{Config, Counting, Dispatcher, Probe, Shed};
use policy::hash::combine;
use policy::retry::{Failed, Reason};
use policy::shared::{BackendList, Board, InFlight, Lane, ListError};
use policy::strategy::AnyBalancer;
use policy::time::{Duration, Instant};
use policy::{BackendId, Owner};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use tokio::sync::Notify;

pub(super) use guards::{Admitted, Ticket};

use super::address::BadAuthority;
use super::backend::{Backend, Endpoint, authority};
use super::sticky::{Token, Tokens};
use crate::clock::Clock;
use crate::settings::Settings;
use crate::stats::Page;

/// Rows for backends that come and go, at most.
const ROWS: u32 = 1 << 16;

/// Why a list of backends is not taken over. The last one stays.
#[derive(Debug)]
pub enum BadList {
    /// One of them is nowhere.
    Authority(BadAuthority),
    /// They do not fit together.
    List(ListError),
}

impl std::fmt::Display for BadList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            BadList::Authority(bad) => bad.fmt(f),
            BadList::List(bad) => bad.fmt(f),
        }
    }
}

impl std::error::Error for BadList {}

/// What a balancer shares with others, or shows to whoever looks.
#[derive(Clone, Copy, Default)]
pub struct Shared {
    /// Where it counts what it does with each backend, and in which row.
    pub page: Option<(Page, u32)>,
    /// The board, if balancers count together, and which of them it is.
    pub board: Option<(Board<'static>, Owner)>,
}

/// See the [module](self).
pub(super) struct Control {
    clock: Clock,
    dispatcher: RefCell<Dispatcher>,
    rng: RefCell<Xoshiro256PlusPlus>,
    backends: RefCell<Roster>,
    page: Option<(Page, u32)>,
    common: Option<Common>,
    /// The dispatcher's version that is shown on the page.
    shown: Cell<u64>,
    /// Somebody came, or was judged anew: the next deadline may be another.
    changed: Notify,
}

/// What balancers count together.
struct Common {
    board: Board<'static>,
    lane: Lane<'static>,
    /// By slot, the board's row.
    rows: RefCell<Vec<u32>>,
}

impl Common {
    /// How much the backend in `slot` has in flight, by all balancers.
    fn in_flight(&self, slot: u32) -> u32 {
        let row = self.rows.borrow().get(slot as usize).copied();
        row.map_or(0, |row| self.board.in_flight(row))
    }

    /// One request more.
    fn start(&self, slot: u32) -> Option<InFlight<'static>> {
        let row = self.rows.borrow().get(slot as usize).copied();
        self.lane.start(row?)
    }
}

/// Who the backends are.
struct Roster {
    list: BackendList,
    /// By slot.
    present: Vec<Option<Rc<Backend>>>,
    tokens: Tokens,
}

/// How often a request was tried, and where last.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tried {
    pub(super) last: Option<BackendId>,
    pub(super) retries: u32,
    delay: Duration,
}

impl Control {
    /// Nobody is there yet.
    pub(super) fn new(settings: &Settings, shared: Shared) -> Control {
        let balancing = &settings.balancing;
        let nobody = AnyBalancer::new(balancing.strategy, &balancing.options, []);
        // Balancers that drew alike would all choose alike.
        let number = shared.page.map_or(0, |(_, number)| u64::from(number));
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(combine(settings.seed, number));
        let config = config(settings, shared.board.is_some());
        let clock = Clock;
        Control {
            dispatcher: RefCell::new(Dispatcher::new(config, nobody, clock.now(), &mut rng)),
            rng: RefCell::new(rng),
            backends: RefCell::new(Roster {
                list: BackendList::empty(ROWS),
                present: Vec::new(),
                tokens: Tokens::default(),
            }),
            page: shared.page,
            common: shared.board.map(|(board, owner)| Common {
                board,
                lane: board.lane(owner),
                rows: RefCell::default(),
            }),
            shown: Cell::new(0),
            changed: Notify::new(),
            clock,
        }
    }

    /// From now on exactly `endpoints` are there. Who was there before keeps what is known of it, and what it has in
    /// flight; gives those that left.
    pub(super) fn follow(&self, endpoints: &[Endpoint]) -> Result<Vec<Rc<Backend>>, BadList> {
        for endpoint in endpoints {
            authority(endpoint).map_err(BadList::Authority)?;
        }
        let wanted = endpoints
            .iter()
            .map(|endpoint| (endpoint.weight, endpoint.identity()));
        // The policy tells late results by their generation; rows, on the page as on a board, must be empty.
        let vacant = |slot: u32| {
            let common = self.common.as_ref();
            self.is_clear(slot) && common.is_none_or(|common| common.board.vacant(slot))
        };
        let list = self
            .backends
            .borrow()
            .list
            .reload(wanted, vacant)
            .map_err(BadList::List)?;
        let left = self.backends.borrow_mut().take_over(list, endpoints);
        if let Some(common) = &self.common {
            let rows = rows::of(self.backends.borrow().list.members(), common.board.rows());
            common.rows.replace(rows);
        }
        let now = self.clock.now();
        let mut dispatcher = self.dispatcher.borrow_mut();
        dispatcher.follow(self.backends.borrow().list.members(), now);
        drop(dispatcher);
        self.show_roster();
        self.changed.notify_one();
        Ok(left)
    }

    /// Boot is over: whoever comes, or comes back, from now on does so slowly. Until then somebody must take the load.
    /// Whether anybody is there, so that it can be.
    pub(super) fn begin(&self) -> bool {
        let mut dispatcher = self.dispatcher.borrow_mut();
        let there = !dispatcher.members().is_empty();
        if there {
            dispatcher.begin();
        }
        there
    }

    /// Who is there.
    pub(super) fn backends(&self) -> Vec<Rc<Backend>> {
        self.backends
            .borrow()
            .present
            .iter()
            .flatten()
            .cloned()
            .collect()
    }

    /// Whose token it is, if it is there.
    pub(super) fn holder(&self, token: Token) -> Option<BackendId> {
        self.backends.borrow().tokens.find(token)
    }

    /// Lets a request in, or says why not.
    pub(super) fn admit(&self, now: Instant) -> Result<Admitted<'_>, Shed> {
        let mut dispatcher = self.dispatcher.borrow_mut();
        dispatcher.admit(now)?;
        dispatcher.requested(now);
        Ok(Admitted::new(self))
    }

    /// Where a request goes: to `stay` if that may be chosen, not to `avoid` if there is another. It counts there until
    /// the ticket is gone.
    pub(super) fn assign(
        &self,
        key: u64,
        stay: Option<BackendId>,
        avoid: Option<BackendId>,
        now: Instant,
    ) -> Option<Ticket<'_>> {
        let request = policy::Request { key };
        let mut dispatcher = self.dispatcher.borrow_mut();
        let stays = stay
            .filter(|_| avoid.is_none())
            .and_then(|stay| dispatcher.assign_to(stay, now));
        let mut rng = self.rng.borrow_mut();
        let assigned = match (stays, &self.common) {
            (Some(stays), _) => Some(stays),
            (None, None) => dispatcher.assign(&request, avoid, now, &mut *rng),
            (None, Some(common)) => {
                let in_flight = |slot| common.in_flight(slot);
                dispatcher.assign_over(&request, avoid, in_flight, now, &mut *rng)
            }
        };
        let (id, permit) = assigned?;
        let backend = self.backends.borrow().at(id)?;
        Some(Ticket::new(self, backend, permit, now))
    }

    /// Whether and after how long a request is sent again that failed for `reason`.
    pub(super) fn again(
        &self,
        tried: &mut Tried,
        reason: Reason,
        idempotent: bool,
        deadline: Instant,
    ) -> Option<Duration> {
        let failed = Failed {
            reason,
            idempotent,
            retries: tried.retries,
            previous: tried.delay,
            deadline: Deadline::from(deadline),
        };
        let now = self.clock.now();
        let mut rng = self.rng.borrow_mut();
        let delay = self
            .dispatcher
            .borrow_mut()
            .again(&failed, now, &mut *rng)?
            .ok()?;
        tried.retries += 1;
        tried.delay = delay;
        Some(delay)
    }

    /// After how long a request is hedged.
    #[inline]
    pub(super) fn hedge_delay(&self) -> Option<Duration> {
        self.dispatcher.borrow().hedge_delay()
    }

    /// Whether there is more than one backend.
    pub(super) fn has_others(&self) -> bool {
        self.dispatcher.borrow().members().len() > 1
    }

    /// Whether a hedge may be sent now.
    pub(super) fn may_hedge(&self) -> bool {
        self.dispatcher.borrow_mut().may_hedge(self.clock.now())
    }

    /// An attempt that was sent at `sent` was given up, for the other was answered first.
    pub(super) fn lost_the_race(&self, sent: Instant) {
        let time = self.clock.now() - sent;
        self.dispatcher.borrow_mut().lost_the_race(time);
    }

    /// When something is to be done next.
    pub(super) fn next_deadline(&self) -> Instant {
        self.dispatcher.borrow().next_deadline()
    }

    /// Whoever waits for the next deadline looks again.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Does what is due, and gives the next probe to be sent.
    pub(super) fn due(&self) -> Option<(Probe, Option<Rc<Backend>>)> {
        let due = self.dispatcher.borrow_mut().due(self.clock.now());
        self.look();
        let probe = due?;
        let backend = self.backends.borrow().at(probe.backend);
        Some((probe, backend))
    }

    /// A probe ended.
    pub(super) fn probed(&self, probe: Probe, healthy: bool) {
        let now = self.clock.now();
        self.dispatcher
            .borrow_mut()
            .probed(probe.backend, probe.id, healthy, now);
        self.show_probe(probe.backend, healthy);
        self.changed.notify_one();
    }

    /// Whether whatever was taken was given back.
    #[cfg(test)]
    pub(super) fn is_idle(&self) -> bool {
        self.dispatcher.borrow().is_idle()
    }
}

impl Roster {
    /// Who is in `slot`.
    #[inline]
    fn in_slot(&self, slot: u32) -> Option<&Rc<Backend>> {
        self.present.get(slot as usize)?.as_ref()
    }

    /// Who `id` is, if it is there.
    fn at(&self, id: BackendId) -> Option<Rc<Backend>> {
        let backend = self.in_slot(id.slot)?;
        (backend.id == id).then(|| Rc::clone(backend))
    }

    /// Gives those that left.
    fn take_over(&mut self, list: BackendList, endpoints: &[Endpoint]) -> Vec<Rc<Backend>> {
        let mut before = std::mem::take(&mut self.present);
        self.present.resize_with(list.places().len(), || None);
        for member in list.members() {
            let slot = member.id.slot as usize;
            let stayed = before
                .get_mut(slot)
                .and_then(|known| known.take_if(|known| known.id == member.id));
            let endpoint = endpoints
                .iter()
                .find(|endpoint| endpoint.identity() == member.identity);
            let came = || Backend::new(member.id, endpoint?.clone()).ok().map(Rc::new);
            self.present[slot] = stayed.or_else(came);
        }
        self.tokens = Tokens::of(list.members());
        self.list = list;
        before.into_iter().flatten().collect()
    }
}

fn config(settings: &Settings, on_a_board: bool) -> Config {
    let controls = &settings.controls;
    Config {
        counting: match on_a_board {
            true => Counting::Elsewhere,
            false => Counting::Own,
        },
        probes: controls.probes,
        passive: controls.passive,
        breaker: controls.breaker,
        outlier: controls.outlier,
        panic: controls.panic,
        slow_start: controls.slow_start,
        // Rates are each client's, and kept elsewhere.
        rate: None,
        concurrency: settings.admission.concurrency.clone(),
        retries: controls.retries,
        budget: controls.budget,
        hedge: controls.hedge.clone(),
    }
}
