//! What a balancer does besides requests: it probes, lets breakers and ejections end, closes idle connections, and asks
//! for names again.

use std::rc::Rc;

use policy::dispatcher::Probe;
use policy::time::{Duration, Instant};
use tokio::task::JoinSet;

use super::Proxy;
use super::backend::Backend;
use super::probe::probe;

/// How often names are asked for again.
const NAMES: Duration = Duration::from_millis(30_000);
/// How long workers have to come all at once.
const BOOT: Duration = Duration::from_millis(2_000);
/// How often it looks at the latest.
const PERIOD: Duration = Duration::from_millis(1_000);

impl Proxy {
    /// Does it; never ends. Runs where tasks may be local, one for each balancer.
    pub async fn keep_up(self: Rc<Self>) {
        let mut tasks = JoinSet::new();
        let mut names = Instant::ZERO;
        let mut boot = Some(self.clock.now() + BOOT);
        loop {
            while let Some((due, backend)) = self.control.due() {
                if let Some(backend) = backend {
                    tasks.spawn_local(Rc::clone(&self).ask_how_it_is(due, backend));
                }
            }
            let now = self.clock.now();
            if now >= names {
                names = now + NAMES;
                self.ask_for_names(&mut tasks);
            }
            if boot.is_some_and(|boot| now >= boot) && self.control.begin() {
                boot = None;
            }
            self.idle.expire(now);
            self.control.show_idle(|backend| self.idle.count(backend));
            while tasks.try_join_next().is_some() {}
            self.rest(now).await;
        }
    }

    /// Until something is due, or may be.
    async fn rest(&self, now: Instant) {
        let next = self.control.next_deadline().min(now + PERIOD);
        let next = self
            .idle
            .next_deadline()
            .unwrap_or(Instant::NEVER)
            .min(next);
        // Timers count in milliseconds: a little later, or it would look in vain.
        let time =
            std::time::Duration::from_nanos((next - now).0) + std::time::Duration::from_millis(1);
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.control.changed() => {}
        }
    }

    async fn ask_how_it_is(self: Rc<Self>, due: Probe, backend: Rc<Backend>) {
        let plan = self.plan();
        let memory = &self.context.memory;
        let healthy = probe(&backend, &plan, memory, self.clock.now(), due.until).await;
        self.control.probed(due, healthy);
    }

    fn ask_for_names(&self, tasks: &mut JoinSet<()>) {
        let backends = self.control.backends().into_iter();
        for backend in backends.filter(|backend| backend.addresses.is_name()) {
            tasks.spawn_local(async move {
                // What was known stays known.
                let _ = backend.addresses.refresh().await;
            });
        }
    }
}
