//! The first requests of a run, one by one, to be looked at in a trace viewer.

use policy::time::{Duration, Instant};

use super::tally::Failure;
use crate::request::Record;

/// What became of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// When it was sent.
    pub arrived: Instant,
    /// From being sent to being answered or failed.
    pub response: Duration,
    /// The part of that in which it was served; the rest, before it, it waited. Zero for one that timed out,
    /// whose service, if it had begun, goes on for nobody.
    pub service: Duration,
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
        let service = if self.shared {
            response
        } else {
            request.service
        };
        self.keep(Span {
            arrived: request.arrived,
            response,
            service: service.min(response),
            slot: Some(slot),
            dispatcher: request.dispatcher,
            failure: None,
        });
    }

    pub(super) fn timed_out(&mut self, request: &Record, slot: u32, spent: Duration) {
        self.keep(Span {
            arrived: request.arrived,
            response: spent,
            service: if self.shared { spent } else { Duration::ZERO },
            slot: Some(slot),
            dispatcher: request.dispatcher,
            failure: Some(Failure::Timeout),
        });
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
            slot,
            dispatcher,
            failure: Some(failure),
        });
    }

    fn keep(&mut self, span: Span) {
        if self.spans.len() < self.limit {
            self.spans.push(span);
        }
    }
}
