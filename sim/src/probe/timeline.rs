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
    /// The part of that in which it was served; the rest, before it, it waited.
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
    spans: Vec<Span>,
}

impl Timeline {
    /// Keeps the first `limit` requests.
    pub fn new(limit: usize) -> Self {
        Timeline {
            limit,
            spans: Vec::with_capacity(limit),
        }
    }

    /// The requests, in the order in which they ended.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    pub(super) fn answered(&mut self, request: &Record, slot: u32, response: Duration) {
        self.keep(Span {
            arrived: request.arrived,
            response,
            service: request.service.min(response),
            slot: Some(slot),
            dispatcher: request.dispatcher,
            failure: None,
        });
    }

    pub(super) fn failed(
        &mut self,
        arrived: Instant,
        spent: Duration,
        slot: Option<u32>,
        failure: Failure,
    ) {
        let (response, service, dispatcher) = (spent, Duration::ZERO, 0);
        self.keep(Span {
            arrived,
            response,
            service,
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
