//! A JSON object a line. Times are in seconds; `time`, `service_time` are the names that `sim --trace` looks for.

use std::io::Write;

use super::stamp::Moment;
use super::{Entry, digits, escape};

/// Appends the line of `entry`, which arrived at this moment.
pub(super) fn line(out: &mut Vec<u8>, entry: &Entry<'_>, worker: u32, arrived: &Moment<'_>) {
    out.extend_from_slice(b"{\"time\":\"");
    arrived.rfc3339(out);
    out.extend_from_slice(b"\",\"unix_seconds\":");
    arrived.unix_seconds(out);
    out.extend_from_slice(b",\"service_time\":");
    digits::seconds(out, entry.written_service().0);
    out.extend_from_slice(b",\"response_time\":");
    digits::seconds(out, entry.response.0);
    request(out, entry);
    number(out, "status", entry.written_status());
    number(out, "bytes", entry.bytes_out);
    number(out, "bytes_in", entry.bytes_in);
    number(out, "worker", u64::from(worker));
    if let Some(backend) = entry.backend {
        text(out, "backend", backend.as_bytes());
        number(out, "attempts", u64::from(entry.attempts));
    }
    optional(out, "referer", entry.asked.referer);
    optional(out, "user_agent", entry.asked.user_agent);
    out.extend_from_slice(b"}\n");
}

fn request(out: &mut Vec<u8>, entry: &Entry<'_>) {
    // Writing to memory does not fail.
    let _ = write!(out, ",\"client\":\"{}\"", entry.asked.client);
    text(out, "method", entry.asked.method);
    text(out, "path", entry.asked.target);
    text(out, "protocol", entry.asked.protocol());
}

fn number(out: &mut Vec<u8>, key: &str, value: u64) {
    name(out, key);
    digits::integer(out, value);
}

fn optional(out: &mut Vec<u8>, key: &str, value: Option<&[u8]>) {
    if let Some(value) = value {
        text(out, key, value);
    }
}

fn text(out: &mut Vec<u8>, key: &str, value: &[u8]) {
    name(out, key);
    out.push(b'"');
    escape::json(out, value);
    out.push(b'"');
}

fn name(out: &mut Vec<u8>, key: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
}
