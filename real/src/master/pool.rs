//! Processes of one role: which there are, and which there are to be.
//!
//! Who is replaced is replaced by a spare first: a worker in the slot above all others is started, and once that serves,
//! the one to be replaced is told to end. Its slot gets a successor, as after any exit, and when that serves, the spare is
//! for the next one who is to be replaced or has done its duty.

use policy::supervise::{self, Action, Decision, Exit, Supervisor, Worker};
use policy::time::Instant;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::child::{Child, Stage};

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Pool {
    supervisor: Supervisor,
    children: Vec<Option<Child>>,
    /// How many there are to be, a spare aside.
    target: u32,
    capacity: u32,
    spare: Option<Spare>,
    restarts: Vec<u64>,
}

/// Somebody is being replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Spare {
    /// In this slot, for the time being.
    slot: u32,
    /// It stands in for this one.
    of: Worker,
    /// Who was told to end.
    told: bool,
}

impl Pool {
    /// Of at most `capacity` processes, `target` of which are to be started at `now`.
    pub(super) fn new(config: supervise::Config, target: u32, capacity: u32, now: Instant) -> Pool {
        let target = target.min(capacity);
        Pool {
            supervisor: Supervisor::new(config, target, now),
            children: (0..capacity).map(|_| None).collect(),
            target,
            capacity,
            spare: None,
            restarts: vec![0; capacity as usize],
        }
    }

    /// Everyone who has not exited.
    pub(super) fn alive(&self) -> impl Iterator<Item = &Child> {
        self.children.iter().flatten()
    }

    /// Who is in each slot, from 0.
    pub(super) fn occupants(&self) -> impl Iterator<Item = Option<&Child>> {
        self.children.iter().map(Option::as_ref)
    }

    /// Whether there are as many as there are to be, and all of them serve.
    pub(super) fn is_complete(&self) -> bool {
        let wanted = self.children.iter().take(self.target as usize);
        let mut wanted = wanted.map(Option::as_ref);
        wanted.all(|child| child.is_some_and(|child| child.stage == Stage::Ready))
    }

    /// Everyone who has not exited, to be told something.
    pub(super) fn alive_mut(&mut self) -> impl Iterator<Item = &mut Child> {
        self.children.iter_mut().flatten()
    }

    /// `worker`, if it has not exited.
    pub(super) fn get_mut(&mut self, worker: Worker) -> Option<&mut Child> {
        let child = self.children.get_mut(worker.slot as usize)?.as_mut();
        child.filter(|child| child.worker == worker)
    }

    /// Whether there is nobody.
    pub(super) fn is_empty(&self) -> bool {
        self.alive().next().is_none()
    }

    /// How many there are to be.
    pub(super) fn target(&self) -> u32 {
        self.target
    }

    /// How often each slot was started again.
    pub(super) fn restarts(&self, slot: u32) -> u64 {
        self.restarts[slot as usize]
    }

    /// Whether there were too many crashes.
    pub(super) fn gave_up(&self) -> bool {
        self.supervisor.gave_up()
    }

    /// How each slot stands.
    pub(super) fn slots(&self) -> &[supervise::Slot] {
        self.supervisor.slots()
    }

    /// From `now` on there are to be so many, as far as there is room.
    pub(super) fn want(&mut self, target: u32, now: Instant) {
        self.target = target.min(self.capacity);
        self.spare = None;
        self.supervisor.want(self.target, now);
    }

    /// The supervisor's next action, if it has one.
    pub(super) fn due(&mut self, now: Instant) -> Option<Action> {
        self.supervisor.due(now)
    }

    /// When something is to be done: by the supervisor, or about somebody who takes too long.
    pub(super) fn next_deadline(&self) -> Instant {
        let stages = self.alive().map(|child| child.stage.deadline()).min();
        let supervisor = self.supervisor.next_deadline();
        let never = Instant::NEVER;
        stages.unwrap_or(never).min(supervisor.unwrap_or(never))
    }

    /// It was started.
    pub(super) fn started(&mut self, child: Child) {
        let slot = child.worker.slot as usize;
        self.restarts[slot] += u64::from(child.worker.incarnation > 0);
        self.children[slot] = Some(child);
    }

