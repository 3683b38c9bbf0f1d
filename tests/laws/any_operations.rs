//! Whatever may befall a fleet, and whatever may be done about it.

use policy::admission::{Aimd, Gradient, Limit, Limiter, Rate, aimd, codel, gradient};
use policy::breaker::window::FailureRate;
use policy::growth::{Growth, Jitter};
use policy::recycle::Lifetime;
use policy::retry::{self, After, Delays, Hedge, Reasons, Retries, Spread, decide};
use policy::sizing::{self, Bounds, Controller, SizerName};
use policy::standing::Panic;
use policy::time::Duration;
use policy::{backoff, breaker, health, outlier, slow_start, supervise};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use sim::fault::{Fault, Kind};
use sim::operations::{
    Abandoned, AdmissionControls, BackendControls, ColdStart, Operations, PoolSpec,
    RequestControls, SlotsSpec,
};
use sim::scenario::{Scenario, Warmup};
use workload::arrivals::Surge;

use crate::any_scenario::any_scenario;

/// One strategy, 200 to 500 requests, and anything at all that goes wrong and is done about it. Nobody waits for ever.
pub(crate) fn any_eventful_scenario() -> impl Strategy<Value = Scenario> {
    let scenario = (any_scenario(), any::<prop::sample::Index>(), 200..=500u64);
    scenario
        .prop_flat_map(|(scenario, strategy, requests)| {
            let operations = any_operations(scenario.fleet.len());
            (Just(scenario), Just(strategy), Just(requests), operations)
        })
        .prop_map(|(mut scenario, strategy, requests, operations)| {
            scenario.strategies = vec![*strategy.get(&scenario.strategies)];
            scenario.effort.requests = requests;
            scenario.effort.warmup = Warmup::Requests(0);
            scenario.effort.replications = 1;
            let stuck = operations.faults.iter().any(stays_silent);
            if stuck && scenario.timeout.is_none() {
                scenario.timeout = Some(ms(200));
            }
            scenario.operations = Some(Box::new(operations));
            scenario
        })
}

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn any_ms(most: u64) -> impl Strategy<Value = Duration> + Clone {
    (1..most).prop_map(ms)
}

/// Whether it may never answer and never refuse.
fn stays_silent(fault: &Fault) -> bool {
    matches!(fault.kind, Kind::Pause | Kind::Blackhole) && fault.lasts.is_none()
}

/// Every part of it is there every other time.
pub(crate) fn any_operations(backends: u32) -> impl Strategy<Value = Operations> {
    (
        prop::collection::vec(any_fault(), 0..4),
        prop::collection::vec(any_surge(), 0..3),
        any_request_controls(),
        any_backend_controls(),
        any_admission(),
        option::of(any_pool(backends)),
        option::of(any_ms(100)),
    )
        .prop_map(
            |(faults, surges, requests, backends, admission, pool, series)| Operations {
                faults,
                surges,
                requests,
                backends,
                admission,
                pool,
                series,
            },
        )
}

fn any_fault() -> impl Strategy<Value = Fault> {
    let targets = select(vec!["all", "0", "50%"]);
    let span = |most: u64| (any::<bool>(), 1..most);
    let recurs = option::of((span(100), span(100), any::<bool>()));
    let kind = 0..8usize;
    let stagger = option::of(1..100u64);
    let stretch = (0..500u64, option::of(1..500u64));
    (
        kind,
        targets,
        stretch,
        recurs,
        option::of(1..200u64),
        1..=10u32,
        stagger,
    )
        .prop_map(
            |(kind, targets, (start, lasts), recurs, cold, tenths, stagger)| {
                let stagger = stagger.map_or(String::new(), |ms| format!(",stagger={ms}ms"));
                let lasts_text = lasts.map_or(String::new(), |lasts| format!("+{lasts}ms"));
                let at = format!("{targets}@{start}ms");
                let span = |(random, ms): (bool, u64)| match random {
                    true => format!("exp:{ms}ms"),
                    false => format!("{ms}ms"),
                };
                let recurring = recurs.map_or(String::new(), |(up, down, together)| {
                    let together = if together { ",together" } else { "" };
                    format!(",up={},down={}{together}", span(up), span(down))
                });
                let share = f64::from(tenths) / 10.0;
                // Never faster than at full speed, or wasted work, which is counted at full speed, could exceed that done.
                let spec = match (kind, recurs) {
                    (0, Some(_)) => format!("flap:{at}{lasts_text}{recurring}"),
                    (0, None) => match (lasts, cold) {
                        (Some(_), Some(cold)) => format!("crash:{at}{lasts_text},cold={cold}msx3"),
                        _ => format!("crash:{at}{lasts_text}"),
                    },
                    (1, _) => format!("slow:{at}{lasts_text}x{}{recurring}", 1.0 + 7.0 * share),
                    (2, _) => format!("pause:{at}{lasts_text}{recurring}"),
                    (3, _) => format!("blackhole:{at}{lasts_text}{recurring}"),
                    (4, _) => format!("failfast:{at}{lasts_text},p={share}{recurring}"),
                    (5, _) => format!("errors:{at}{lasts_text},p={share}{recurring}"),
                    (6, _) => format!("drain:{at}{lasts_text}{recurring}"),
                    _ => match cold {
                        Some(cold) => format!("join:{at}+{cold}msx4"),
                        None => format!("join:{at}"),
                    },
                };
                let spec = spec + &stagger;
                spec.parse()
                    .unwrap_or_else(|error| panic!("{spec}: {error}"))
            },
        )
}

