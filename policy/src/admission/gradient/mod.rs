//! A concurrency limit that follows the gradient of the response time: while answers take as long as they have long
//! taken it grows by the queue it allows for, and when they take longer it shrinks by as much.
//! Cost: O(1), no draw, a square root a window. Source: Netflix's concurrency-limits, `Gradient2Limit`; Envoy's
//! adaptive concurrency filter has the same form.
//!
//! Once a window, with `short` the window's mean response time and `long` the mean of about 600 of those:
//!
//! ```text
//! gradient = clamp(tolerance * long / short, 0.5, 1)
//! limit    = 0.8 limit + 0.2 (limit * gradient + sqrt(limit))
//! ```
//!
//! The square root is the queue that is put up with (Envoy's headroom, `GradientLimit`'s default; `Gradient2Limit` has
//! 4): without it the limit could never grow. A limit of which less than half was in use stays. When answers are twice
//! as fast as they have long been, the long mean is from an overload that is over, and is cut by a twentieth a window.
//!
//! Its weakness is in its source: what stays slow becomes normal. The long mean follows an overload that lasts, and the
//! limit then rises again; `long_windows` is how long that takes.
//!
//! Deviations: `Gradient2Limit` does not look at drops; here a window with one counts as twice too slow, as it halves
//! the limit in `GradientLimit`. A window that is over with fewer than 10 answers is not thrown away but goes on.

mod config;

pub use config::{Config, Options};

use super::Outcome;
use crate::time::{Duration, Instant};

/// Fewer answers than these say nothing about a window, nor fewer windows about what is usual.
const ENOUGH: u32 = 10;

/// The limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradient {
    config: Config,
    limit: f64,
    long: Long,
    window: Window,
}

impl Gradient {
    /// Nothing seen yet.
    pub fn new(config: Config) -> Self {
        Gradient {
            config,
            limit: f64::from(config.options().initial),
            long: Long::default(),
            window: Window::default(),
        }
    }

    /// How many may be in flight.
    pub fn limit(&self) -> u32 {
        self.limit as u32
    }

    /// One of `in_flight` requests ended so at `now`.
    pub fn finished(&mut self, outcome: Outcome, in_flight: u32, now: Instant) {
        self.window.count(outcome, in_flight, now);
        if self.window.is_over(now, self.config.options().window) {
            let window = std::mem::take(&mut self.window);
            self.adapt(&window);
        }
    }

    fn adapt(&mut self, window: &Window) {
        let options = self.config.options();
        let usual_over_now = window.mean_ns().map(|short_ns| {
            let ratio = self.long.update(short_ns, options.long_windows) / short_ns;
            self.long.forget_overload(ratio);
            ratio
        });
        if f64::from(window.most_in_flight) < self.limit / 2.0 {
            return;
        }
        let gradient = match usual_over_now {
            Some(ratio) if !window.dropped => {
                (ratio * f64::from(options.tolerance) / 1000.0).clamp(0.5, 1.0)
            }
            _ => 0.5,
        };
        let wanted = self.limit * gradient + self.limit.sqrt();
        let weight = f64::from(options.smoothing) / 1000.0;
        let limit = self.limit * (1.0 - weight) + wanted * weight;
        self.limit = limit.clamp(f64::from(options.min), f64::from(options.max));
    }
}

/// The usual response time.
#[derive(Clone, Debug, Default, PartialEq)]
struct Long {
    mean_ns: f64,
    windows: u32,
}

impl Long {
    /// The mean with one more window: of the first ten each counts the same, from then on the last has a weight of
    /// 2 / (`windows` + 1).
    fn update(&mut self, short_ns: f64, windows: u32) -> f64 {
        self.windows = (self.windows + 1).min(ENOUGH + 1);
        let weight = if self.windows <= ENOUGH {
            1.0 / f64::from(self.windows)
        } else {
            2.0 / (f64::from(windows) + 1.0)
        };
        self.mean_ns += (short_ns - self.mean_ns) * weight;
        self.mean_ns
    }

    fn forget_overload(&mut self, ratio: f64) {
        if ratio > 2.0 {
            self.mean_ns *= 0.95;
        }
    }
}

/// What ended since the limit was last adapted.
#[derive(Clone, Debug, Default, PartialEq)]
struct Window {
    began: Option<Instant>,
    answers: u32,
    total_ns: f64,
    ended: u32,
    dropped: bool,
    most_in_flight: u32,
}

impl Window {
    fn count(&mut self, outcome: Outcome, in_flight: u32, now: Instant) {
        self.began.get_or_insert(now);
        self.most_in_flight = self.most_in_flight.max(in_flight);
        match outcome {
            Outcome::Answered(time) => {
                self.answers += 1;
                self.total_ns += time.0 as f64;
            }
            Outcome::Dropped => self.dropped = true,
            Outcome::Ignored => return,
        }
        self.ended += 1;
    }

    fn is_over(&self, now: Instant, length: Duration) -> bool {
        self.ended >= ENOUGH && self.began.is_some_and(|began| now - began >= length)
    }

