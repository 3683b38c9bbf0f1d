//! What holds of every outcome, whatever was simulated.

mod any_scenario;
mod comparisons;
mod conservation;