fn any_surge() -> impl Strategy<Value = Surge> {
    let begins = 0..500u64;
    let surge = (0..4u8, begins, 1..300u64, 1..40u32).prop_map(|(kind, begins, lasts, factor)| {
        let factor = f64::from(factor) / 10.0;
        match kind {
            0 => format!("spike:@{begins}ms+{lasts}msx{factor}"),
            1 => format!("step:@{begins}msx{factor}"),
            2 => format!("ramp:@{begins}ms+{lasts}msx{factor}"),
            _ => format!("daily:period={}ms,peak=1.7", lasts + 10),
        }
    });
    surge.prop_map(|spec| {
        spec.parse()
            .unwrap_or_else(|error| panic!("{spec}: {error}"))
    })
}

fn any_spread() -> impl Strategy<Value = Spread> {
    select(vec![
        Spread::None,
        Spread::Full,
        Spread::Equal,
        Spread::Decorrelated,
    ])
}

fn any_retries() -> impl Strategy<Value = Retries> {
    let reasons = select(vec![Reasons::NOT_SENT, Reasons::PERHAPS_EXECUTED]);
    let delays = (0..20u64, 0..200u64, any_spread());
    (0..5u32, delays, reasons).prop_map(|(retries, (first, more, spread), idempotent)| {
        let delays = Delays {
            first: ms(first),
            max: ms(first + more),
            spread,
        };
        let options = decide::Options {
            retries,
            delays,
            idempotent,
            ..decide::Options::default()
        };
        Retries::new(options).expect("retries")
    })
}

pub(crate) fn any_budget() -> impl Strategy<Value = retry::Config> {
    (0..=1000u32, any_ms(200), 0..500u64).prop_map(|(thousandths, every, more)| {
        let options = retry::Options {
            thousandths,
            every,
            window: every + ms(more),
        };
        retry::Config::new(options).expect("a budget")
    })
}

fn any_hedge() -> impl Strategy<Value = Hedge> {
    let after = prop_oneof![
        any_ms(50).prop_map(After::Fixed),
        (1..=999u16).prop_map(|thousandths| After::Quantile { thousandths }),
    ];
    after.prop_map(|after| Hedge::new(after).expect("a hedge"))
}

fn any_request_controls() -> impl Strategy<Value = RequestControls> {
    let abandoned = select(vec![Abandoned::Serve, Abandoned::Leave, Abandoned::Cancel]);
    (
        option::of(any_ms(100)),
        abandoned,
        any::<bool>(),
        option::of(any_retries()),
        option::of(any_budget()),
        option::of(any_hedge()),
    )
        .prop_map(
            |(attempt_timeout, abandoned, deadlines_travel, retries, budget, hedge)| {
                RequestControls {
                    attempt_timeout,
                    abandoned,
                    deadlines_travel,
                    retries,
                    budget,
                    hedge,
                }
            },
        )
}

fn any_probes() -> impl Strategy<Value = health::active::Config> {
    let probes = (any_ms(100), any_ms(100), 1..4u32, 1..4u32, any::<bool>());
    probes.prop_map(|(interval, timeout, rise, fall, starts_up)| {
        let options = health::active::Options {
            interval,
            timeout,
            rise,
            fall,
            starts_up,
        };
        health::active::Config::new(options).expect("probes")
    })
}

fn any_breaker() -> impl Strategy<Value = breaker::Config> {
    let reasons = prop_oneof![
        (1..6u32).prop_map(|row| (Some(row), None)),
        Just((None, Some(FailureRate::HALF))),
        Just((Some(9), Some(FailureRate::HALF))),
    ];
    let open = (any_ms(100), 0..200u64);
    (reasons, 1..4u32, 1..=4u32, open).prop_map(
        |((failures_to_open, rate_to_open), successes_to_close, probes, (first, more))| {
            let options = breaker::Options {
                failures_to_open,
                rate_to_open,
                successes_to_close,
                probes,
                open: Growth {
                    first,
                    max: first + ms(more),
                    jitter: Jitter::QUARTER,
                },
            };
            breaker::Config::new(options).expect("a breaker")
        },
    )
}

