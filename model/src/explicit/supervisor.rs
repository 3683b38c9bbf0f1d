//! A master that carries out, sooner or later, what the shipped [`Supervisor`] decides, over worker processes that
//! exit, crash and obey as they like.
//!
//! ```text
//!  operator ── want ──> Supervisor <── exited ── workers (processes) <── start, stop ── master ── due ──┐
//!  clock ───── pass ──>            ─────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! What is claimed is judged by books kept beside the supervisor: which processes there are, when which of them
//! crashed. The master may be late: time passes between a decision and its execution.
//!
//! The space is finite because states are compared in a normal form ([`Form`]): times are spans from now, no longer than
//! matters, and incarnations are so many before the slot's last. So "exhaustive" has no bound on time, nor on the
//! number of starts.

use std::hash::{Hash, Hasher};

use policy::growth::{Growth, Jitter};
use policy::supervise::{Action, Config, Decision, Exit, Life, Options, Supervisor, Worker};
use policy::time::{Duration, Instant};
use stateright::{Model, Property};

use super::search::{Goal, Machine, faulty as faulty_of, search};
use super::{Explicit, Faulty, NoJitter};

pub(super) const QUICK: &[Explicit] = &[Explicit {
    name: "supervisor::two_workers",
    run: || search("supervisor::two_workers", Master::new(2)),
}];

pub(super) const DEEP: &[Explicit] = &[Explicit {
    name: "supervisor::three_workers",
    run: || search("supervisor::three_workers", Master::new(3)),
}];

/// Crashes that are put up with within a window.
const CRASHES: u32 = 2;
/// Ticks.
const WINDOW: u64 = 3;
/// Ticks from a crash to the restart, the first time.
const RESTART: u64 = 1;
/// Ticks, from the second crash in a row on.
const LONGEST_RESTART: u64 = 2;
/// Ticks after which a worker's earlier crashes are forgotten.
const SETTLED: u64 = 2;
/// A time that is longer than all others.
const FOR_EVER: u64 = 1_000;

/// What a master or its supervisor may get wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Crashes are counted over a lifetime.
    NeverForgetsACrash,
    /// Crashes are counted over less than the window.
    ForgetsCrashesTooSoon,
    /// Every exit is a crash.
    CountsCleanExits,
    /// A slot's number stands for whoever is in it.
    IgnoresIncarnations,
    /// A new supervisor goes on where the old one gave up.
    StartsAfresh,
    /// One signal tells of two exits, and one of them is reaped.
    LosesExits,
    /// Who was told to stop is taken to have done so.
    DoesNotWait,
    /// Who is no longer wanted is not told.
    NeverStops,
}

/// A supervisor's surroundings, with so many slots.
#[derive(Clone, Debug)]
struct Master {
    slots: u32,
    fault: Option<Fault>,
}

#[derive(Clone, Debug)]
struct System {
    supervisor: Supervisor,
    now: u64,
    /// By slot.
    processes: Vec<Process>,
    books: Books,
    /// What the step that led here did wrong.
    wrong: Option<Wrong>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Process {
    worker: Worker,
    since: u64,
    told_to_stop: bool,
}

/// What happened, as the master saw it.
#[derive(Clone, Debug)]
struct Books {
    wanted: u32,
    /// When workers crashed that had not been told to stop, those within a window of the last.
    crashes: Vec<u64>,
    /// Whether there ever were too many of them within one window.
    too_many: bool,
}

/// What of a system decides about its future: two with the same form differ in when they are and in how often workers
/// were started.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Form {
    wanted: [u32; 2],
    slots: Vec<(Life, bool, u32)>,
    /// Slot, how many incarnations ago, since when, told to stop.
    processes: Vec<(u32, u32, u64, bool)>,
    gave_up: [bool; 2],
    /// How long ago.
    crashes: [Vec<u64>; 2],
    wrong: Option<Wrong>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Wrong {
    StartedAfterGivingUp,
    StartedUnwanted,
    UsedAnIncarnationTwice,
    PutUpWithTooMany,
    GaveUpTooSoon,
    LetWait,
    DidNotKnowIt,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The master does one thing that is due.
    Act,
    /// The n-th process ends, unasked.
    End(usize, Exit),
    /// The n-th process ends unasked, and the master does not hear of it.
    EndUnheard(usize),
    /// The n-th process ends as it was told.
    Obey(usize),
    Want(u32),
    Pass,
}

impl Master {
    fn new(slots: u32) -> Self {
        Master { slots, fault: None }
    }

