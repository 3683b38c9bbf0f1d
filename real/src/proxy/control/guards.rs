//! What a request holds while it lasts.

use std::rc::Rc;

use policy::admission::Outcome;
use policy::breaker::Permit;
use policy::dispatcher::End;
use policy::retry::Reason;
use policy::shared::InFlight;
use policy::time::{Duration, Instant};

use super::super::backend::Backend;
use super::Control;

/// A request that was let in.
pub(in crate::proxy) struct Admitted<'c> {
    control: &'c Control,
    outcome: Outcome,
    ended: Option<Instant>,
}

impl<'c> Admitted<'c> {
    pub(super) fn new(control: &'c Control) -> Self {
        Admitted {
            control,
            outcome: Outcome::Ignored,
            ended: None,
        }
    }

    /// It has ended at `now`, and this is what it tells of the backends; nothing, unless it is said.
    pub(in crate::proxy) fn ends(mut self, outcome: Outcome, now: Instant) {
        self.outcome = outcome;
        self.ended = Some(now);
    }
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        let now = self.ended.unwrap_or_else(|| self.control.clock.now());
        let mut dispatcher = self.control.dispatcher.borrow_mut();
        dispatcher.finished(self.outcome, now);
    }
}

/// An attempt that counts as in flight at its backend.
pub(in crate::proxy) struct Ticket<'c> {
    control: &'c Control,
    pub(in crate::proxy) backend: Rc<Backend>,
    permit: Option<Permit>,
    _counted: Option<InFlight<'static>>,
    pub(in crate::proxy) began: Instant,
    how: How,
    /// When, if it was at the same moment as something else for which time was read.
    ended: Option<Instant>,
}

/// How it went so far.
#[derive(Clone, Copy)]
enum How {
    Open,
    Answered(Duration),
    Failed(Reason),
}

impl<'c> Ticket<'c> {
    pub(super) fn new(
        control: &'c Control,
        backend: Rc<Backend>,
        permit: Option<Permit>,
        began: Instant,
    ) -> Self {
        let slot = backend.id.slot;
        if let Some(row) = control.row(slot) {
            row.picked();
        }
        let common = control.common.as_ref();
        Ticket {
            _counted: common.and_then(|common| common.start(slot)),
            control,
            backend,
            permit,
            began,
            how: How::Open,
            ended: None,
        }
    }

    /// Its answer began at `now`.
    pub(in crate::proxy) fn answered(&mut self, now: Instant) {
        self.how = How::Answered(now - self.began);
    }

    /// It failed, and that is the backend's doing.
    pub(in crate::proxy) fn failed(&mut self, reason: Reason) {
        self.how = How::Failed(reason);
    }

    /// It ends at `now`.
    pub(in crate::proxy) fn ends(&mut self, now: Instant) {
        self.ended = Some(now);
    }

    /// How long its answer took to begin.
    pub(in crate::proxy) fn response(&self) -> Option<Duration> {
        match self.how {
            How::Answered(response) => Some(response),
            How::Open | How::Failed(_) => None,
        }
    }
}

impl Drop for Ticket<'_> {
    /// Whoever says nothing was cancelled: the client went away, or another attempt was faster.
    fn drop(&mut self) {
        let how = match self.how {
            How::Open => End::Cancelled,
            How::Answered(response) => End::Answered(response),
            How::Failed(_) => End::Failed,
        };
        let control = self.control;
        let now = self.ended.unwrap_or_else(|| control.clock.now());
        let permit = self.permit.take();
        let mut dispatcher = control.dispatcher.borrow_mut();
        dispatcher.ended(
            self.backend.id,
            permit,
            how,
            now,
            &mut *control.rng.borrow_mut(),
        );
        drop(dispatcher);
        control.look();
        if let Some(row) = control.row(self.backend.id.slot) {
            match self.how {
                How::Open => row.cancelled(),
                How::Answered(response) => row.answered(response),
                How::Failed(reason) => row.failed(reason),
            }
            control.clear_up(self.backend.id.slot, row);
        }
    }
}
