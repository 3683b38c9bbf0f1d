//! Where something stands in a head.

use std::ops::Range;

/// A byte range inside the buffer a head was read from, relative to the head's first byte.
///
/// Spans instead of slices: a head can be kept, and reused, while its buffer is read from and moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// From byte `start` to before byte `end`. A head is shorter than 4 GiB (see `Limits::window`).
    #[inline]
    pub(super) fn new(start: usize, end: usize) -> Self {
        Span {
            start: start as u32,
            end: end as u32,
        }
    }

    /// The bytes meant, of a buffer that begins with the head. Nothing, where `bytes` is another, shorter buffer.
    #[inline]
    pub fn of<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        bytes.get(self.range()).unwrap_or_default()
    }

    /// As indices.
    #[inline]
    pub fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// How many bytes.
    #[inline]
    pub fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }
}
