use std::collections::BTreeMap;

use proptest::prelude::*;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::*;
use crate::growth::{Growth, Jitter};
use crate::time::Duration;

/// Two crashes in 100 ns; restarts after 10, 20, 40 ns; settled after 50 ns.
fn config() -> Config {
    Config::new(Options {
        crashes: 2,
        window: Duration(100),
        restart: Growth {
            first: Duration(10),
            max: Duration(40),
            jitter: Jitter::NONE,
        },
        settled: Duration(50),
    })
    .unwrap()
}

/// A master that does at once what it is told.
struct Master {
    supervisor: Supervisor,
    now: Instant,
    rng: Xoshiro256PlusPlus,
}

impl Master {
    fn new(config: Config, workers: u32) -> Self {
        Master {
            supervisor: Supervisor::new(config, workers, Instant(1_000)),
            now: Instant(1_000),
            rng: Xoshiro256PlusPlus::seed_from_u64(1),
        }
    }

    fn after(&mut self, span: u64) -> &mut Self {
        self.now += Duration(span);
        self
    }

    fn due(&mut self) -> Vec<Action> {
        std::iter::from_fn(|| self.supervisor.due(self.now)).collect()
    }

    fn exited(&mut self, worker: Worker, exit: Exit) -> Decision {
        self.supervisor
            .exited(worker, exit, self.now, &mut self.rng)
    }

    /// The only worker crashes as soon as it is started, `times` times: how long until each successor.
    fn crashes(&mut self, times: usize) -> Vec<u64> {
        let crash = |_| {
            let worker = self.supervisor.alive().next().unwrap();
            let Decision::Restart { at } = self.exited(worker, Exit::Crash) else {
                return None;
            };
            let delay = at - self.now;
            self.now = at;
            assert_eq!(self.due().len(), 1);
            Some(delay.0)
        };
        (0..times).map_while(crash).collect()
    }
}

fn worker(slot: u32, incarnation: u32) -> Worker {
    Worker { slot, incarnation }
}

fn generous() -> Config {
    let options = Options {
        crashes: 1_000,
        ..*config().options()
    };
    Config::new(options).unwrap()
}

#[test]
fn a_crash_is_put_up_with_until_there_are_too_many_in_the_window() {
    let mut master = Master::new(config(), 1);
    master.due();
    assert_eq!(master.crashes(3), [10, 20]);
    assert!(master.supervisor.gave_up());
    assert_eq!(master.supervisor.next_deadline(), None);
    assert_eq!(master.after(1_000_000).due(), []);
}

/// fasthttp gives up at the second exit on two cores, however many months lie between.
#[test]
fn crashes_over_a_lifetime_are_no_crash_loop() {
    let mut master = Master::new(config(), 2);
    master.due();
    for incarnation in 0..1_000 {
        let decision = master.after(51).exited(worker(1, incarnation), Exit::Crash);
        assert_eq!(
            decision,
            Decision::Restart {
                at: master.now + Duration(10)
            }
        );
        master.after(10).due();
    }
}

#[test]
fn clean_exits_are_not_counted_and_their_successors_start_at_once() {
    let mut master = Master::new(config(), 1);
    master.due();
    for incarnation in 0..1_000 {
        let decision = master.after(10).exited(worker(0, incarnation), Exit::Clean);
        assert_eq!(decision, Decision::Restart { at: master.now });
        assert_eq!(master.due(), [Action::Start(worker(0, incarnation + 1))]);
    }
    let hasty = master.exited(worker(0, 1_000), Exit::Clean);
    assert_eq!(
        hasty,
        Decision::Restart {
            at: master.now + Duration(10)
        }
    );
}

#[test]
fn the_delay_grows_until_a_worker_has_settled() {
    let mut master = Master::new(generous(), 1);
    master.due();
    assert_eq!(master.crashes(4), [10, 20, 40, 40]);
    assert_eq!(master.after(49).crashes(1), [40]);
    assert_eq!(master.after(50).crashes(2), [10, 20]);
}

#[test]
fn fewer_workers_are_stopped_from_the_top_and_more_are_started_at_once() {
    let mut master = Master::new(config(), 3);
    let start = |slot, incarnation| Action::Start(worker(slot, incarnation));
    assert_eq!(master.due(), [start(0, 0), start(1, 0), start(2, 0)]);
    master.supervisor.want(1, master.now);
    assert!(master.supervisor.next_deadline().unwrap() <= master.now);
    let stop = |slot| Action::Stop(worker(slot, 0));
    assert_eq!(master.due(), [stop(1), stop(2)]);
    assert_eq!(master.supervisor.alive().count(), 3);

    // Told to stop and killed for being slow: no crash.
    assert_eq!(master.exited(worker(2, 0), Exit::Crash), Decision::Retired);
    master.supervisor.want(3, master.now);
    assert_eq!(master.due(), [start(2, 1)]);
    let restart = Decision::Restart { at: master.now };
    assert_eq!(master.exited(worker(1, 0), Exit::Clean), restart);
    assert_eq!(master.due(), [start(1, 1)]);
}