    fn config(&self) -> Config {
        let window = match self.fault {
            Some(Fault::NeverForgetsACrash) => FOR_EVER,
            Some(Fault::ForgetsCrashesTooSoon) => WINDOW - 1,
            _ => WINDOW,
        };
        Config::new(Options {
            crashes: CRASHES,
            window: Duration(window),
            restart: Growth {
                first: Duration(RESTART),
                max: Duration(LONGEST_RESTART),
                jitter: Jitter::NONE,
            },
            settled: Duration(SETTLED),
        })
        .expect("these options are valid")
    }

    /// Whether news of this worker changes nothing.
    fn ignores(&self, system: &System, worker: Worker) -> bool {
        [Exit::Clean, Exit::Crash].into_iter().all(|exit| {
            let mut told = system.supervisor.clone();
            let decision = self.tell(&mut told, worker, exit, system.now);
            decision == Decision::Stale && told == system.supervisor
        })
    }

    /// The news of an exit, as the supervisor gets it.
    fn tell(&self, supervisor: &mut Supervisor, worker: Worker, exit: Exit, now: u64) -> Decision {
        let worker = match self.fault {
            Some(Fault::IgnoresIncarnations) => {
                let mut alive = supervisor.alive();
                alive
                    .find(|other| other.slot == worker.slot)
                    .unwrap_or(worker)
            }
            _ => worker,
        };
        let exit = match self.fault {
            Some(Fault::CountsCleanExits) => Exit::Crash,
            _ => exit,
        };
        let decision = supervisor.exited(worker, exit, Instant(now), &mut NoJitter);
        if self.fault == Some(Fault::StartsAfresh) && decision == Decision::GiveUp {
            *supervisor = Supervisor::new(self.config(), supervisor.wanted(), Instant(now));
        }
        decision
    }
}

/// What each step does.
impl System {
    fn act(mut self, machine: &Master) -> Option<Self> {
        let action = self.supervisor.due(Instant(self.now))?;
        match action {
            Action::Start(worker) => {
                let known = self
                    .processes
                    .iter()
                    .any(|process| process.worker == worker);
                self.wrong = if known {
                    Some(Wrong::UsedAnIncarnationTwice)
                } else if self.books.too_many {
                    Some(Wrong::StartedAfterGivingUp)
                } else if worker.slot >= self.books.wanted {
                    Some(Wrong::StartedUnwanted)
                } else {
                    None
                };
                self.processes.push(Process {
                    worker,
                    since: self.now,
                    told_to_stop: false,
                });
                self.processes.sort_unstable();
            }
            Action::Stop(worker) => {
                let told = |process: &&mut Process| process.worker == worker;
                if let Some(process) = self.processes.iter_mut().find(told) {
                    process.told_to_stop = true;
                }
                if machine.fault == Some(Fault::DoesNotWait) {
                    machine.tell(&mut self.supervisor, worker, Exit::Clean, self.now);
                }
            }
        }
        Some(self)
    }

    fn ended(mut self, machine: &Master, n: usize, exit: Exit) -> Self {
        let Process {
            worker,
            since,
            told_to_stop,
        } = self.processes.remove(n);
        if exit == Exit::Crash && !told_to_stop {
            self.books.crashed(self.now);
        }
        let decision = machine.tell(&mut self.supervisor, worker, exit, self.now);
        let at_once = Instant(self.now.max(since + RESTART));
        self.wrong = match (decision, self.books.too_many) {
            (Decision::Stale, _) => Some(Wrong::DidNotKnowIt),
            (Decision::GiveUp, false) => Some(Wrong::GaveUpTooSoon),
            (Decision::Restart { .. } | Decision::Retired, true) => Some(Wrong::PutUpWithTooMany),
            (Decision::Restart { at }, false) if exit == Exit::Clean && at > at_once => {
                Some(Wrong::LetWait)
            }
            _ => None,
        };
        self
    }

    /// Whether the master has done everything that is due.
    fn is_done(&self) -> bool {
        let deadline = self.supervisor.next_deadline();
        deadline.is_none_or(|at| at > Instant(self.now))
    }

    fn form(&self) -> Form {
        let now = Instant(self.now);
        let ago = |at: Instant| (now - at).0;
        let slots = self.supervisor.slots();
        let slot = |slot: u32| slots.get(slot as usize);
        let last = |n: u32| slot(n).and_then(|slot| slot.incarnation).unwrap_or(0);
        Form {
            wanted: [self.supervisor.wanted(), self.books.wanted],
            slots: (slots.iter())
                .map(|slot| {
                    let life = match slot.life {
                        Life::Waiting { until } => Life::Waiting {
                            until: Instant((until - now).0),
                        },
                        Life::Running { since } => Life::Running {
                            since: Instant(ago(since).min(SETTLED)),
                        },
                        other => other,
                    };
                    (life, slot.incarnation.is_some(), slot.row.min(1))
                })
                .collect(),
            processes: (self.processes.iter())
                .map(|process| {
                    let Worker { slot, incarnation } = process.worker;
                    let before = last(slot).wrapping_sub(incarnation);
                    let since = ago(Instant(process.since)).min(SETTLED);
                    (slot, before, since, process.told_to_stop)
                })
                .collect(),
            gave_up: [self.supervisor.gave_up(), self.books.too_many],
            crashes: [
                (self.supervisor.crashes())
                    .map(|at| ago(at).min(WINDOW))
                    .collect(),
                (self.books.crashes.iter())
                    .map(|&at| ago(Instant(at)).min(WINDOW))
                    .collect(),
            ],
            wrong: self.wrong,
        }
    }