/// Also of those that eject at once and often.
pub(crate) fn any_outlier() -> impl Strategy<Value = outlier::Config> {
    let rate = outlier::SuccessRate {
        request_volume: 3,
        min_hosts: 2,
        stdev_thousandths: 500,
    };
    let rate = option::of(Just(rate));
    (1..6u32, rate, any_ms(100), any_ms(100), 0..=1000u32).prop_map(
        |(row, success_rate, interval, base, max_ejected_thousandths)| {
            let options = outlier::Options {
                consecutive_failures: Some(row),
                success_rate,
                interval,
                base,
                max: base + base,
                max_ejected_thousandths,
            };
            outlier::Config::new(options).expect("a detector")
        },
    )
}

fn any_backend_controls() -> impl Strategy<Value = BackendControls> {
    let passive = (1..5u32, any_ms(200)).prop_map(|(max_fails, fail_timeout)| {
        let options = health::passive::Options {
            max_fails,
            fail_timeout,
        };
        health::passive::Config::new(options).expect("passive checks")
    });
    let ramp = (any_ms(300), 1..20u32, 1..=1000u32).prop_map(|(duration, steps, least)| {
        let options = slow_start::Options {
            duration,
            steps,
            least_thousandths: least,
        };
        slow_start::Config::new(options).expect("a ramp")
    });
    (
        option::of(any_probes()),
        option::of(passive),
        option::of(any_breaker()),
        option::of(any_outlier()),
        (0..=1000u32).prop_map(|thousandths| Panic { thousandths }),
        option::of(ramp),
    )
        .prop_map(
            |(probes, passive, breaker, outlier, panic, slow_start)| BackendControls {
                probes,
                passive,
                breaker,
                outlier,
                panic,
                slow_start,
            },
        )
}

fn any_limiter() -> impl Strategy<Value = Limiter> {
    let aimd = aimd::Options {
        initial: 4,
        timeout: ms(50),
        ..aimd::Options::default()
    };
    let gradient = gradient::Options {
        initial: 4,
        window: ms(20),
        long_windows: 10,
        ..gradient::Options::default()
    };
    let limit = prop_oneof![
        (1..30u32).prop_map(Limit::Fixed),
        Just(Limit::Aimd(Aimd::new(
            aimd::Config::new(aimd).expect("AIMD")
        ))),
        Just(Limit::Gradient(Gradient::new(
            gradient::Config::new(gradient).expect("a gradient")
        ))),
    ];
    limit.prop_map(|limit| Limiter::new(limit).expect("a limit"))
}

fn any_admission() -> impl Strategy<Value = AdmissionControls> {
    let rate = (1..1000u64, 1..20u64).prop_map(|(requests, burst)| {
        Rate::new(requests, Duration::from_seconds(1.0), burst).expect("a rate")
    });
    let law = select(vec![codel::Law::Spaced, codel::Law::Stale]);
    let codel = (1..20u64, 1..100u64, law).prop_map(|(target, more, law)| {
        let options = codel::Options {
            target: ms(target),
            interval: ms(target + more),
            law,
        };
        codel::Config::new(options).expect("CoDel")
    });
    let slots = (1..20u32, 1..300u64).prop_map(|(slots, patience)| {
        let options = backoff::Options {
            patience: Some(ms(patience)),
            ..backoff::Options::default()
        };
        SlotsSpec {
            slots,
            wait: backoff::Config::new(options).expect("a backoff"),
        }
    });
    (
        option::of(rate),
        option::of(any_limiter()),
        option::of(codel),
        option::of(slots),
    )
        .prop_map(|(rate, concurrency, codel, slots)| AdmissionControls {
            rate,
            concurrency,
            codel,
            slots,
        })
}

fn any_pool(backends: u32) -> impl Strategy<Value = PoolSpec> {
    let supervisor = (0..5u32, any_ms(50)).prop_map(|(crashes, first)| {
        let options = supervise::Options {
            crashes,
            window: ms(500),
            restart: Growth {
                first,
                max: first + first,
                jitter: Jitter::QUARTER,
            },
            settled: ms(100),
        };
        supervise::Config::new(options).expect("a supervisor")
    });
    let sizing = (select(SizerName::ALL.to_vec()), 1..=backends).prop_map(move |(name, min)| {
        let bounds = Bounds { min, max: backends };
        Controller::new(name, &sizing::Config::default(), bounds).expect("a controller")
    });
    let lifetime = (1..60u64).prop_map(|requests| Lifetime {
        requests,
        jitter: Jitter::QUARTER,
    });
    let phases = (0..30u64, 0..30u64, 0..30u64, 0..30u64);
    (
        1..=backends,
        phases,
        option::of(sizing),
        any_ms(100),
        supervisor,
        option::of(lifetime),
    )
        .prop_map(
            |(prewarmed, phases, sizing, sizing_interval, supervisor, lifetime)| {
                let (spawn, link, init, listen) = phases;
                PoolSpec {
                    prewarmed,
                    cold_start: ColdStart {
                        spawn: ms(spawn),
                        link: ms(link),
                        init: ms(init),
                        listen: ms(listen),
                        jitter: Jitter::QUARTER,
                    },
                    sizing,
                    sizing_interval,
                    supervisor,
                    lifetime,
                }
            },
        )
}
