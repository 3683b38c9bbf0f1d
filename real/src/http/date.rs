//! The `Date` field, written once a second.

use std::io::Write;
use std::time::{Duration, UNIX_EPOCH};

const BEGIN: &[u8; 6] = b"date: ";
const LEN: usize = BEGIN.len() + "Sun, 06 Nov 1994 08:49:37 GMT\r\n".len();
/// The end of the year 9999: the format has four digits for years.
const LAST_SECOND: u64 = 253_402_300_799;

/// The line `date: ...` of the current second. Writing it anew costs more than the rest of a small head.
#[derive(Clone, Debug)]
pub struct DateCache {
    second: u64,
    line: [u8; LEN],
}

impl DateCache {
    /// At a time of day, as the time since 1970-01-01 00:00 UTC.
    pub fn new(since_epoch: Duration) -> Self {
        let second = since_epoch.as_secs().min(LAST_SECOND);
        DateCache {
            second,
            line: write(second),
        }
    }

    /// Sets the time of day. Within the same second that is one comparison.
    #[inline]
    pub fn set(&mut self, since_epoch: Duration) {
        if since_epoch.as_secs() != self.second {
            *self = DateCache::new(since_epoch);
        }
    }

    /// The whole field line, with CR LF.
    #[inline]
    pub fn line(&self) -> &[u8] {
        &self.line
    }
}

fn write(second: u64) -> [u8; LEN] {
    let mut line = [b' '; LEN];
    line[..BEGIN.len()].copy_from_slice(BEGIN);
    let date = httpdate::HttpDate::from(UNIX_EPOCH + Duration::from_secs(second));
    write!(&mut line[BEGIN.len()..], "{date}\r\n").expect("a date has one length");
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_of_the_rfc() {
        let mut cache = DateCache::new(Duration::ZERO);
        assert_eq!(cache.line(), b"date: Thu, 01 Jan 1970 00:00:00 GMT\r\n");
        cache.set(Duration::from_millis(784_111_777_999));
        assert_eq!(cache.line(), b"date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
        cache.set(Duration::MAX);
        assert_eq!(cache.line(), b"date: Fri, 31 Dec 9999 23:59:59 GMT\r\n");
    }
}
