use proptest::prelude::*;

use super::testing::observations;
use super::*;

fn controller(name: SizerName, min: u32, max: u32) -> Controller {
    Controller::new(name, &Config::default(), Bounds { min, max }).unwrap()
}

#[test]
fn each_name_gives_its_sizer() {
    for &name in SizerName::ALL {
        let controller = controller(name, 1, 9);
        assert_eq!(controller.name(), name);
        assert!(name.about().interval > Duration::ZERO);
    }
    assert_eq!(Config::new(Options::default()), Ok(Config::default()));
}

#[test]
fn the_settings_are_those_of_the_sizer() {
    let mut options = Options::default();
    options.staffing.beta = 3.0;
    let config = Config::new(options).unwrap();
    let bounds = Bounds { min: 1, max: 1_000 };
    let seen = Observation {
        span: Duration::from_millis(1_000),
        ready: 100,
        busy: 100,
        arrivals: 1_000,
        completions: 1_000,
        busy_time: Duration::from_millis(100_000),
        ..Observation::default()
    };
    let mut staffing = Controller::new(SizerName::Staffing, &config, bounds).unwrap();
    assert_eq!(staffing.want(&seen), 130);
    let mut utilization = Controller::new(SizerName::Utilization, &config, bounds).unwrap();
    assert_eq!(utilization.want(&seen), 143);
    options.doubling.min_spare = 0;
    assert!(Config::new(options).is_err());
}

#[test]
fn bounds_that_nothing_is_within_are_refused_with_a_sentence() {
    for (min, max, sentence) in [(0, 4, "at least 1 worker"), (5, 4, "not be above")] {
        let refused = Controller::new(SizerName::Doubling, &Config::default(), Bounds { min, max });
        let refusal = refused.unwrap_err().to_string();
        assert!(refusal.contains(sentence), "{refusal}");
    }
}

/// Nothing is seen, nothing is there, and nothing overflows.
#[test]
fn an_empty_pool_is_given_its_least() {
    for &name in SizerName::ALL {
        let mut controller = controller(name, 2, 9);
        assert_eq!(controller.want(&Observation::default()), 2, "{name}");
    }
}

proptest! {
    #[test]
    fn what_is_wanted_is_within_bounds_whatever_is_seen(
        all in observations(),
        min in 1..50u32,
        more in 0..50u32,
    ) {
        for &name in SizerName::ALL {
            let mut controller = controller(name, min, min + more);
            for seen in &all {
                let wanted = controller.want(seen);
                prop_assert!((min..=min + more).contains(&wanted), "{name}: {wanted}");
            }
        }
    }

    /// A pool that does what it is told, under a load that stays as it is: whoever sizes it, it comes to rest, and can
    /// carry the load if it may.
    #[test]
    fn under_a_constant_load_every_sizer_comes_to_rest(
        per_second in 1..400u64,
        service_ms in 1..200u64,
        from in 1..200u32,
    ) {
        for &name in SizerName::ALL {
            let mut controller = controller(name, 1, 200);
            let span = name.about().interval;
            let load = per_second as f64 * service_ms as f64 / 1_000.0;
            let mut workers = vec![from];
            for n in 1..700 {
                let ready = workers[workers.len() - 1];
                let busy = load.min(f64::from(ready));
                let arrivals = per_second * span.0 / 1_000_000_000;
                let seen = Observation {
                    now: Instant(span.0 * n),
                    span,
                    ready,
                    busy: (busy + 0.5) as u32,
                    waiting: (load - busy + 0.5) as u32,
                    arrivals,
                    completions: (arrivals as f64 * busy / load) as u64,
                    busy_time: Duration::from_seconds(busy * span.as_seconds()),
                    ..Observation::default()
                };
                workers.push(controller.want(&seen));
            }
            let last = &workers[workers.len() - 30..];
            prop_assert!(last.iter().all(|&n| n == last[0]), "{name}: {last:?}");
            // Thresholds know nothing of how long a request takes.
            let carries = f64::from(last[0]) + 0.5 >= load;
            prop_assert!(carries || name == SizerName::Thresholds, "{name}: {} for {load}", last[0]);
        }
    }
}
