//! What was read from a connection and not used yet, and the memory for it.
//!
//! A connection that waits for its next request holds no memory: it takes some when bytes are there to be read. Ten
//! thousand idle connections then cost their tasks, and busy ones find warm memory.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

/// The usual buffer, in bytes: a head of ordinary size, or a piece of a body.
pub const USUAL: usize = 16 * 1024;
/// How many are kept for the next who needs one.
const KEPT: usize = 64;

/// Memory that was used before, for one worker's connections.
#[derive(Debug, Default)]
pub struct Memory {
    free: RefCell<Vec<Box<[u8]>>>,
}

impl Memory {
    fn take(&self) -> Box<[u8]> {
        let kept = self.free.borrow_mut().pop();
        kept.unwrap_or_else(|| vec![0; USUAL].into_boxed_slice())
    }

    fn give(&self, bytes: Box<[u8]>) {
        let mut free = self.free.borrow_mut();
        if bytes.len() == USUAL && free.len() < KEPT {
            free.push(bytes);
        }
    }
}

/// Bytes read and not used. Empty, it holds no memory.
#[derive(Debug, Default)]
pub struct Buffer {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Buffer {
    /// What is unread.
    #[inline]
    pub fn filled(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Whether nothing is unread.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// The first `n` bytes were used.
    #[inline]
    pub fn consume(&mut self, n: usize) {
        debug_assert!(n <= self.end - self.start);
        self.start += n;
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
    }

    /// Gives the memory back if nothing is unread.
    pub fn release(&mut self, memory: &Memory) {
        if self.is_empty() && !self.bytes.is_empty() {
            memory.give(std::mem::take(&mut self.bytes));
        }
    }

    /// Reads once from `stream`; the number of bytes, 0 at the stream's end. Grows if full: whoever reads bounds what is
    /// unread. While nothing is there to be read, an empty buffer holds no memory.
    pub fn poll_fill<T: AsyncRead + Unpin>(
        &mut self,
        stream: &mut T,
        memory: &Memory,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        self.make_room(memory);
        let mut room = ReadBuf::new(&mut self.bytes[self.end..]);
        let polled = Pin::new(stream).poll_read(cx, &mut room);
        let read = room.filled().len();
        if polled.is_pending() {
            self.release(memory);
        }
        ready!(polled)?;
        self.end += read;
        Poll::Ready(Ok(read))
    }

    fn make_room(&mut self, memory: &Memory) {
        if self.bytes.is_empty() {
            self.bytes = memory.take();
        }
        if self.end < self.bytes.len() {
            return;
        }
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        } else {
            let mut longer = std::mem::take(&mut self.bytes).into_vec();
            longer.resize(longer.len() * 2, 0);
            self.bytes = longer.into_boxed_slice();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    fn fill(buffer: &mut Buffer, from: &mut &[u8], memory: &Memory) -> usize {
        let mut cx = Context::from_waker(Waker::noop());
        match buffer.poll_fill(from, memory, &mut cx) {
            Poll::Ready(read) => read.unwrap(),
            Poll::Pending => unreachable!("a slice is always ready"),
        }
    }

    #[test]
    fn what_is_read_comes_in_order_however_it_is_used() {
        let source: Vec<u8> = (0..200_000u32).map(|i| (i % 251) as u8).collect();
        let (memory, mut buffer, mut from) = (Memory::default(), Buffer::default(), &source[..]);
        let mut seen = Vec::new();
        for step in 0.. {
            let read = fill(&mut buffer, &mut from, &memory);
            let there = buffer.filled().len();
            let used = if read == 0 {
                there
            } else {
                there * (step % 4) / 3
            };
            seen.extend_from_slice(&buffer.filled()[..used]);
            buffer.consume(used);
            if read == 0 {
                break;
            }
        }
        assert!(seen == source);
    }

    #[test]
    fn an_empty_buffer_gives_its_memory_to_the_next() {
        let memory = Memory::default();
        let mut buffer = Buffer::default();
        fill(&mut buffer, &mut &b"abc"[..], &memory);
        buffer.release(&memory);
        assert_eq!(buffer.filled(), b"abc");
        buffer.consume(3);
        buffer.release(&memory);
        assert!(buffer.bytes.is_empty());
        assert_eq!(memory.free.borrow().len(), 1);
    }
}
