//! The first requests of a run, one by one, to be looked at in a trace viewer.

use policy::time::{Duration, Instant};

use super::recorder::Ended;
use super::tally::Failure;
use crate::request::Record;

/// What became of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// When it was sent.
    pub arrived: Instant,
    /// From being sent to being answered or failed.
    pub response: Duration,
    /// What it takes, alone on one server; zero for one that failed.
    pub service: Duration,
    /// When its service began. One that failed waited until its end, as far as its client could tell.
    pub began: Instant,
    /// Who served it or turned it away, if anybody.
    pub slot: Option<u32>,
    /// Which balancer sent it.
    pub dispatcher: u16,
    /// Why it failed, if it did.
    pub failure: Option<Failure>,
}

/// The first requests to end, up to a limit.
#[derive(Clone, Debug)]
pub struct Timeline {
    limit: usize,
    shared: bool,
    spans: Vec<Span>,
}

impl Timeline {
    /// Keeps the first `limit` requests. `shared`: whether backends serve everybody at once, so that service
    /// begins with arrival.
    pub fn new(limit: usize, shared: bool) -> Self {
        Timeline {
            limit,
            shared,
            spans: Vec::new(),
        }
    }

    /// The requests, in the order in which they ended.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    pub(super) fn answered(&mut self, request: &Record, slot: u32, response: Duration) {
        self.ended_well(&Ended::from(request), slot, response);
    }

    pub(super) fn timed_out(&mut self, request: &Record, slot: u32, spent: Duration) {
        self.failed(&Ended::from(request), spent, Some(slot), Failure::Timeout);
    }

    pub(super) fn turned_away(
        &mut self,
        now: Instant,
        dispatcher: u16,
        slot: Option<u32>,
        failure: Failure,
    ) {
        self.keep(Span {
            arrived: now,
            response: Duration::ZERO,
            service: Duration::ZERO,
            began: now,
            slot,
            dispatcher,
            failure: Some(failure),
        });
    }

    pub(super) fn ended_well(&mut self, request: &Ended, slot: u32, response: Duration) {
        let served = if self.shared {
            response
        } else {
            request.service.min(response)
        };
        self.keep(Span {
            arrived: request.sent,
            response,
            service: request.service,
            began: Instant(request.sent.0 + response.0 - served.0),
            slot: Some(slot),
            dispatcher: request.dispatcher,
            failure: None,
        });
    }

    pub(super) fn failed(
        &mut self,
        request: &Ended,
        spent: Duration,
        slot: Option<u32>,
        failure: Failure,
    ) {
        self.keep(Span {
            arrived: request.sent,
            response: spent,
            service: Duration::ZERO,
            began: request.sent + spent,
            slot,
            dispatcher: request.dispatcher,
            failure: Some(failure),
        });
    }

    fn keep(&mut self, span: Span) {
        if self.spans.len() < self.limit {
            self.spans.push(span);
        }
    }
}