    /// It exited, or could not be started: what follows.
    pub(super) fn exited(
        &mut self,
        worker: Worker,
        exit: Exit,
        now: Instant,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Decision {
        if self.get_mut(worker).is_some() {
            self.children[worker.slot as usize] = None;
        }
        self.supervisor.exited(worker, exit, now, rng)
    }

    /// Whether there may be one more than there are to be.
    pub(super) fn has_room(&self) -> bool {
        self.target < self.capacity
    }

    /// Has `worker` replaced. `false` if somebody else is being replaced, or it serves no longer: ask again.
    pub(super) fn replace(&mut self, worker: Worker, now: Instant) -> bool {
        let serves = self
            .get_mut(worker)
            .is_some_and(|child| child.stage == Stage::Ready);
        if self.spare.is_some() || !serves || !self.has_room() {
            return false;
        }
        let slot = self.target;
        self.spare = Some(Spare {
            slot,
            of: worker,
            told: false,
        });
        self.supervisor.want(slot + 1, now);
        true
    }

    /// Who is to be told to end now that their spare serves, if anybody is.
    pub(super) fn replaced(&mut self, now: Instant) -> Option<Worker> {
        let Spare { slot, of, told } = self.spare?;
        if told {
            let successor = self.children[of.slot as usize].as_ref();
            if successor.is_some_and(|child| child.worker != of && child.stage == Stage::Ready) {
                self.spare = None;
                self.supervisor.want(self.target, now);
            }
            return None;
        }
        let spare = self.children[slot as usize].as_ref();
        let serves = spare.is_some_and(|child| child.stage == Stage::Ready);
        if !serves {
            return None;
        }
        self.spare = Some(Spare {
            slot,
            of,
            told: true,
        });
        Some(of)
    }

    /// For whom the worker in `slot` stands in, if for anybody.
    pub(super) fn stands_in(&self, slot: u32) -> Option<u32> {
        let spare = self.spare?;
        (spare.slot == slot).then_some(spare.of.slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::master::process::Process;
    use rand_xoshiro::rand_core::SeedableRng;

    const NOW: Instant = Instant(1_000_000_000);

    fn child(worker: Worker) -> Child {
        let process = std::process::Command::new("true").spawn().unwrap();
        let process = Process::new(process, false);
        let pid = process.pid();
        Child {
            worker,
            pid,
            stage: Stage::Ready,
            address: None,
            requests_before: 0,
            lifetime: None,
            passing: None,
            process,
            orders: None,
            asking: None,
        }
    }

    /// Does what is due `minutes` from now. Who is started serves at once; who is told to end does.
    fn act(pool: &mut Pool, minutes: u64) {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let later = NOW + policy::time::Duration::from_millis(60_000 * minutes);
        while let Some(action) = pool.due(later) {
            match action {
                Action::Start(worker) => pool.started(child(worker)),
                Action::Stop(worker) => drop(pool.exited(worker, Exit::Clean, later, &mut rng)),
            }
        }
    }

    fn serving(pool: &Pool) -> Vec<(u32, u32)> {
        let alive = pool.alive().map(|child| child.worker);
        alive
            .map(|worker| (worker.slot, worker.incarnation))
            .collect()
    }

    fn pool(target: u32, capacity: u32) -> Pool {
        let mut pool = Pool::new(supervise::Config::default(), target, capacity, NOW);
        act(&mut pool, 0);
        pool
    }

    #[test]
    fn whoever_is_replaced_ends_once_a_spare_serves_and_the_spare_once_its_successor_does() {
        let mut pool = pool(2, 8);
        let first = pool.alive().next().unwrap().worker;
        assert!(pool.is_complete() && pool.replace(first, NOW));
        assert_eq!(pool.replaced(NOW), None, "the spare does not serve yet");
        act(&mut pool, 1);
        assert_eq!(serving(&pool), [(0, 0), (1, 0), (2, 0)]);
        assert_eq!((pool.stands_in(2), pool.stands_in(1)), (Some(0), None));

        // One at a time.
        let second = Worker {
            slot: 1,
            incarnation: 0,
        };
        assert!(!pool.replace(second, NOW));
        assert_eq!(pool.replaced(NOW), Some(first));
        assert_eq!(pool.replaced(NOW), None, "it was told already");
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        pool.exited(first, Exit::Clean, NOW, &mut rng);
        act(&mut pool, 2);
        assert_eq!(pool.replaced(NOW), None);
        act(&mut pool, 3);
        assert_eq!(serving(&pool), [(0, 1), (1, 0)]);
        assert_eq!((pool.restarts(0), pool.stands_in(2)), (1, None));
        assert!(pool.replace(second, NOW));
    }

    #[test]
    fn another_number_of_workers_ends_a_replacement() {
        let mut pool = pool(2, 3);
        let first = pool.alive().next().unwrap().worker;
        assert!(pool.replace(first, NOW));
        act(&mut pool, 4);
        pool.want(3, NOW);
        assert_eq!(pool.replaced(NOW), None);
        act(&mut pool, 5);
        assert_eq!(serving(&pool), [(0, 0), (1, 0), (2, 0)]);
        assert!(!pool.replace(first, NOW), "there is no room for a spare");
        pool.want(99, NOW);
        assert_eq!(pool.target(), 3);
    }
}
