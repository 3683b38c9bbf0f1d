//! The access log: a line for each request, as JSON or in Apache's combined format.
//!
//! Lines are gathered and written together, at the latest [`DELAY`] after the first of them. The file is opened for
//! appending and only whole lines are written to it, so several processes share it. Nothing waits for it: what cannot
//! be written at once is kept, up to [`MOST`] bytes, and beyond that lost and counted.
//!
//! Both formats are read by `sim --trace`: a JSON line has the arrival as `time` and the demand as `service_time`.

mod combined;
mod digits;
mod entry;
mod escape;
mod json;
mod sink;
mod stamp;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::Duration as Wait;

use policy::time::Instant;
use tokio::sync::Notify;

pub use entry::{Asked, Entry, Pending};

use crate::clock::Clock;
use crate::settings::{self, LogFormat};
use crate::stats::{Count, ProcessRow};
use sink::Sink;
use stamp::Stamp;

/// How long a line may wait for others.
const DELAY: Wait = Wait::from_millis(200);
/// How many bytes are written at the latest.
const ENOUGH: usize = 32 * 1024;
/// How many bytes are kept while they cannot be written.
const MOST: usize = 1 << 20;
/// How many buffers are kept for requests to come.
const SPARE: usize = 64;

/// The access log of one process. Clones are the same log.
#[derive(Clone)]
pub struct AccessLog(Rc<Shared>);

struct Shared {
    row: ProcessRow,
    worker: u32,
    clock: Clock,
    written_to: Notify,
    lines: RefCell<Lines>,
}

struct Lines {
    format: LogFormat,
    stamp: Stamp,
    sink: Sink,
    /// Whole lines, but for the rest of one at the front that was not taken whole.
    buffer: Vec<u8>,
    spare: Vec<Vec<u8>>,
    /// Nanoseconds from the clock that does not jump to the one on the wall.
    offset: u64,
    /// Lines lost since it last worked.
    lost: u64,
}

impl AccessLog {
    /// Opens it for `worker`.
    ///
    /// # Errors
    /// If the file cannot be opened for writing.
    pub fn open(
        options: &settings::AccessLog,
        worker: u32,
        row: ProcessRow,
        clock: Clock,
    ) -> io::Result<AccessLog> {
        let lines = Lines {
            format: options.format,
            stamp: Stamp::default(),
            sink: Sink::open(&options.path)?,
            buffer: Vec::with_capacity(ENOUGH * 2),
            spare: Vec::new(),
            offset: offset(clock),
            lost: 0,
        };
        Ok(AccessLog(Rc::new(Shared {
            row,
            worker,
            clock,
            written_to: Notify::new(),
            lines: RefCell::new(lines),
        })))
    }

    /// Remembers what is asked for until it is answered: by then its head is gone.
    pub fn begin(&self, asked: &Asked<'_>) -> Pending {
        let spare = self.0.lines.borrow_mut().spare.pop();
        Pending::new(asked, spare.unwrap_or_default())
    }

    /// Writes down a request that [`AccessLog::begin`] remembered. What it was asked for is taken from there.
    pub fn end(&self, pending: Pending, answered: &Entry<'_>) {
        self.write(&Entry {
            asked: pending.asked(),
            ..*answered
        });
        let spare = &mut self.0.lines.borrow_mut().spare;
        if spare.len() < SPARE {
            spare.push(pending.into_buffer());
        }
    }

    /// Writes down a request.
    pub fn write(&self, entry: &Entry<'_>) {
        let mut lines = self.0.lines.borrow_mut();
        let was_empty = lines.buffer.is_empty();
        if lines.buffer.len() >= MOST {
            lines.lost += 1;
            return self.0.row.counted(Count::LogLinesLost, 1);
        }
        lines.append(entry, self.0.worker);
        if lines.buffer.len() >= ENOUGH && lines.sink.is_willing() {
            lines.flush(&self.0.row);
        } else if was_empty {
            self.0.written_to.notify_one();
        }
    }

    /// Writes all that is there, as far as it goes without waiting.
    pub fn flush(&self) {
        let mut lines = self.0.lines.borrow_mut();
        lines.flush(&self.0.row);
        lines.offset = offset(self.0.clock);
    }

    /// Opens the file again by its name, for somebody may have moved it. If that fails the old one is written on.
    pub fn reopen(&self) {
        self.flush();
        let mut lines = self.0.lines.borrow_mut();
        if let Err(error) = lines.sink.reopen() {
            let path = lines.sink.path().display();
            tracing::warn!(
                "the access log {path} cannot be opened again, the old file is written on: {error}"
            );
        }
    }

    /// Writes what is there a fifth of a second after it came, for as long as it is polled.
    pub async fn keep_flushing(&self) {
        loop {
            self.0.written_to.notified().await;
            tokio::time::sleep(DELAY).await;
            self.flush();
            if !self.0.lines.borrow().buffer.is_empty() {
                self.0.written_to.notify_one();
            }
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.lines.get_mut().flush(&self.row);
    }
}

impl Lines {
    fn append(&mut self, entry: &Entry<'_>, worker: u32) {
        let Lines {
            format,
            stamp,
            buffer,
            offset,
            ..
        } = self;
        let arrived = stamp.at(entry.arrived.0.wrapping_add(*offset));
        match format {
            LogFormat::Json => json::line(buffer, entry, worker, &arrived),
            LogFormat::Combined => combined::line(buffer, entry, worker, &arrived),
        }
    }

    fn flush(&mut self, row: &ProcessRow) {
        match self.sink.write(&mut self.buffer) {
            Ok(()) => self.works_again(),
            Err(error) => self.lose(&error, row),
        }
    }

    /// What could not be written will not be either.
    fn lose(&mut self, error: &io::Error, row: &ProcessRow) {
        let lost = memchr::memchr_iter(b'\n', &self.buffer).count() as u64;
        self.buffer.clear();
        row.counted(Count::LogLinesLost, lost);
        if self.lost == 0 {
            let path = self.sink.path().display();
            tracing::warn!("the access log {path} cannot be written, lines are lost: {error}");
        }
        self.lost += lost;
    }

    fn works_again(&mut self) {
        if self.lost > 0 && self.buffer.is_empty() {
            let (path, lost) = (self.sink.path().display(), self.lost);
            tracing::info!("the access log {path} is written again; {lost} lines were lost");
            self.lost = 0;
        }
    }
}

/// From one clock to the other: of a few readings the one that was interrupted least.
fn offset(clock: Clock) -> u64 {
    let reading = |_| {
        let (Instant(before), wall, Instant(after)) = (clock.now(), clock.wall(), clock.now());
        (after - before, wall.wrapping_sub(before))
    };
    let best = (0..3).map(reading).min();
    best.map_or(0, |(_, offset)| offset)
}
