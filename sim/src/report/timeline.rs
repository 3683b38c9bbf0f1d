//! The first requests one by one, in the trace event format that Perfetto and Chrome open.
//!
//! A strategy is a process. Each server of a backend is a track, on which services follow each other; waiting
//! requests overlap, so they are asynchronous events, grouped by backend. Times are those of the simulation.

use std::collections::BTreeMap;
use std::fmt::Write;

use policy::time::Instant;
use serde_json::{Value, json};

use super::Echo;
use super::label::Labels;
use crate::outcome::Outcome;
use crate::probe::{Failure, Span, Timeline};

/// One JSON object; without a recorded timeline its list of events holds names only.
pub fn timeline(echo: &Echo, outcome: &Outcome) -> String {
    let labels = Labels::of(outcome);
    let processes: Vec<(String, &[Span])> = outcome
        .results
        .iter()
        .map(|result| {
            let spans = result.timeline.as_ref().map_or(&[][..], Timeline::spans);
            (labels.text(result), spans)
        })
        .collect();
    written(echo, &processes)
}

/// Of strategies' names and requests.
fn written(echo: &Echo, processes: &[(String, &[Span])]) -> String {
    let mut events = Events::default();
    for (process, (strategy, spans)) in (1..).zip(processes) {
        events.strategy(process, strategy, spans);
    }
    let about = json!({
        "generator": format!("Evenkeel sim {}", echo.version),
        "seed": echo.seed.to_string(),
        "headline": echo.headline,
    });
    format!(
        "{{\"displayTimeUnit\": \"ms\", \"otherData\": {about}, \"traceEvents\": [\n{}\n]}}\n",
        events.written.join(",\n")
    )
}

/// Events as they are written, and what makes their ids unique.
#[derive(Default)]
struct Events {
    written: Vec<String>,
    tracks: u64,
    waits: u64,
}

/// A place on a track: the process and the thread of the format.
#[derive(Clone, Copy)]
struct Track {
    process: u32,
    thread: u64,
}

impl Events {
    fn strategy(&mut self, process: u32, strategy: &str, spans: &[Span]) {
        let track = Track { process, thread: 0 };
        self.name("process_name", track, strategy);
        let mut by_backend: BTreeMap<Option<u32>, Vec<&Span>> = BTreeMap::new();
        for span in spans {
            by_backend.entry(span.slot).or_default().push(span);
        }
        for (slot, spans) in by_backend {
            self.backend(process, slot, &spans);
        }
    }

    fn backend(&mut self, process: u32, slot: Option<u32>, spans: &[&Span]) {
        let name = slot.map_or("no backend".to_string(), |slot| format!("backend {slot}"));
        let lanes = lanes(spans);
        let servers = lanes.iter().max().map_or(1, |last| last + 1);
        let threads: Vec<Track> = (0..servers)
            .map(|server| self.track(process, &name, (servers > 1).then_some(server)))
            .collect();
        for (span, lane) in spans.iter().zip(lanes) {
            self.wait(threads[0], &name, span);
            match span.failure {
                Some(failure) => self.failure(threads[0], span, failure),
                None => self.service(threads[lane], span),
            }
        }
    }

    fn track(&mut self, process: u32, name: &str, server: Option<usize>) -> Track {
        self.tracks += 1;
        let track = Track {
            process,
            thread: self.tracks,
        };
        let name = match server {
            Some(server) => format!("{name}, server {server}"),
            None => name.to_string(),
        };
        self.name("thread_name", track, &name);
        let order = json!({ "sort_index": track.thread });
        self.event(
            "M",
            "thread_sort_index",
            track,
            0,
            &format!(",\"args\":{order}"),
        );
        track
    }

    fn name(&mut self, what: &str, track: Track, name: &str) {
        let args = json!({ "name": name });
        self.event("M", what, track, 0, &format!(",\"args\":{args}"));
    }

    /// Two events with an id of their own.
    fn wait(&mut self, track: Track, backend: &str, span: &Span) {
        let served = service_start(span).0;
        if served <= span.arrived.0 {
            return;
        }
        self.waits += 1;
        let more = format!(",\"cat\":\"wait\",\"id\":\"{:#x}\"", self.waits);
        let name = format!("waiting, {backend}");
        self.event("b", &name, track, span.arrived.0, &more);
        self.event("e", &name, track, served, &more);
    }

    fn service(&mut self, track: Track, span: &Span) {
        let more = format!(
            ",\"cat\":\"service\",\"dur\":{},\"args\":{}",
            microseconds(ended(span).0 - span.began.0),
            args(span)
        );
        self.event("X", "service", track, service_start(span).0, &more);
    }

    fn failure(&mut self, track: Track, span: &Span, failure: Failure) {
        let name = failure.name().replace('_', " ");
        let more = format!(",\"cat\":\"failure\",\"s\":\"t\",\"args\":{}", args(span));
        self.event("i", &name, track, ended(span).0, &more);
    }

    fn event(&mut self, phase: &str, name: &str, track: Track, time: u64, more: &str) {
        let Track { process, thread } = track;
        let (name, time) = (Value::from(name), microseconds(time));
        let mut event = format!("{{\"ph\":\"{phase}\",\"name\":{name},\"pid\":{process},");
        let _ = write!(event, "\"tid\":{thread},\"ts\":{time}{more}}}");
        self.written.push(event);
    }
}

