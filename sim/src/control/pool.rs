//! Backends as workers of a pool: which are alive, and which are wanted.

use policy::sizing::{Controller, Observation};
use policy::supervise::{Action, Decision, Exit, Life, Supervisor, Worker};
use policy::time::{Duration, Instant};
use rand_xoshiro::SplitMix64;
use workload::stream::Stream;

use crate::operations::PoolSpec;

/// The workers, their supervisor, and what decides how many there are.
#[derive(Debug)]
pub(crate) struct Pool {
    spec: PoolSpec,
    supervisor: Supervisor,
    controller: Option<Controller>,
    workers: Vec<Option<Member>>,
    /// How many requests a worker serves at a time.
    concurrency: u128,
    draws: Stream,
    drawn: u64,
    looked: Looked,
}

/// A worker that is alive.
#[derive(Clone, Copy, Debug)]
struct Member {
    worker: Worker,
    stage: Stage,
    /// Requests until it is replaced.
    left: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Starting,
    Ready,
    Draining,
}

/// What the controller saw the last time, in all until then.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Looked {
    pub(crate) at: Instant,
    pub(crate) arrivals: u64,
    pub(crate) completions: u64,
    pub(crate) work_ns: u128,
}

impl Pool {
    /// A pool of at most `slots` workers that serve so many requests at a time, none of them started yet.
    pub(crate) fn new(spec: PoolSpec, slots: u32, concurrency: u32, draws: Stream) -> Pool {
        Pool {
            supervisor: Supervisor::new(spec.supervisor, spec.prewarmed, Instant::ZERO),
            controller: spec.sizing.clone(),
            workers: vec![None; slots as usize],
            concurrency: u128::from(concurrency),
            draws,
            drawn: 0,
            looked: Looked::default(),
            spec,
        }
    }

    fn rng(&mut self) -> SplitMix64 {
        self.drawn += 1;
        self.draws.at(self.drawn)
    }

    /// Where nothing sizes it, it is to have a worker in each slot: those that are not there from the beginning start cold.
    pub(crate) fn want_all(&mut self) {
        if self.controller.is_none() {
            let all = self.workers.len() as u32;
            self.supervisor.want(all, Instant::ZERO);
        }
    }

    /// What the supervisor wants done now.
    pub(crate) fn due(&mut self, now: Instant) -> Option<Action> {
        self.supervisor.due(now)
    }

    /// From when on [`Pool::due`] has something to say.
    pub(crate) fn next_deadline(&self) -> Instant {
        self.supervisor.next_deadline().unwrap_or(Instant::NEVER)
    }

    /// How often the controller looks, if there is one.
    pub(crate) fn sizing_interval(&self) -> Option<Duration> {
        self.controller.as_ref().map(|_| self.spec.sizing_interval)
    }

    /// Whether the controller is to be asked as soon as a request has to wait.
    pub(crate) fn is_asked_on_need(&self) -> bool {
        let controller = self.controller.as_ref();
        controller.is_some_and(|controller| controller.name().about().on_need)
    }

    /// `worker` is being started. How long that takes.
    pub(crate) fn start(&mut self, worker: Worker) -> Duration {
        let lifetime = self.spec.lifetime;
        let mut rng = self.rng();
        self.workers[worker.slot as usize] = Some(Member {
            worker,
            stage: Stage::Starting,
            left: lifetime.map_or(u64::MAX, |lifetime| lifetime.draw(&mut rng)),
        });
        let cold = self.spec.cold_start;
        cold.jitter.around(cold.total(), &mut rng)
    }

    /// Whether `worker` is being started, and not an earlier or later one.
    pub(crate) fn is_starting(&self, worker: Worker) -> bool {
        let member = self.workers[worker.slot as usize];
        member.is_some_and(|member| member.worker == worker && member.stage == Stage::Starting)
    }

    /// `worker` listens.
    pub(crate) fn ready(&mut self, worker: Worker) {
        if let Some(member) = &mut self.workers[worker.slot as usize] {
            member.stage = Stage::Ready;
        }
    }

    /// Whether `slot`'s worker listens, be it that it is to end.
    pub(crate) fn is_listening(&self, slot: u32) -> bool {
        let stage = self.stage(slot);
        matches!(stage, Some(Stage::Ready | Stage::Draining))
    }

    /// Whether `slot` has a worker.
    pub(crate) fn is_alive(&self, slot: u32) -> bool {
        self.stage(slot).is_some()
    }

    /// Whether `slot`'s worker is to end when it has nothing left to do.
    pub(crate) fn drains(&self, slot: u32) -> bool {
        self.stage(slot) == Some(Stage::Draining)
    }

    /// `slot`'s worker is to end. Whether it was ready.
    pub(crate) fn drain(&mut self, slot: u32) -> bool {
        let was_ready = self.is_ready(slot);
        if let Some(member) = &mut self.workers[slot as usize] {
            member.stage = Stage::Draining;
        }
        was_ready
    }

    /// Whether `slot`'s worker listens and is to stay.
    pub(crate) fn is_ready(&self, slot: u32) -> bool {
        self.stage(slot) == Some(Stage::Ready)
    }

    /// `slot`'s worker served one request more. Whether it is to be replaced.
    pub(crate) fn served(&mut self, slot: u32) -> bool {
        let Some(member) = &mut self.workers[slot as usize] else {
            return false;
        };
        member.left = member.left.saturating_sub(1);
        member.left == 0 && member.stage == Stage::Ready
    }

    /// `slot`'s worker has ended. Whether nobody is started any more because of it.
    pub(crate) fn exited(&mut self, slot: u32, exit: Exit, now: Instant) -> bool {
        let mut rng = self.rng();
        let Some(member) = self.workers[slot as usize].take() else {
            return false;
        };
        let decision = self.supervisor.exited(member.worker, exit, now, &mut rng);
        decision == Decision::GiveUp
    }

    /// The controller looks. `until_now` is what there was in all; `busy` workers serve, `waiting` requests wait.
    pub(crate) fn size(&mut self, until_now: Looked, busy: u32, waiting: u32) {
        let count = |stage| {
            let members = self.workers.iter().flatten();
            members.filter(|member| member.stage == stage).count() as u32
        };
        let last = std::mem::replace(&mut self.looked, until_now);
        let seen = Observation {
            now: until_now.at,
            span: until_now.at - last.at,
            ready: count(Stage::Ready),
            // Who waits to be started again is meant to be there.
            starting: count(Stage::Starting) + self.waiting_to_start(),
            busy,
            waiting,
            arrivals: until_now.arrivals - last.arrivals,
            completions: until_now.completions - last.completions,
            busy_time: Duration(((until_now.work_ns - last.work_ns) / self.concurrency) as u64),
        };
        if let Some(controller) = &mut self.controller {
            let wanted = controller.want(&seen);
            self.supervisor.want(wanted, until_now.at);
        }
    }

    fn waiting_to_start(&self) -> u32 {
        if self.supervisor.gave_up() {
            return 0;
        }
        let slots = self.supervisor.slots().iter();
        let waiting = slots.filter(|slot| matches!(slot.life, Life::Waiting { .. }));
        waiting.count() as u32
    }

    fn stage(&self, slot: u32) -> Option<Stage> {
        self.workers[slot as usize].map(|member| member.stage)
    }
}

#[cfg(test)]
mod tests;