    /// `None` if nothing was answered, or in no time at all.
    fn mean_ns(&self) -> Option<f64> {
        (self.total_ns > 0.0).then(|| self.total_ns / f64::from(self.answers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration(1_000);

    fn gradient(options: Options) -> Gradient {
        let window = WINDOW;
        Gradient::new(Config::new(Options { window, ..options }).unwrap())
    }

    /// `windows` windows from `now` on, each of 11 requests that end so with `in_flight` of them under way.
    fn run(
        gradient: &mut Gradient,
        now: &mut Instant,
        windows: u32,
        outcome: Outcome,
        in_flight: u32,
    ) {
        for _ in 0..windows * 11 {
            gradient.finished(outcome, in_flight, *now);
            *now += Duration(WINDOW.0 / 10);
        }
    }

    fn answered(ns: u64) -> Outcome {
        Outcome::Answered(Duration(ns))
    }

    #[test]
    fn usual_answers_add_a_fifth_of_the_square_root() {
        let mut gradient = gradient(Options {
            initial: 100,
            ..Options::default()
        });
        let mut now = Instant(5);
        run(&mut gradient, &mut now, 1, answered(1_000), 100);
        assert!((gradient.limit - 102.0).abs() < 1e-9, "{gradient:?}");
        // Half as slow again is usual too.
        run(&mut gradient, &mut now, 1, answered(1_400), 100);
        let expected = 102.0 + 0.2 * 102f64.sqrt();
        assert!((gradient.limit - expected).abs() < 1e-9, "{gradient:?}");
    }

    #[test]
    fn slow_answers_shrink_it_in_proportion_but_by_no_more_than_half() {
        for (slow, gradient_then) in [(200_000, 0.75), (10_000_000, 0.5)] {
            let mut gradient = gradient(Options {
                initial: 100,
                ..Options::default()
            });
            let mut now = Instant(0);
            run(&mut gradient, &mut now, 500, answered(100_000), 0);
            run(&mut gradient, &mut now, 1, answered(slow), 100);
            let expected = 80.0 + 0.2 * (100.0 * gradient_then + 10.0);
            assert!(
                (gradient.limit - expected).abs() < 0.1,
                "{gradient:?}, expected {expected}"
            );
        }
    }

    #[test]
    fn a_limit_that_is_not_used_stays() {
        let mut gradient = gradient(Options::default());
        let mut now = Instant(0);
        run(&mut gradient, &mut now, 50, answered(1_000), 9);
        run(&mut gradient, &mut now, 50, answered(1_000_000), 9);
        assert_eq!(gradient.limit(), 20);
        run(&mut gradient, &mut now, 1, answered(1_000), 10);
        assert!(gradient.limit > 20.0);
    }

    /// Where limit / 2 = sqrt(limit).
    #[test]
    fn if_everything_is_dropped_four_are_still_tried() {
        let mut gradient = gradient(Options::default());
        run(&mut gradient, &mut Instant(0), 500, Outcome::Dropped, 20);
        assert!((gradient.limit - 4.0).abs() < 1e-6, "{gradient:?}");
    }

    #[test]
    fn one_drop_marks_its_window_and_what_is_ignored_does_not() {
        let limits = [Outcome::Ignored, Outcome::Dropped].map(|outcome| {
            let mut gradient = gradient(Options::default());
            let mut now = Instant(0);
            gradient.finished(outcome, 20, now);
            run(&mut gradient, &mut now, 1, answered(1_000), 20);
            gradient.limit
        });
        assert!(limits[0] > 20.0 && limits[1] < 20.0, "{limits:?}");
    }

    #[test]
    fn an_overload_that_is_over_is_forgotten_by_a_twentieth_a_window() {
        let mut gradient = gradient(Options::default());
        let mut now = Instant(0);
        run(&mut gradient, &mut now, 100, answered(100_000), 0);
        let before = gradient.long.mean_ns;
        run(&mut gradient, &mut now, 1, answered(1_000), 0);
        let weight = 2.0 / 601.0;
        let expected = 0.95 * (before + weight * (1_000.0 - before));
        assert!((gradient.long.mean_ns - expected).abs() < 1e-6);
        run(&mut gradient, &mut now, 80, answered(1_000), 0);
        assert!(gradient.long.mean_ns < 2_200.0, "{gradient:?}");
    }

    #[test]
    fn a_window_waits_for_ten_answers() {
        let mut gradient = gradient(Options::default());
        for k in 0..9 {
            gradient.finished(answered(1_000), 20, Instant(k * 10_000));
        }
        assert_eq!(gradient.limit, 20.0);
        gradient.finished(answered(1_000), 20, Instant(90_000));
        assert!(gradient.limit > 20.0);
    }

    /// A server of `servers` at once, 1 ms each, that is always asked for more than it can do: the limit settles where
    /// a queue has formed but response times have not doubled.
    #[test]
    fn it_finds_what_a_server_can_do() {
        let mut gradient = gradient(Options {
            long_windows: 1_000_000,
            ..Options::default()
        });
        let servers = 50.0;
        let mut now = Instant(0);
        for _ in 0..500 {
            let slower = (gradient.limit / servers).max(1.0);
            let limit = gradient.limit();
            run(
                &mut gradient,
                &mut now,
                1,
                answered((slower * 1e6) as u64),
                limit,
            );
        }
        // limit (1 - 75 / limit) = sqrt(limit), as long as the usual time stays that of an empty queue.
        let limit = gradient.limit;
        assert!((80.0..90.0).contains(&limit), "{limit}");
    }
}
