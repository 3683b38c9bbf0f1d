//! Apache's combined format, and after it what that has no place for, as `name=value`.

use std::io::Write;

use super::stamp::Moment;
use super::{Entry, digits, escape};

/// Appends the line of `entry`, which arrived at this moment.
pub(super) fn line(out: &mut Vec<u8>, entry: &Entry<'_>, worker: u32, arrived: &Moment<'_>) {
    // Writing to memory does not fail.
    let _ = write!(out, "{} - - [", entry.asked.client);
    arrived.common(out);
    out.extend_from_slice(b"] \"");
    escape::quoted(out, entry.asked.method);
    out.push(b' ');
    escape::quoted(out, entry.asked.target);
    out.push(b' ');
    out.extend_from_slice(entry.asked.protocol());
    out.extend_from_slice(b"\" ");
    digits::integer(out, entry.written_status());
    out.push(b' ');
    digits::integer(out, entry.bytes_out);
    quotation(out, entry.asked.referer);
    quotation(out, entry.asked.user_agent);
    more(out, entry, worker, arrived);
    out.push(b'\n');
}

fn quotation(out: &mut Vec<u8>, text: Option<&[u8]>) {
    out.extend_from_slice(b" \"");
    escape::quoted(out, text.unwrap_or(b"-"));
    out.push(b'"');
}

fn more(out: &mut Vec<u8>, entry: &Entry<'_>, worker: u32, arrived: &Moment<'_>) {
    out.extend_from_slice(b" time=");
    arrived.rfc3339(out);
    out.extend_from_slice(b" unix_seconds=");
    arrived.unix_seconds(out);
    out.extend_from_slice(b" service_time=");
    digits::seconds(out, entry.written_service().0);
    out.extend_from_slice(b" response_time=");
    digits::seconds(out, entry.response.0);
    let _ = write!(out, " bytes_in={} worker={worker}", entry.bytes_in);
    if let Some(backend) = entry.backend {
        out.extend_from_slice(b" backend=\"");
        escape::quoted(out, backend.as_bytes());
        let _ = write!(out, "\" attempts={}", entry.attempts);
    }
}
