//! Clients that share one circuit breaker, as processes share a word by compare-and-swap: each step is one transition
//! of the shipped [`State`], or a death, or a tick of the clock.
//!
//! ```text
//!  client 1 ─ ask, succeed, fail, cancel ─┐
//!  client 2 ─ ask, succeed, fail, cancel ─┼─> State (one word) <─ forget ─ supervisor
//!  clock ──── pass ───────────────────────┘
//! ```
//!
//! A backend may fail and recover whenever it likes. A request may take for ever: its result comes when the breaker
//! has long changed its phase. What is claimed is judged by books kept beside the word, never by the word alone.
//!
//! The space is finite because states are compared in a normal form: the clock stands at 0 unless the breaker is open
//! (only then does the word hold a time), the word's generation is 0 and claims are so many generations old (only
//! whether they are equal matters, up to 2^20), five generations are as old as four, and level 2 is as good as 15 (the
//! delay has stopped growing). So "exhaustive" has no bound on time or on the number of trips.

use policy::Owner;
use policy::breaker::{Claim, Config, Options, Phase, Rejected, State};
use policy::growth::{Growth, Jitter};
use policy::time::{Duration, Instant};
use stateright::{Model, Property};

use super::search::{Goal, Machine, faulty as faulty_of, search};
use super::{Explicit, Faulty, NoJitter};

pub(super) const QUICK: &[Explicit] = &[
    Explicit {
        name: "breaker::two_clients_one_probe",
        run: || search("breaker::two_clients_one_probe", Clients::<2>::new(1)),
    },
    Explicit {
        name: "breaker::two_clients_two_probes",
        run: || search("breaker::two_clients_two_probes", Clients::<2>::new(2)),
    },
];

pub(super) const DEEP: &[Explicit] = &[
    Explicit {
        name: "breaker::three_clients_one_probe",
        run: || search("breaker::three_clients_one_probe", Clients::<3>::new(1)),
    },
    Explicit {
        name: "breaker::three_clients_two_probes",
        run: || search("breaker::three_clients_two_probes", Clients::<3>::new(2)),
    },
];

const FAILURES_TO_OPEN: u8 = 2;
const SUCCESSES_TO_CLOSE: u8 = 2;
/// Requests that a client may have under way at once: of two phases past and of this one.
const AT_ONCE: usize = 3;
/// A tick of the word's clock.
const TICK: u64 = 1 << 20;
/// From this level on a breaker stays open equally long.
const LAST_LEVEL: u32 = 2;
/// From this age on a claim only grows older.
const LAST_AGE: u32 = 4;
/// Where a claim's generation begins again.
const GENERATIONS: u32 = 1 << 20;
/// Where the word has its generation, as is documented there; [`normal`] asserts it.
const GENERATION_SHIFT: u32 = 44;
/// Where the word has its level.
const LEVEL_SHIFT: u32 = 38;

/// What a breaker may get wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Results are taken for what they are, whenever the request began.
    IgnoresGenerations,
    /// The phase's parity stands for the generation.
    OneBitGenerations,
    /// A probe is let through without a permit.
    NoPermits,
    /// A cancelled request tells nobody.
    CancelKeepsPermit,
    /// A cancelled request counts as one that did not fail.
    CancelSucceeds,
    /// The supervisor starts a dead worker again and does not clear up.
    NeverForgets,
    /// The supervisor clears up after it has started the worker again.
    ForgetsTooLate,
    /// The time to try again is compared in a coarser unit, rounded up.
    AsksTooEarly,
    /// The clock that requests are let through by stands.
    ClockStands,
    /// The first probe that succeeds closes.
    ClosesAtOnce,
    /// Closing does not begin a new generation.
    ClosesInPlace,
    /// A probe that fails is taken for one that was cancelled.
    ForgivesProbes,
    /// Failures are counted whether they are in a row or not.
    ForgivesNothing,
    /// The word is loaded and stored, without a compare-and-swap: another client's step between them is lost.
    Torn,
}

