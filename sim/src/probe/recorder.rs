//! All that is recorded of one run.

use policy::time::{Duration, Instant};

use super::{Batches, Chronicle, Failure, Happening, Segments, Tally, Timeline, TraceHash};
use crate::request::Record;

/// Tallies, batch means, the trace hash and, if asked for, the timeline of the first requests.
#[derive(Clone, Debug)]
pub struct Recorder {
    segments: Segments,
    next_segment_at: u64,
    /// Requests sent so far.
    sent: u64,
    batches: Batches,
    hash: TraceHash,
    timeline: Option<Box<Timeline>>,
}

impl Recorder {
    /// Nothing recorded yet.
    pub fn new(segments: Segments, timeline: Option<Timeline>) -> Self {
        Recorder {
            // The first part begins with the first request.
            next_segment_at: 0,
            sent: 0,
            segments,
            batches: Batches::default(),
            hash: TraceHash::default(),
            timeline: timeline.map(Box::new),
        }
    }

    /// Request `number` is sent. Whether it is the first of a part of the run: then [`Recorder::begin_part`]
    /// comes next.
    #[inline(always)]
    pub fn arrived(&mut self, number: u64) -> bool {
        self.sent = number + 1;
        number == self.next_segment_at
    }

    /// Request `number`, the first of a part of the run, is sent at `now`, when each backend has given `work`
    /// since the beginning.
    #[cold]
    pub fn begin_part(&mut self, number: u64, now: Instant, work: impl Fn(u32) -> u64) {
        if number == 0 {
            self.segments.begin(now);
        } else {
            self.segments.advance(now, work);
        }
        self.next_segment_at = self.segments.end();
    }

    /// The part of the run that it is now.
    #[inline(always)]
    pub fn part(&self) -> u8 {
        self.segments.current()
    }

    /// The last request was sent at `now`; `work` as for [`Recorder::begin_part`].
    #[cold]
    pub fn exhausted(&mut self, now: Instant, work: impl Fn(u32) -> u64) {
        self.segments.drain(now, work);
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
        self.batches.record(response, self.sent);
        let sent_in = self.segments.tally(request.segment);
        sent_in.answered(slot, response, request.service);
        let ended_in = self.segments.tally(self.segments.current());
        ended_in.left(slot, response);
        if let Some(timeline) = &mut self.timeline {
            timeline.answered(request, slot, response);
        }
    }

    /// `slot` finishes the work of `request` at `now`, but its client is gone.
    pub fn wasted(&mut self, request: &Record, slot: u32, now: Instant) {
        self.hash.record(now, Happening::Wasted, slot);
        let now_in = self.segments.tally(self.segments.current());
        now_in.gone(slot, now - request.arrived);
    }

    /// The client of `request`, which is at `slot`, gives up at `now`; if the request was waiting it leaves,
    /// otherwise its service goes on.
    pub fn timed_out(&mut self, request: &Record, slot: u32, leaves: bool, now: Instant) {
        self.hash.record(now, Happening::TimedOut, slot);
        let spent = now - request.arrived;
        let sent_in = self.segments.tally(request.segment);
        sent_in.failed(Failure::Timeout, Some(slot));
        if leaves {
            let now_in = self.segments.tally(self.segments.current());
            now_in.gone(slot, spent);
        }
        if let Some(timeline) = &mut self.timeline {
            timeline.timed_out(request, slot, spent);
        }
    }

    /// A request, sent in this part by this balancer, is turned away by `slot`, or for want of any, at `now`.
    pub fn turned_away(&mut self, from: (u8, u16), slot: Option<u32>, now: Instant) {
        let (segment, dispatcher) = from;
        let (failure, happening, place) = match slot {
            Some(slot) => (Failure::Refused, Happening::Refused, slot),
            None => (Failure::NoBackend, Happening::NoBackend, 0),
        };
        self.hash.record(now, happening, place);
        self.segments.tally(segment).failed(failure, slot);
        if let Some(timeline) = &mut self.timeline {
            timeline.turned_away(now, dispatcher, slot, failure);
        }
    }

