//! What all connections of one worker share.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use policy::time::{Duration, Instant};

use super::buffer::Memory;
use super::deadlines::Deadlines;
use crate::clock::Clock;
use crate::http::DateCache;
use crate::log::AccessLog;
use crate::settings::Limits;
use crate::stats::ProcessRow;

/// How long an idle connection of a draining worker may still ask one thing more. Closed at once, it would meet the
/// request that is on its way, and the client would have to wonder whether it was served.
const LAST_CALL: Duration = Duration::from_millis(1_000);

/// What all connections of one worker share.
pub struct Context {
    /// What time it is.
    pub clock: Clock,
    /// What clients may do; connections take it over when they come.
    pub limits: Cell<Limits>,
    /// Where this process counts.
    pub row: ProcessRow,
    /// For what is read and not used.
    pub memory: Memory,
    /// Of all connections.
    pub deadlines: Rc<Deadlines>,
    /// The `date` field, written once a second.
    date: RefCell<Date>,
    /// Where requests are written down.
    pub log: Option<AccessLog>,
    draining: Cell<bool>,
}

/// The `date` field, and how long it holds: the time of day is read once a second.
struct Date {
    line: DateCache,
    until: Instant,
}

impl Date {
    #[cold]
    fn renew(&mut self, now: Instant, clock: Clock) {
        const SECOND: u64 = 1_000_000_000;
        let wall = clock.wall();
        self.line.set(std::time::Duration::from_nanos(wall));
        self.until = now + Duration(SECOND - wall % SECOND);
    }
}

impl Context {
    /// Of a worker that begins.
    pub fn new(limits: Limits, row: ProcessRow, log: Option<AccessLog>) -> Rc<Context> {
        Rc::new(Context {
            clock: Clock,
            limits: Cell::new(limits),
            row,
            memory: Memory::default(),
            deadlines: Rc::default(),
            date: RefCell::new(Date {
                line: DateCache::new(std::time::Duration::ZERO),
                until: Instant::ZERO,
            }),
            log,
            draining: Cell::new(false),
        })
    }

    /// From now on each answer is its connection's last, and idle connections may ask for one thing more
    /// within a second.
    pub fn drain(&self) {
        self.draining.set(true);
        self.deadlines.hasten_idle(self.clock.now() + LAST_CALL);
    }

    /// Whether this worker ends.
    #[inline]
    pub fn is_draining(&self) -> bool {
        self.draining.get()
    }

    /// Appends the `date` field as of `now`.
    #[inline]
    pub fn write_date(&self, out: &mut Vec<u8>, now: Instant) {
        let mut date = self.date.borrow_mut();
        if now >= date.until {
            date.renew(now, self.clock);
        }
        out.extend_from_slice(date.line.line());
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.deadlines.watched()
    }

    /// When an idle connection is closed that is idle from `now` on.
    #[inline]
    pub(super) fn idle_until(&self, now: Instant, idle_timeout: Duration) -> Instant {
        now + match self.is_draining() {
            true => LAST_CALL.min(idle_timeout),
            false => idle_timeout,
        }
    }
}