    fn serving(&self) -> impl Iterator<Item = u32> {
        let serving = self
            .processes
            .iter()
            .filter(|process| !process.told_to_stop);
        serving.map(|process| process.worker.slot)
    }
}

impl Books {
    fn crashed(&mut self, now: u64) {
        self.crashes.retain(|at| now - at < WINDOW);
        self.crashes.push(now);
        if self.crashes.len() > CRASHES as usize {
            self.too_many = true;
            self.crashes.clear();
        }
    }
}

impl PartialEq for System {
    fn eq(&self, other: &Self) -> bool {
        self.form() == other.form()
    }
}

impl Eq for System {}

impl Hash for System {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.form().hash(hasher);
    }
}

impl Model for Master {
    type State = System;
    type Action = Step;

    fn init_states(&self) -> Vec<System> {
        vec![System {
            supervisor: Supervisor::new(self.config(), self.slots, Instant::ZERO),
            now: 0,
            processes: Vec::new(),
            books: Books {
                wanted: self.slots,
                crashes: Vec::new(),
                too_many: false,
            },
            wrong: None,
        }]
    }

    fn actions(&self, system: &System, steps: &mut Vec<Step>) {
        steps.push(Step::Act);
        for (n, process) in system.processes.iter().enumerate() {
            if process.told_to_stop {
                steps.push(Step::Obey(n));
            }
            steps.extend([Exit::Clean, Exit::Crash].map(|exit| Step::End(n, exit)));
            if self.fault == Some(Fault::LosesExits) {
                steps.push(Step::EndUnheard(n));
            }
        }
        let others = (0..=self.slots).filter(|&n| n != system.books.wanted);
        steps.extend(others.map(Step::Want));
        steps.push(Step::Pass);
    }

    fn next_state(&self, system: &System, step: Step) -> Option<System> {
        let mut next = system.clone();
        next.wrong = None;
        match step {
            Step::Act => return next.act(self),
            Step::End(n, exit) => return Some(next.ended(self, n, exit)),
            Step::EndUnheard(n) => {
                next.processes.remove(n);
            }
            Step::Obey(n) => return Some(next.ended(self, n, Exit::Clean)),
            Step::Want(n) => {
                let fewer = n < next.books.wanted;
                next.books.wanted = n;
                if !(fewer && self.fault == Some(Fault::NeverStops)) {
                    next.supervisor.want(n, Instant(next.now));
                }
            }
            Step::Pass => next.now += 1,
        }
        (next != *system).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::<Self>::always("a slot has one worker at most", |_, system| {
                let slots = system.processes.iter().map(|process| process.worker.slot);
                slots.is_sorted_by(|a, b| a < b)
            }),
            Property::<Self>::always(
                "no more are alive than are wanted, but for those told to stop",
                |_, system| {
                    !system.is_done() || system.serving().all(|slot| slot < system.books.wanted)
                },
            ),
            Property::<Self>::always(
                "nobody is started in a slot that is not wanted",
                |_, system| system.wrong != Some(Wrong::StartedUnwanted),
            ),
            Property::<Self>::always(
                "no more crashes within a window are put up with than the budget has",
                |_, system| system.wrong != Some(Wrong::PutUpWithTooMany),
            ),
            Property::<Self>::always(
                "it gives up for crashes within a window only",
                |_, system| system.wrong != Some(Wrong::GaveUpTooSoon),
            ),
            Property::<Self>::always("nobody is started once it gave up", |_, system| {
                system.wrong != Some(Wrong::StartedAfterGivingUp)
            }),
            Property::<Self>::always(
                "a clean exit is followed at once, or a tick after the start",
                |_, system| system.wrong != Some(Wrong::LetWait),
            ),
            Property::<Self>::always(
                "no two who are alive are the same incarnation",
                |_, system| system.wrong != Some(Wrong::UsedAnIncarnationTwice),
            ),
            Property::<Self>::always("it knows who is alive", |_, system| {
                let alive = system.processes.iter().map(|process| process.worker);
                system.wrong != Some(Wrong::DidNotKnowIt) && system.supervisor.alive().eq(alive)
            }),
            Property::<Self>::always(
                "news of another incarnation changes nothing",
                |machine, system| {
                    let slots = system.supervisor.slots().iter().zip(0..);
                    let mut others = slots.flat_map(|(it, slot)| {
                        let last = it.incarnation.unwrap_or(0);
                        let others = [last.wrapping_sub(1), last, last.wrapping_add(1)];
                        others.map(|incarnation| Worker { slot, incarnation })
                    });
                    let alive = |worker| {
                        system
                            .processes
                            .iter()
                            .any(|process| process.worker == worker)
                    };
                    others.all(|worker| alive(worker) || machine.ignores(system, worker))
                },
            ),
            Property::<Self>::sometimes("it gave up", |_, system| system.supervisor.gave_up()),
            Property::<Self>::sometimes(
                "the budget is used up, and what used it is forgotten in time",
                |_, system| {
                    let crashes = &system.books.crashes;
                    let forgotten = crashes.iter().all(|at| system.now - at >= WINDOW);
                    crashes.len() == CRASHES as usize && forgotten && !system.supervisor.gave_up()
                },
            ),
            Property::<Self>::sometimes("one who was told to stop is wanted again", |_, system| {
                let mut told = system
                    .processes
                    .iter()
                    .filter(|process| process.told_to_stop);
                told.any(|process| process.worker.slot < system.books.wanted)
            }),
            Property::<Self>::sometimes("the longest delay is being waited for", |_, system| {
                let slots = system.supervisor.slots().iter();
                let longest = Instant(system.now + LONGEST_RESTART);
                let mut lives = slots.map(|slot| slot.life);
                lives.any(|life| life == Life::Waiting { until: longest })
            }),
        ]
    }
}