/// So many clients, and their breaker.
#[derive(Clone, Debug)]
struct Clients<const N: usize> {
    config: Config,
    /// Generations and levels that the policy sees a word raised by: neither is to make a difference.
    raised: (u32, u32),
    fault: Option<Fault>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct System<const N: usize> {
    word: State,
    /// Since the breaker opened.
    ticks: u64,
    clients: [Client; N],
    books: Books,
    /// What the step that led here did wrong.
    wrong: Option<Wrong>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Client {
    life: Life,
    requests: Vec<Request>,
    /// What a client whose swap is torn has loaded.
    loaded: Option<State>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Life {
    Alive,
    /// Its permits are still in the word.
    Dead,
    /// Alive again, and its last life's permits are still in the word.
    Haunted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Request {
    probe: bool,
    /// How many generations ago it was let through.
    age: u32,
    /// Whether the breaker has changed its phase since: the same thing, known otherwise.
    late: bool,
}

/// What the word should have counted, since it last changed its phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Books {
    failures_in_a_row: u8,
    successful_probes: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Wrong {
    LetThroughBeforeItsTime,
    Refused,
    LateResultCounted,
    OpenedTooSoon,
    ClosedTooSoon,
    StaleButInTime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// A client asks whether a request may be sent.
    Ask(usize),
    /// Only where the swap is torn: the first half of asking.
    Load(usize),
    /// A client's n-th request ends.
    End(usize, usize, End),
    Die(usize),
    /// The supervisor clears up after a death, and starts the worker again.
    Forget(usize),
    /// It starts it again first.
    Restart(usize),
    /// A tick.
    Pass,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Success,
    Failure,
    Cancelled,
}

impl<const N: usize> Clients<N> {
    fn new(probes: u32) -> Self {
        let options = Options {
            failures_to_open: Some(FAILURES_TO_OPEN.into()),
            successes_to_close: SUCCESSES_TO_CLOSE.into(),
            probes,
            open: Growth {
                first: Duration(TICK),
                max: Duration(2 * TICK),
                jitter: Jitter::NONE,
            },
            ..Options::default()
        };
        Clients {
            config: Config::new(options).expect("these options are valid"),
            raised: (0, 0),
            fault: None,
        }
    }

    /// As the policy sees it.
    fn config(&self) -> Config {
        let options = *self.config.options();
        let successes_to_close = match self.fault {
            Some(Fault::ClosesAtOnce) => 1,
            _ => options.successes_to_close,
        };
        Config::new(Options {
            successes_to_close,
            ..options
        })
        .expect("these options are valid")
    }

    fn ask(
        &self,
        system: &System<N>,
        client: usize,
        word: State,
    ) -> (State, Result<Claim, Rejected>) {
        let ticks = match self.fault {
            Some(Fault::AsksTooEarly) => system.ticks.next_multiple_of(2),
            Some(Fault::ClockStands) => 0,
            _ => system.ticks,
        };
        let (after, admitted) = word.admit(owner(client), Instant(ticks * TICK), &self.config());
        if self.fault == Some(Fault::NoPermits) {
            return (after.forget(owner(client)), admitted);
        }
        (after, admitted)
    }

    /// The word after a result.
    fn end(&self, word: State, mut claim: Claim, end: End) -> State {
        match self.fault {
            Some(Fault::IgnoresGenerations) => claim.generation = word.generation(),
            Some(Fault::OneBitGenerations) if claim.generation % 2 == word.generation() % 2 => {
                claim.generation = word.generation();
            }
            _ => {}
        }
        let succeeded = || word.success(claim, &self.config()).0;
        match (end, self.fault, word.phase()) {
            (End::Success, Some(Fault::ForgivesNothing), Phase::Closed { .. }) => word,
            (End::Success, Some(Fault::ClosesInPlace), Phase::HalfOpen { .. }) => {
                let after = succeeded();
                let steps = after.generation().wrapping_sub(word.generation()) % GENERATIONS;
                State::from_bits(after.to_bits() - (u64::from(steps) << GENERATION_SHIFT))
            }
            (End::Success, ..) => succeeded(),
            (End::Failure, Some(Fault::ForgivesProbes), Phase::HalfOpen { .. }) => {
                word.cancel(claim)
            }
            // When the breaker opens the clock stands at 0, by which the next step begins to count.
            (End::Failure, ..) => {
                let (after, _) = word.failure(claim, Instant::ZERO, &self.config(), &mut NoJitter);
                after
            }
            (End::Cancelled, Some(Fault::CancelKeepsPermit), _) => word,
            (End::Cancelled, Some(Fault::CancelSucceeds), _) => succeeded(),
            (End::Cancelled, ..) => word.cancel(claim),
        }
    }

    /// The word as the policy is to see it.
    fn raise(&self, word: State) -> State {
        let (generations, levels) = self.raised;
        let levels = if word.level() == LAST_LEVEL {
            levels
        } else {
            0
        };
        let raised = u64::from(generations) << GENERATION_SHIFT | u64::from(levels) << LEVEL_SHIFT;
        State::from_bits(word.to_bits() + raised)
    }

    fn permits(&self) -> usize {
        self.config.options().probes as usize
    }
}

/// What each step does.
impl<const N: usize> System<N> {
    fn asked(mut self, machine: &Clients<N>, client: usize) -> Self {
        let loaded = self.clients[client].loaded.take();
        let before = machine.raise(loaded.unwrap_or(self.word));
        let (after, admitted) = machine.ask(&self, client, before);
        self.wrong = match (before.phase(), admitted) {
            (Phase::Open { .. }, Ok(_)) if !self.is_due() => Some(Wrong::LetThroughBeforeItsTime),
            (Phase::Open { .. }, Err(_)) if self.is_due() => Some(Wrong::Refused),
            (Phase::Closed { .. }, Err(_)) => Some(Wrong::Refused),
            (Phase::HalfOpen { .. }, Err(_)) if held(before) < machine.permits() => {
                Some(Wrong::Refused)
            }
            _ => None,
        };
        self.changed(after, before);
        if let Ok(claim) = admitted {
            let request = Request {
                probe: claim.probe,
                age: 0,
                late: false,
            };
            self.clients[client].requests.push(request);
            self.clients[client].requests.sort_unstable();
        }
        self
    }

    fn ended(mut self, machine: &Clients<N>, client: usize, n: usize, end: End) -> Self {
        let request = self.clients[client].requests.remove(n);
        let before = machine.raise(self.word);
        let after = machine.end(before, request.claim(before, client), end);
        if request.late {
            self.wrong = (after != before).then_some(Wrong::LateResultCounted);
            self.changed(after, before);
            return self;
        }
        match end {
            End::Success => {
                self.books.failures_in_a_row = 0;
                let successes = self.books.successful_probes + u8::from(request.probe);
                self.books.successful_probes = successes.min(SUCCESSES_TO_CLOSE);
            }
            End::Failure => {
                let failures = self.books.failures_in_a_row + 1;
                self.books.failures_in_a_row = failures.min(FAILURES_TO_OPEN);
            }
            End::Cancelled => {}
        }
        let Books {
            failures_in_a_row,
            successful_probes,
        } = self.books;
        let enough_failures =
            request.probe && end == End::Failure || failures_in_a_row >= FAILURES_TO_OPEN;
        self.wrong = match (before.phase(), after.phase()) {
            (Phase::Closed { .. } | Phase::HalfOpen { .. }, Phase::Open { .. })
                if !enough_failures =>
            {
                Some(Wrong::OpenedTooSoon)
            }
            (Phase::HalfOpen { .. }, Phase::Closed { .. })
                if successful_probes < SUCCESSES_TO_CLOSE =>
            {
                Some(Wrong::ClosedTooSoon)
            }
            (now, then) if is_same(now, then) && enough_failures => Some(Wrong::StaleButInTime),
            _ => None,
        };
        self.changed(after, before);
        self
    }

    /// The breaker is `word` now: the normal form, and the books of a new phase.
    fn changed(&mut self, word: State, before: State) {
        let age = (word.generation().wrapping_sub(before.generation())) % GENERATIONS;
        let is_late = !is_same(word.phase(), self.word.phase());
        for request in self
            .clients
            .iter_mut()
            .flat_map(|client| &mut client.requests)
        {
            request.age = (request.age + age).min(LAST_AGE);
            request.late |= is_late;
        }
        self.clients
            .iter_mut()
            .for_each(|client| client.requests.sort_unstable());
        if is_late {
            self.books = Books::default();
            self.ticks = 0;
        }
        self.word = normal(word);
    }

    /// Whether an open breaker has been open long enough.
    fn is_due(&self) -> bool {
        self.ticks >= u64::from(self.word.level().min(LAST_LEVEL))
    }

    fn requests(&self) -> impl Iterator<Item = &Request> {
        self.clients.iter().flat_map(|client| &client.requests)
    }

    fn is_open(&self) -> bool {
        matches!(self.word.phase(), Phase::Open { .. })
    }
}

impl Request {
    fn claim(self, word: State, client: usize) -> Claim {
        Claim {
            generation: (word.generation() + GENERATIONS - self.age) % GENERATIONS,
            probe: self.probe,
            owner: owner(client),
        }
    }
}

fn owner(client: usize) -> Owner {
    Owner::of_slot(client as u32).expect("there are few clients")
}

fn is_same(a: Phase, b: Phase) -> bool {
    std::mem::discriminant(&a) == std::mem::discriminant(&b)
}

/// The same phase, in generation 0 and at a level that is no higher than matters.
fn normal(word: State) -> State {
    let level = word.level().min(LAST_LEVEL);
    let generation = u64::from(word.generation()) << GENERATION_SHIFT;
    let levels = u64::from(word.level() - level) << LEVEL_SHIFT;
    let normal = State::from_bits(word.to_bits() - generation - levels);
    let fields = (normal.generation(), normal.level(), normal.phase());
    assert_eq!(fields, (0, level, word.phase()), "the layout is another");
    normal
}

impl<const N: usize> Model for Clients<N> {
    type State = System<N>;
    type Action = Step;

    fn init_states(&self) -> Vec<System<N>> {
        let client = Client {
            life: Life::Alive,
            requests: Vec::new(),
            loaded: None,
        };
        vec![System {
            word: State::NEW,
            ticks: 0,
            clients: std::array::from_fn(|_| client.clone()),
            books: Books::default(),
            wrong: None,
        }]
    }

    fn actions(&self, system: &System<N>, steps: &mut Vec<Step>) {
        for (n, client) in system.clients.iter().enumerate() {
            if client.life == Life::Dead {
                match self.fault {
                    Some(Fault::ForgetsTooLate) => steps.push(Step::Restart(n)),
                    _ => steps.push(Step::Forget(n)),
                }
                continue;
            }
            if client.life == Life::Haunted {
                steps.push(Step::Forget(n));
            }
            if client.requests.len() < AT_ONCE {
                match (self.fault, client.loaded) {
                    (Some(Fault::Torn), None) => steps.push(Step::Load(n)),
                    _ => steps.push(Step::Ask(n)),
                }
            }
            for (request, it) in client.requests.iter().enumerate() {
                if request == 0 || client.requests[request - 1] != *it {
                    let ends = [End::Success, End::Failure, End::Cancelled];
                    steps.extend(ends.map(|end| Step::End(n, request, end)));
                }
            }
            steps.push(Step::Die(n));
        }
        steps.push(Step::Pass);
    }

    fn next_state(&self, system: &System<N>, step: Step) -> Option<System<N>> {
        let mut next = system.clone();
        next.wrong = None;
        let next = match step {
            Step::Ask(client) => next.asked(self, client),
            Step::End(client, n, end) => next.ended(self, client, n, end),
            Step::Load(client) => {
                next.clients[client].loaded = Some(next.word);
                next
            }
            Step::Die(client) => {
                next.clients[client].life = Life::Dead;
                next.clients[client].requests.clear();
                next.clients[client].loaded = None;
                next
            }
            Step::Restart(client) => {
                next.clients[client].life = Life::Haunted;
                next
            }
            Step::Forget(client) => {
                next.clients[client].life = Life::Alive;
                if self.fault != Some(Fault::NeverForgets) {
                    next.word = next.word.forget(owner(client));
                }
                next
            }
            // From when it is due on, another tick makes no difference.
            Step::Pass if next.is_open() && !next.is_due() => {
                next.ticks += 1;
                next
            }
            Step::Pass => return None,
        };
        (next != *system).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::<Self>::always(
                "no more probes are under way than there are permits",
                |machine, system| {
                    let probes = system.clients.iter().map(Client::probes);
                    probes.sum::<usize>() <= machine.permits()
                },
            ),
            Property::<Self>::always(
                "a permit is a probe's that is under way, or a dead client's",
                |_, system| {
                    let Phase::HalfOpen { holders, .. } = system.word.phase() else {
                        return true;
                    };
                    system.clients.iter().enumerate().all(|(n, client)| {
                        let held = holders
                            .iter()
                            .filter(|holder| **holder == Some(owner(n)))
                            .count();
                        client.life != Life::Alive || held == client.probes()
                    })
                },
            ),
            Property::<Self>::always("a late result changes nothing", |_, system| {
                system.wrong != Some(Wrong::LateResultCounted)
            }),
            Property::<Self>::always(
                "a request is of an earlier generation when the phase has changed since",
                |_, system| {
                    let mut requests = system.requests();
                    requests.all(|request| request.late == (request.age > 0))
                },
            ),
            Property::<Self>::always(
                "an open breaker lets nothing through before its time",
                |_, system| system.wrong != Some(Wrong::LetThroughBeforeItsTime),
            ),
            Property::<Self>::always("nothing is refused without a reason", |_, system| {
                system.wrong != Some(Wrong::Refused)
            }),
            Property::<Self>::always(
                "it opens after failures in a row or a failed probe only",
                |_, system| system.wrong != Some(Wrong::OpenedTooSoon),
            ),
            Property::<Self>::always(
                "it opens after failures in a row or a failed probe at once",
                |_, system| system.wrong != Some(Wrong::StaleButInTime),
            ),
            Property::<Self>::always(
                "it closes after enough successful probes only",
                |_, system| system.wrong != Some(Wrong::ClosedTooSoon),
            ),
            Property::<Self>::sometimes("one failure is counted", |_, system| {
                system.word.phase() == Phase::Closed { failures: 1 }
            }),
            Property::<Self>::sometimes("it is open for two ticks", |_, system| {
                system.is_open() && system.ticks == 2
            }),
            Property::<Self>::sometimes("all permits are taken", |machine, system| {
                held(system.word) == machine.permits()
            }),
            Property::<Self>::sometimes("one probe succeeded", |_, system| {
                matches!(system.word.phase(), Phase::HalfOpen { successes: 1, .. })
            }),
            Property::<Self>::sometimes("a request is late by four generations", |_, system| {
                system.requests().any(|request| request.age == LAST_AGE)
            }),
            Property::<Self>::sometimes(
                "a probe is late, unless there is one at a time",
                |machine, system| {
                    let late = |request: &Request| request.probe && request.late;
                    machine.permits() == 1 || system.requests().any(late)
                },
            ),
            Property::<Self>::sometimes("a permit is a dead client's", |_, system| {
                let Phase::HalfOpen { holders, .. } = system.word.phase() else {
                    return false;
                };
                system.clients.iter().enumerate().any(|(n, client)| {
                    client.life == Life::Dead && holders.contains(&Some(owner(n)))
                })
            }),
        ]
    }
}

impl<const N: usize> Machine for Clients<N> {
    fn goals(&self) -> Vec<Goal<Self>> {
        vec![Goal {
            name: "a backend that is healthy again gets all requests again",
            reached: |_, system| system.word == State::NEW,
            // Every request that was let through ends, and the dead are cleared up after: without that a permit would
            // be out for ever. Nothing fails any more.
            helps: |_, step| match step {
                Step::Ask(_) | Step::Load(_) | Step::Forget(_) | Step::Restart(_) | Step::Pass => {
                    true
                }
                Step::End(_, _, end) => *end == End::Success,
                Step::Die(_) => false,
            },
        }]
    }

    fn show(&self, system: &System<N>) -> String {
        let mut text = format!("{:?}", system.word.phase());
        if system.is_open() {
            text += &format!(", for {} ticks", system.ticks);
        }
        for (n, client) in system.clients.iter().enumerate() {
            text += &format!("; client {} {:?}", n + 1, client.life);
            for Request { probe, age, .. } in &client.requests {
                let what = if *probe { "probe" } else { "request" };
                text += &format!(", {what} of {age} generations ago");
            }
        }
        if let Some(wrong) = system.wrong {
            text += &format!("; {wrong:?}");
        }
        text
    }
}

/// How many permits are out.
fn held(word: State) -> usize {
    match word.phase() {
        Phase::HalfOpen { holders, .. } => holders.iter().flatten().count(),
        _ => 0,
    }
}

impl Client {
    /// Probes of this phase that are under way.
    fn probes(&self) -> usize {
        let current = |request: &&Request| request.probe && !request.late;
        self.requests.iter().filter(current).count()
    }
}

/// Which fault violates what.
const KILLS: &[(Fault, &str)] = &[
    (
        Fault::NoPermits,
        "no more probes are under way than there are permits",
    ),
    (
        Fault::IgnoresGenerations,
        "no more probes are under way than there are permits",
    ),
    (
        Fault::ForgetsTooLate,
        "no more probes are under way than there are permits",
    ),
    (
        Fault::Torn,
        "no more probes are under way than there are permits",
    ),
    (
        Fault::CancelKeepsPermit,
        "a permit is a probe's that is under way, or a dead client's",
    ),
    (
        Fault::NeverForgets,
        "a permit is a probe's that is under way, or a dead client's",
    ),
    (Fault::IgnoresGenerations, "a late result changes nothing"),
    (Fault::OneBitGenerations, "a late result changes nothing"),
    (
        Fault::ClosesInPlace,
        "a request is of an earlier generation when the phase has changed since",
    ),
    (
        Fault::AsksTooEarly,
        "an open breaker lets nothing through before its time",
    ),
    (Fault::ClockStands, "nothing is refused without a reason"),
    (
        Fault::ForgivesNothing,
        "it opens after failures in a row or a failed probe only",
    ),
    (
        Fault::ForgivesProbes,
        "it opens after failures in a row or a failed probe at once",
    ),
    (
        Fault::ClosesAtOnce,
        "it closes after enough successful probes only",
    ),
    (
        Fault::CancelSucceeds,
        "it closes after enough successful probes only",
    ),
    (Fault::ClosesAtOnce, "one probe succeeded"),
    (
        Fault::NoPermits,
        "a backend that is healthy again gets all requests again",
    ),
    (
        Fault::CancelKeepsPermit,
        "a backend that is healthy again gets all requests again",
    ),
    (
        Fault::NeverForgets,
        "a backend that is healthy again gets all requests again",
    ),
    (
        Fault::ClockStands,
        "a backend that is healthy again gets all requests again",
    ),
    (
        Fault::ForgivesNothing,
        "a backend that is healthy again gets all requests again",
    ),
];

pub(super) fn faulty() -> Vec<Faulty> {
    faulty_of(
        "breaker",
        |fault| Clients {
            fault: Some(fault),
            ..Clients::<2>::new(2)
        },
        KILLS,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explicit::search::assert_teeth;

    #[test]
    fn every_claim_has_teeth() {
        assert_teeth(&Clients::<2>::new(2), &faulty());
    }

    /// What [`normal`] takes away decides nothing: from any generation on, through the end of their numbers too, and from
    /// any level that is at least the last that matters, everything is the same.
    #[test]
    fn generation_and_level_decide_nothing_else() {
        let plain = search("plain", Clients::<2>::new(2)).unwrap();
        for raised in [(1, 0), (GENERATIONS - 1, 0), (0, 3), (GENERATIONS - 2, 13)] {
            let machine = Clients::<2> {
                raised,
                ..Clients::new(2)
            };
            let other = search("raised", machine).unwrap();
            assert_eq!(
                (other.states, other.transitions),
                (plain.states, plain.transitions),
                "{raised:?}"
            );
        }
    }
}
