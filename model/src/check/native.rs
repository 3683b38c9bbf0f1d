//! Real threads, many times over.

use super::Report;
use crate::property::Property;

/// Runs `property` `times` times on real threads.
///
/// # Panics
/// If it does not hold.
pub fn under_stress(property: &Property, times: u64) -> Report {
    let body = property.native.expect("real threads are to run it");
    (0..times).for_each(|_| body());
    Report {
        checker: "threads".into(),
        executions: times,
        bound: format!("{times} times"),
        exhaustive: false,
        sites: Default::default(),
    }
}