impl Machine for Master {
    fn goals(&self) -> Vec<Goal<Self>> {
        vec![Goal {
            name: "those who are wanted are alive and nobody else, unless it gave up",
            reached: |_, system| {
                let serving = system.serving().eq(0..system.books.wanted);
                let all = system.processes.len() == system.books.wanted as usize;
                system.supervisor.gave_up() || serving && all
            },
            // The master goes on, whoever is told to stop does so in the end, time passes.
            helps: |_, step| matches!(step, Step::Act | Step::Obey(_) | Step::Pass),
        }]
    }

    fn show(&self, system: &System) -> String {
        let mut text = format!("tick {}, {} wanted", system.now, system.books.wanted);
        for Process {
            worker,
            told_to_stop,
            ..
        } in &system.processes
        {
            let Worker { slot, incarnation } = worker;
            let told = if *told_to_stop { " told to stop" } else { "" };
            text += &format!("; worker {slot}.{incarnation}{told}");
        }
        if system.supervisor.gave_up() {
            text += "; gave up";
        }
        if let Some(wrong) = system.wrong {
            text += &format!("; {wrong:?}");
        }
        text
    }
}

/// Which fault violates what.
const KILLS: &[(Fault, &str)] = &[
    (Fault::DoesNotWait, "a slot has one worker at most"),
    (
        Fault::NeverStops,
        "no more are alive than are wanted, but for those told to stop",
    ),
    (
        Fault::NeverStops,
        "nobody is started in a slot that is not wanted",
    ),
    (
        Fault::ForgetsCrashesTooSoon,
        "no more crashes within a window are put up with than the budget has",
    ),
    (
        Fault::NeverForgetsACrash,
        "it gives up for crashes within a window only",
    ),
    (
        Fault::CountsCleanExits,
        "it gives up for crashes within a window only",
    ),
    (Fault::StartsAfresh, "nobody is started once it gave up"),
    (
        Fault::CountsCleanExits,
        "a clean exit is followed at once, or a tick after the start",
    ),
    (
        Fault::StartsAfresh,
        "no two who are alive are the same incarnation",
    ),
    (Fault::LosesExits, "it knows who is alive"),
    (Fault::DoesNotWait, "it knows who is alive"),
    (
        Fault::IgnoresIncarnations,
        "news of another incarnation changes nothing",
    ),
    (
        Fault::LosesExits,
        "those who are wanted are alive and nobody else, unless it gave up",
    ),
    (
        Fault::NeverStops,
        "those who are wanted are alive and nobody else, unless it gave up",
    ),
];

pub(super) fn faulty() -> Vec<Faulty> {
    faulty_of(
        "supervisor",
        |fault| Master {
            fault: Some(fault),
            ..Master::new(2)
        },
        KILLS,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explicit::search::{assert_form_decides, assert_teeth};

    #[test]
    fn every_claim_has_teeth() {
        assert_teeth(&Master::new(2), &faulty());
    }

    #[test]
    fn the_form_decides_about_the_future() {
        assert_form_decides(&Master::new(2));
    }
}
