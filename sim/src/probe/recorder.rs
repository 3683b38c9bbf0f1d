//! All that is recorded of one run.

use policy::BackendId;
use policy::time::{Duration, Instant};

use super::{Batches, Failure, Happening, Segments, Tally, Timeline, TraceHash};
use crate::request::Record;

/// Tallies, batch means, the trace hash and, if asked for, the timeline of the first requests.
#[derive(Clone, Debug)]
pub struct Recorder {
    segments: Segments,
    segment: u8,
    next_segment_at: u64,
    batches: Batches,
    hash: TraceHash,
    timeline: Option<Box<Timeline>>,
}

impl Recorder {
    /// Nothing recorded yet.
    pub fn new(segments: Segments, timeline: Option<Timeline>) -> Self {
        let (segment, next_segment_at) = (0, segments.end(0));
        let (batches, hash) = (Batches::default(), TraceHash::default());
        Recorder {
            segments,
            segment,
            next_segment_at,
            batches,
            hash,
            timeline: timeline.map(Box::new),
        }
    }

    /// Request `number` is sent at `now`. The part of the run it belongs to.
    #[inline]
    pub fn arrived(&mut self, number: u64, now: Instant) -> u8 {
        if number == self.next_segment_at || number == 0 {
            self.begin_segment(number, now);
        }
        self.segment
    }

    /// That request goes to `backend`.
    #[inline]
    pub fn sent(&mut self, segment: u8, backend: BackendId, now: Instant) {
        self.hash.record(now, Happening::Sent, backend.slot);
        self.segments.tally(segment).sent(backend.slot);
    }

    /// `request` is answered after `response`, at `now`.
    #[inline]
    pub fn completed(&mut self, request: &Record, response: Duration, now: Instant) {
        let slot = request.backend.slot;
        self.hash.record(now, Happening::Completed, slot);
        self.batches.record(response);
        self.segments
            .tally(request.segment)
            .completed(slot, response, request.service, now);
        if let Some(timeline) = &mut self.timeline {
            timeline.answered(request, response);
        }
    }

    /// The work of `request` is finished at `now`, but its client is gone.
    pub fn wasted(&mut self, request: &Record, now: Instant) {
        self.hash
            .record(now, Happening::Wasted, request.backend.slot);
        self.segments
            .tally(request.segment)
            .served(request.backend.slot, request.service);
    }

    /// The client of `request` gives up at `now`.
    pub fn timed_out(&mut self, request: &Record, now: Instant) {
        let slot = request.backend.slot;
        self.hash.record(now, Happening::TimedOut, slot);
        let spent = now - request.arrived;
        self.segments
            .tally(request.segment)
            .failed(Failure::Timeout, Some((slot, spent)), now);
        if let Some(timeline) = &mut self.timeline {
            timeline.failed(request.arrived, spent, Some(slot), Failure::Timeout);
        }
    }

    /// A request that belongs to `segment` is turned away by `backend`, or by nobody, at `now`.
    pub fn turned_away(&mut self, segment: u8, backend: Option<BackendId>, now: Instant) {
        let (failure, happening, slot) = match backend {
            Some(id) => (Failure::Refused, Happening::Refused, id.slot),
            None => (Failure::NoBackend, Happening::NoBackend, 0),
        };
        self.hash.record(now, happening, slot);
        self.segments.tally(segment).failed(failure, None, now);
        if let Some(timeline) = &mut self.timeline {
            timeline.failed(now, Duration::ZERO, backend.map(|id| id.slot), failure);
        }
    }

    /// The dispatchers' board is refreshed at `now`.
    pub fn refreshed(&mut self, now: Instant) {
        self.hash.record(now, Happening::Refreshed, 0);
    }

    /// What was recorded.
    pub fn finish(self) -> Recorded {
        Recorded {
            segments: self.segments,
            batches: self.batches,
            hash: self.hash,
            timeline: self.timeline.map(|timeline| *timeline),
        }
    }

    #[cold]
    fn begin_segment(&mut self, number: u64, now: Instant) {
        if number > 0 {
            self.segment += 1;
        }
        self.next_segment_at = self.segments.end(self.segment);
        self.segments.begin(self.segment, now);
    }
}

/// What one run left behind.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Tallies by part of the run.
    pub segments: Segments,
    /// Response times in the order of the answers.
    pub batches: Batches,
    /// All events.
    pub hash: TraceHash,
    /// The first requests, one by one.
    pub timeline: Option<Timeline>,
}

impl Recorded {
    /// Everything from request `warmup` on; see [`Segments::after`].
    pub fn after(self, warmup: u64) -> Tally {
        self.segments.after(warmup)
    }
}