#[test]
fn nobody_waits_in_a_slot_that_is_no_longer_wanted() {
    let mut master = Master::new(config(), 1);
    master.due();
    master.exited(worker(0, 0), Exit::Crash);
    master.supervisor.want(0, master.now);
    assert_eq!(master.supervisor.next_deadline(), None);
    assert_eq!(master.after(100).due(), []);

    // Wanted again, it starts with a clean slate.
    master.supervisor.want(1, master.now);
    assert_eq!(master.due(), [Action::Start(worker(0, 1))]);
    assert_eq!(master.crashes(1), [10]);
}

#[test]
fn what_no_supervisor_could_keep_is_refused_with_a_sentence() {
    assert_eq!(Config::new(Options::default()), Ok(Config::default()));
    let window = Duration::ZERO;
    let refusal = Config::new(Options {
        window,
        ..Options::default()
    })
    .unwrap_err();
    assert!(
        refusal.to_string().contains("must be positive"),
        "{refusal}"
    );
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Exit(usize, Exit),
    Want(u32),
    Pass(u64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        3 => any::<usize>().prop_map(|n| Event::Exit(n, Exit::Clean)),
        2 => any::<usize>().prop_map(|n| Event::Exit(n, Exit::Crash)),
        1 => (0..5u32).prop_map(Event::Want),
        6 => (0..60u64).prop_map(Event::Pass),
    ];
    prop::collection::vec(event, 0..200)
}

/// A master that also keeps books of its own.
struct Books {
    master: Master,
    /// Alive, and whether told to stop.
    alive: BTreeMap<Worker, bool>,
    started: BTreeMap<u32, u32>,
    crashes: Vec<Instant>,
    too_many: bool,
}

impl Books {
    fn new(workers: u32) -> Self {
        Books {
            master: Master::new(config(), workers),
            alive: BTreeMap::new(),
            started: BTreeMap::new(),
            crashes: Vec::new(),
            too_many: false,
        }
    }

    fn exit(&mut self, worker: Worker, exit: Exit) -> Result<(), TestCaseError> {
        let was_told = self.alive.remove(&worker).unwrap();
        if exit == Exit::Crash && !was_told {
            let Options {
                crashes, window, ..
            } = *config().options();
            let now = self.master.now;
            self.crashes.push(now);
            let recent = self.crashes.iter().filter(|&&at| now - at < window);
            self.too_many |= recent.count() > crashes as usize;
        }
        let decision = self.master.exited(worker, exit);
        prop_assert_ne!(decision, Decision::Stale);
        prop_assert_eq!(decision == Decision::GiveUp, self.too_many);
        prop_assert_eq!(self.master.supervisor.gave_up(), self.too_many);

        let known = self.master.supervisor.clone();
        prop_assert_eq!(self.master.exited(worker, exit), Decision::Stale);
        prop_assert_eq!(&self.master.supervisor, &known);
        Ok(())
    }

    fn act(&mut self) -> Result<(), TestCaseError> {
        let deadline = self.master.supervisor.next_deadline();
        let actions = self.master.due();
        let is_due = deadline.is_some_and(|at| at <= self.master.now);
        prop_assert_eq!(is_due, !actions.is_empty());
        let wanted = self.master.supervisor.wanted();
        for action in actions {
            match action {
                Action::Start(worker) => {
                    prop_assert!(worker.slot < wanted && !self.too_many);
                    prop_assert!(self.alive.keys().all(|other| other.slot != worker.slot));
                    let started = self.started.entry(worker.slot).or_default();
                    prop_assert_eq!(worker.incarnation, *started);
                    *started += 1;
                    self.alive.insert(worker, false);
                }
                Action::Stop(worker) => {
                    prop_assert!(worker.slot >= wanted);
                    prop_assert_eq!(self.alive.insert(worker, true), Some(false));
                }
            }
        }
        prop_assert!(
            self.master
                .supervisor
                .alive()
                .eq(self.alive.keys().copied())
        );
        Ok(())
    }

    /// Whoever was told to stop does, time passes, and nothing else happens.
    fn calm_down(&mut self) -> Result<(), TestCaseError> {
        self.act()?;
        let told = self.alive.iter().filter(|(_, told)| **told);
        let told: Vec<Worker> = told.map(|(&worker, _)| worker).collect();
        told.into_iter()
            .try_for_each(|worker| self.exit(worker, Exit::Clean))?;
        while let Some(at) = self.master.supervisor.next_deadline() {
            self.master.now = self.master.now.max(at);
            self.act()?;
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn whatever_happens_a_slot_has_one_worker_at_most_and_the_wanted_number_returns(
        workers in 0..5u32,
        events in events(),
    ) {
        let mut books = Books::new(workers);
        for event in events {
            match event {
                Event::Pass(span) => { books.master.after(span); }
                Event::Want(n) => books.master.supervisor.want(n, books.master.now),
                Event::Exit(n, exit) => {
                    let nth = books.alive.keys().nth(n % books.alive.len().max(1)).copied();
                    nth.map_or(Ok(()), |worker| books.exit(worker, exit))?;
                }
            }
            books.act()?;
        }
        books.calm_down()?;
        let slots = books.alive.keys().map(|worker| worker.slot);
        prop_assert!(books.too_many || slots.eq(0..books.master.supervisor.wanted()));
    }
}
