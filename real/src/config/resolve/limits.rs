//! What one client may do.

use policy::time::Duration;
use spec::value::{count, duration, or_none, small_count};
use spec::{Failure, Table};

use crate::config::value::{Bytes, bytes};
use crate::settings::Limits;

/// A request line has to fit.
const LEAST_HEAD: u64 = 256;
/// Heads are kept in memory, and positions in them in 32 bits.
const MOST_HEAD: u64 = 1 << 20;
const MOST_HEADERS: u32 = 10_000;
const MOST_BODY: u64 = 1 << 62;
pub(super) const MOST_CONNECTIONS: u32 = 1_000_000;

pub(super) fn resolve(given: &mut Table) -> Result<Limits, Failure> {
    let head = given.or("max-head", Bytes(16 << 10), |text| {
        bytes(text, LEAST_HEAD..=MOST_HEAD)
    })?;
    let headers = given.or("max-headers", 100, |text| {
        small_count(text, 1..=MOST_HEADERS)
    })?;
    let body = given.or("max-body", Some(Bytes(64 << 20)), |text| {
        or_none(text, |text| bytes(text, 0..=MOST_BODY))
    })?;
    let mut within =
        |key, milliseconds| given.or(key, Duration::from_millis(milliseconds), duration);
    Ok(Limits {
        head_bytes: head.0 as usize,
        headers: headers as usize,
        body_bytes: body.map_or(u64::MAX, |size| size.0),
        head_timeout: within("head-timeout", 10_000)?,
        idle_timeout: within("idle-timeout", 60_000)?,
        stall_timeout: within("stall-timeout", 30_000)?,
        request_timeout: within("request-timeout", 300_000)?,
        connections: given.or("max-connections", 16_384, |text| {
            small_count(text, 1..=MOST_CONNECTIONS)
        })?,
        requests_per_connection: given.or("requests-per-connection", None, |text| {
            or_none(text, |text| count(text, 1..=u64::MAX))
        })?,
    })
}