fn args(span: &Span) -> Value {
    let wait = service_start(span).0.saturating_sub(span.arrived.0);
    json!({
        "wait_seconds": wait as f64 * 1e-9,
        "response_seconds": span.response.as_seconds(),
        "dispatcher": span.dispatcher,
    })
}

fn ended(span: &Span) -> Instant {
    span.arrived + span.response
}

fn service_start(span: &Span) -> Instant {
    span.began
}

/// The track of each span, so that services on a track do not overlap: the lowest that is free when it begins.
fn lanes(spans: &[&Span]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..spans.len())
        .filter(|&at| spans[at].failure.is_none())
        .collect();
    order.sort_by_key(|&at| (service_start(spans[at]), ended(spans[at])));
    let mut lanes = vec![0; spans.len()];
    let mut free_at: Vec<Instant> = Vec::new();
    for at in order {
        let (start, end) = (service_start(spans[at]), ended(spans[at]));
        let lane = free_at
            .iter()
            .position(|free| *free <= start)
            .unwrap_or(free_at.len());
        if lane == free_at.len() {
            free_at.push(end);
        }
        free_at[lane] = end;
        lanes[at] = lane;
    }
    lanes
}

/// Exactly: nanoseconds are its third decimal.
fn microseconds(nanoseconds: u64) -> String {
    format!("{}.{:03}", nanoseconds / 1_000, nanoseconds % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{echo, empty, outcome};
    use policy::time::Duration;
    use std::collections::BTreeSet;

    fn span(arrived: u64, response: u64, service: u64, slot: u32) -> Span {
        Span {
            arrived: Instant(arrived),
            response: Duration(response),
            service: Duration(service),
            began: Instant(arrived + response - service),
            slot: Some(slot),
            dispatcher: 0,
            failure: None,
        }
    }

    fn failed(failure: Failure, slot: Option<u32>) -> Span {
        Span {
            slot,
            failure: Some(failure),
            ..span(5, 1_000, 0, 0)
        }
    }

    fn events(text: &str) -> Vec<Value> {
        let value: Value = serde_json::from_str(text).unwrap();
        value["traceEvents"].as_array().unwrap().clone()
    }

    /// The events of three strategies that did the same.
    fn with(spans: &[Span]) -> Vec<Value> {
        let names = ["a", "b\"", "c"];
        events(&written(
            &echo(),
            &names.map(|name| (name.to_string(), spans)),
        ))
    }

    fn of_phase<'a>(events: &'a [Value], phase: &str) -> Vec<&'a Value> {
        events.iter().filter(|event| event["ph"] == phase).collect()
    }

    #[test]
    fn every_wait_that_begins_ends() {
        let events = with(&[
            span(0, 1_500, 1_000, 0),
            span(1, 2_500, 1_000, 0),
            failed(Failure::Timeout, Some(1)),
            failed(Failure::NoBackend, None),
        ]);
        let ids = |phase| -> Vec<String> {
            let found = of_phase(&events, phase);
            found.iter().map(|event| event["id"].to_string()).collect()
        };
        let begun = ids("b");
        assert_eq!(begun, ids("e"));
        assert_eq!(begun.iter().collect::<BTreeSet<_>>().len(), 4 * 3);
        assert_eq!(of_phase(&events, "i").len(), 2 * 3);
        assert_eq!(of_phase(&events, "X").len(), 2 * 3);
    }

    #[test]
    fn services_on_a_track_do_not_overlap() {
        // Two servers, and one request that came and was served while the first was.
        let spans = [
            span(0, 100, 100, 0),
            span(10, 20, 20, 0),
            span(30, 70, 70, 0),
            span(50, 60, 10, 0),
        ];
        let events = with(&spans);
        let mut tracks: BTreeMap<u64, Vec<(f64, f64)>> = BTreeMap::new();
        for event in of_phase(&events, "X") {
            let number = |key: &str| event[key].as_f64().unwrap();
            let track = tracks.entry(event["tid"].as_u64().unwrap()).or_default();
            track.push((number("ts"), number("ts") + number("dur")));
        }
        assert_eq!(tracks.len(), 2 * 3);
        for services in tracks.values_mut() {
            services.sort_by(|a, b| a.0.total_cmp(&b.0));
            assert!(
                services
                    .windows(2)
                    .all(|pair| pair[0].1 <= pair[1].0 + 1e-9),
                "{services:?}"
            );
        }
    }

    #[test]
    fn every_track_has_a_name() {
        let events = with(&[span(0, 100, 100, 0), span(0, 100, 100, 3)]);
        let named: BTreeSet<String> = of_phase(&events, "M")
            .iter()
            .filter(|event| event["name"] == "thread_name")
            .map(|event| event["tid"].to_string())
            .collect();
        let used = of_phase(&events, "X")
            .into_iter()
            .map(|event| event["tid"].to_string());
        assert_eq!(used.collect::<BTreeSet<_>>(), named);
    }

    #[test]
    fn times_are_microseconds_to_the_nanosecond() {
        assert_eq!(
            [0, 999, 1_001, 1_234_567].map(microseconds),
            ["0.000", "0.999", "1.001", "1234.567"]
        );
    }

    #[test]
    fn nothing_recorded_is_a_valid_file() {
        assert!(events(&timeline(&echo(), &empty())).is_empty());
        assert_eq!(events(&timeline(&echo(), &outcome())).len(), 3);
    }
}
