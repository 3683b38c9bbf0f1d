//! Real threads, many times over.

use super::Report;
use crate::property::Property;

pub(super) fn check(property: &Property, times: u64) -> Report {
    let body = property.native.expect("real threads are to run it");
    (0..times).for_each(|_| body());
    Report {
        executions: times,
        ..Report::default()
    }
}
