//! A worker that starts, or a configuration that is read again, marks every backend healthy in what all share.
//!
//! What the others had learned is forgotten; if one learns it in the same moment, nobody will know.

use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Release};

use policy::shared::{Atomic, Bitmap};

use super::{Exhibit, FoundBy, Guard};
use crate::platform::Platform;

pub(super) fn exhibit() -> Exhibit {
    Exhibit {
        property: over!(a_sibling_s_start_heals_nobody<MarkAll>),
        ours: Some(over_ours!(a_sibling_s_start_heals_nobody<Ours>)),
        found_in: "ejpir/zig-loadbalancer (seed 003): WorkerState.init at a restart, reloadSharedBackends at a reload; \
                   caddyserver/caddy#7625 (all upstreams healthy after a reload), haproxy/haproxy#918",
        harm: "each restart and each reload sends live requests to dead backends, until probes find out again",
        guarded_by: Guard::Property("bitmap::no_change_is_lost"),
        found_by: FoundBy::SCHEDULES,
    }
}

trait Health<P: Platform>: Send + Sync + 'static {
    /// Of `backends` backends, all healthy.
    fn new(backends: u32) -> Self;
    /// A worker starts and is told that there are `backends` of them.
    fn worker_starts(&self, backends: u32);
    fn mark_down(&self, backend: u32);
    fn is_up(&self, backend: u32) -> bool;
}

struct MarkAll<P: Platform>(P::U64);

impl<P: Platform> Health<P> for MarkAll<P> {
    fn new(backends: u32) -> Self {
        MarkAll(P::U64::new((1 << backends) - 1))
    }

    fn worker_starts(&self, backends: u32) {
        self.0.store((1 << backends) - 1, Release);
    }

    fn mark_down(&self, backend: u32) {
        self.0.fetch_and(!(1 << backend), AcqRel);
    }

    fn is_up(&self, backend: u32) -> bool {
        self.0.load(Acquire) & 1 << backend != 0
    }
}

/// A [`Bitmap`], with the memory it lives in.
struct Ours<P: Platform>(Vec<P::U64>, u32);

impl<P: Platform> Ours<P> {
    fn bitmap(&self) -> Bitmap<'_, P> {
        Bitmap::over(&self.0, self.1)
    }
}

impl<P: Platform> Health<P> for Ours<P> {
    fn new(backends: u32) -> Self {
        let words = 0..Bitmap::<P>::words_for(backends);
        let ours = Ours(words.map(|_| P::U64::new(0)).collect(), backends);
        (0..backends).for_each(|backend| assert!(ours.bitmap().set(backend)));
        ours
    }

    /// It looks at what is there.
    fn worker_starts(&self, backends: u32) {
        let up = self.bitmap().count();
        assert!(up <= backends);
    }

    fn mark_down(&self, backend: u32) {
        self.bitmap().clear(backend);
    }

    fn is_up(&self, backend: u32) -> bool {
        self.bitmap().contains(backend)
    }
}

fn a_sibling_s_start_heals_nobody<P: Platform, H: Health<P>>() {
    let health = Arc::new(H::new(3));
    let starting = {
        let health = Arc::clone(&health);
        P::spawn(move || health.worker_starts(3))
    };
    health.mark_down(1);
    P::join(starting);
    assert!(health.is_up(0) && health.is_up(2));
    assert!(!health.is_up(1), "it is as dead as it was");
}
