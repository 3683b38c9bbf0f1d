//! What is known exactly. Unit-mean service, unless said otherwise; T is the time in the system, W the wait.

mod birth_death;
mod breakdowns;
mod bursts;
mod chain;
mod erlang;
mod impatience;
mod pair;
mod ranks;
mod renewal;

pub use birth_death::{BirthDeath, bounded_queue, machine_repair};
pub use breakdowns::Breakdowns;
pub use bursts::Bursts;
pub use erlang::ErlangC;
pub use impatience::Impatience;
pub use pair::Pair;
pub use ranks::{Choice, Ranks, State, join_idle, shortest, two_choices, two_with_replacement};
pub use renewal::{even_sigma, round_robin_sigma};

/// Pollaczek and Khinchine: the mean wait in M/G/1, first come, first served, for a squared coefficient of
/// variation `scv` of the service.
pub fn pollaczek_khinchine(load: f64, scv: f64) -> f64 {
    load * (1.0 + scv) / (2.0 * (1.0 - load))
}
