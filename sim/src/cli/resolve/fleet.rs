//! Who serves.

use policy::Weight;
use policy::strategy::StrategyName;
use sim::scenario::{FleetSpec, Service};
use sim::station::Discipline;
use spec::value::{Parsed, list, number, small_count};
use spec::{Failure, Table, Word};

const MOST_BACKENDS: u32 = 1_000_000;
const MOST_SERVERS: u32 = 1_000_000;
const MOST_WAITING: u32 = 1_000_000_000;
/// Relative rates further apart than this are a slip.
const SPEEDS: std::ops::RangeInclusive<f64> = 1e-6..=1e6;

const QUEUES: &[(&str, Service)] = &[
    ("fifo", Service::Queue(Discipline::Fifo)),
    ("lifo", Service::Queue(Discipline::Lifo)),
    ("ps", Service::Sharing),
];

pub(super) fn resolve(
    settings: &mut Table,
    strategies: &[StrategyName],
    notes: &mut Vec<String>,
) -> Result<FleetSpec, Failure> {
    let some = |text: &str| small_count(text, 1..=MOST_BACKENDS);
    let backends = settings.or("backends", 4, some)? as usize;
    let weights = weights(settings, strategies, notes)?;
    let speeds = speeds(settings, &weights)?;
    for (key, values) in [("weights", &weights), ("speeds", &speeds)] {
        if settings.has(key) && values.len() > backends {
            let reason = format!("these are {} {key} for {backends} backends", values.len());
            return Err(settings.refuse(key, &reason));
        }
    }
    let servers = settings.or("concurrency", 1, |text| small_count(text, 1..=MOST_SERVERS))?;
    let fifo = Word::of(Service::Queue(Discipline::Fifo), QUEUES);
    let queue = settings.or("queue", fifo, |text| Word::read(text, "a queue", QUEUES))?;
    let queue_limit =
        settings.unless_none("queue-limit", |text| small_count(text, 0..=MOST_WAITING))?;
    let cyclic = |values: &[f64]| values.iter().copied().cycle().take(backends).collect();
    Ok(FleetSpec {
        weights: cyclic(&weights),
        speeds: cyclic(&speeds),
        servers,
        queue: queue.value,
        queue_limit,
    })
}

/// What is given, else 1, else the sizes that show a weighted strategy at work.
fn weights(
    settings: &mut Table,
    strategies: &[StrategyName],
    notes: &mut Vec<String>,
) -> Result<Vec<f64>, Failure> {
    const SIZES: [f64; 4] = [1.0, 2.0, 3.0, 4.0];
    let weighs = |strategy: &StrategyName| {
        matches!(
            strategy,
            StrategyName::Weighted | StrategyName::WeightedRandom
        )
    };
    let (default, because) = if strategies.iter().any(weighs) {
        (
            SIZES.to_vec(),
            "default where weighted or weighted-random is selected",
        )
    } else {
        (vec![1.0], "default")
    };
    let given = settings.given("weights", |text| list(text, weight))?;
    let weights = given.unwrap_or(default);
    settings.record("weights", &weights, because);
    if strategies.iter().any(weighs) && weights == SIZES {
        notes.push(
            "Backends weigh 1, 2, 3, 4, cyclically, under every strategy: the default where `weighted` or \
             `weighted-random` is selected; --weights sets others."
                .to_owned(),
        );
    }
    Ok(weights)
}

/// As it will be used, to thousandths.
fn weight(text: &str) -> Parsed<f64> {
    let number = number(text, Weight::MIN.as_f64()..=Weight::MAX.as_f64())?;
    Ok(Weight::new(number).map_or(number, Weight::as_f64))
}

fn speeds(settings: &mut Table, weights: &[f64]) -> Result<Vec<f64>, Failure> {
    let speed = |text: &str| number(text, SPEEDS);
    let given = settings.given("speeds", |text| list(text, speed))?;
    let speeds = given.unwrap_or_else(|| weights.to_vec());
    settings.record("speeds", &speeds, "default: as the weights");
    Ok(speeds)
}
