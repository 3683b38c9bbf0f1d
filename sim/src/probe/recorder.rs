//! All that is recorded of one run.

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
    #[inline(always)]
    pub fn arrived(&mut self, number: u64, now: Instant) -> u8 {
        if number == self.next_segment_at || number == 0 {
            self.begin_segment(number, now);
        }
        self.segment
    }

    /// A request goes to `slot` at `now`.
    #[inline(always)]
    pub fn sent(&mut self, slot: u32, now: Instant) {
        self.hash.record(now, Happening::Sent, slot);
    }

    /// `request` is answered by `slot` after `response`, at `now`.
    #[inline(always)]
    pub fn completed(&mut self, request: &Record, slot: u32, response: Duration, now: Instant) {
        self.hash.record(now, Happening::Completed, slot);
        self.batches.record(response);
        self.segments
            .tally(request.segment)
            .completed(slot, response, request.service, now);
        if let Some(timeline) = &mut self.timeline {
            timeline.answered(request, slot, response);
        }
    }

    /// `slot` finishes the work of `request` at `now`, but its client is gone.
    pub fn wasted(&mut self, request: &Record, slot: u32, now: Instant) {
        self.hash.record(now, Happening::Wasted, slot);
        self.segments
            .tally(request.segment)
            .wasted(slot, request.service, now);
    }

    /// The client of `request`, which is at `slot`, gives up at `now`.
    pub fn timed_out(&mut self, request: &Record, slot: u32, now: Instant) {
        self.hash.record(now, Happening::TimedOut, slot);
        let spent = now - request.arrived;
        self.segments
            .tally(request.segment)
            .failed(Failure::Timeout, Some((slot, spent)), now);
        if let Some(timeline) = &mut self.timeline {
            timeline.failed(request.arrived, spent, Some(slot), Failure::Timeout);
        }
    }

    /// A request that belongs to `segment` is turned away by `slot`, or for want of any, at `now`.
    pub fn turned_away(&mut self, segment: u8, slot: Option<u32>, now: Instant) {
        let (failure, happening, place) = match slot {
            Some(slot) => (Failure::Refused, Happening::Refused, slot),
            None => (Failure::NoBackend, Happening::NoBackend, 0),
        };
        self.hash.record(now, happening, place);
        self.segments
            .tally(segment)
            .failed(failure, slot.map(|slot| (slot, Duration::ZERO)), now);
        if let Some(timeline) = &mut self.timeline {
            timeline.failed(now, Duration::ZERO, slot, failure);
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