    /// The dispatchers' board is refreshed at `now`.
    pub fn refreshed(&mut self, now: Instant) {
        self.hash.record(now, Happening::Refreshed, 0);
    }

    /// `what` happened at `slot`.
    pub fn happened(&mut self, what: Happening, slot: u32, now: Instant) {
        self.hash.record(now, what, slot);
    }

    /// What was recorded, once the last request has left at `now`; `work` as for [`Recorder::begin_part`].
    pub fn finish(
        mut self,
        now: Instant,
        work: impl Fn(u32) -> u64,
        chronicle: Option<Chronicle>,
    ) -> Recorded {
        self.segments.close(now, work);
        Recorded {
            segments: self.segments,
            batches: self.batches,
            hash: self.hash,
            timeline: self.timeline.map(|timeline| *timeline),
            chronicle: chronicle.map(Box::new),
        }
    }
}

/// A request that has ended, where it may have taken several attempts.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// When its client sent it.
    pub sent: Instant,
    /// What the attempt that answered it took.
    pub service: Duration,
    /// The part of the run it is counted in.
    pub segment: u8,
    /// Which balancer it met.
    pub dispatcher: u16,
}

impl From<&Record> for Ended {
    fn from(record: &Record) -> Ended {
        Ended {
            sent: record.arrived,
            service: record.service,
            segment: record.segment,
            dispatcher: record.dispatcher,
        }
    }
}

/// What an eventful world tells: attempts and requests apart.
impl Recorder {
    /// A request is answered by `slot` after `response`, at `now`.
    pub fn answered(&mut self, request: &Ended, slot: u32, response: Duration, now: Instant) {
        self.hash.record(now, Happening::Completed, slot);
        self.batches.record(response, self.sent);
        let sent_in = self.segments.tally(request.segment);
        sent_in.answered(slot, response, request.service);
        let ended_in = self.segments.tally(self.segments.current());
        ended_in.left(slot, response);
        if let Some(timeline) = &mut self.timeline {
            timeline.ended_well(request, slot, response);
        }
    }

    /// A request fails for good at `now` because of `reason`, which `slot` gave, if any did.
    pub fn failed(&mut self, request: &Ended, reason: Failure, slot: Option<u32>, now: Instant) {
        let happening = match reason {
            Failure::Timeout => Happening::TimedOut,
            Failure::Refused => Happening::Refused,
            Failure::NoBackend => Happening::NoBackend,
            _ => Happening::Failed,
        };
        self.hash.record(now, happening, slot.unwrap_or(0));
        self.segments.tally(request.segment).failed(reason, None);
        if let Some(timeline) = &mut self.timeline {
            timeline.failed(request, now - request.sent, slot, reason);
        }
    }

    /// An attempt at a request of part `segment` ended at `slot`, and did not answer it.
    pub fn attempt_ended(&mut self, segment: u8, slot: u32) {
        self.segments.tally(segment).attempted(slot);
    }

    /// An attempt left `slot`, having been there for `sojourn`, and answered nobody.
    pub fn left(&mut self, slot: u32, sojourn: Duration) {
        let now_in = self.segments.tally(self.segments.current());
        now_in.gone(slot, sojourn);
    }

    /// An attempt that nobody waits for is served to its end by `slot` at `now`.
    pub fn finished_in_vain(&mut self, slot: u32, sojourn: Duration, now: Instant) {
        self.hash.record(now, Happening::Wasted, slot);
        self.left(slot, sojourn);
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
    /// How it went over time, of an eventful world.
    pub chronicle: Option<Box<Chronicle>>,
}

impl Recorded {
    /// Everything from request `warmup` on; see [`Segments::after`].
    pub fn after(self, warmup: u64) -> Tally {
        self.segments.after(warmup)
    }
}
