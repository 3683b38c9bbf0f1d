//! How large a message may be.

/// What a peer may send. Each limit costs at most that much memory and bounds the work of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a head, from the first of its start line to the empty line that ends it.
    pub head_bytes: usize,
    /// Field lines of a head.
    pub headers: usize,
    /// Bytes of a body, without its framing.
    pub body_bytes: u64,
}

impl Limits {
    /// The part of `bytes` in which a head must end.
    #[inline]
    pub(super) fn window<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        &bytes[..bytes.len().min(self.most())]
    }

    /// Whether a head that hasn't ended in `window` never will.
    #[inline]
    pub(super) fn exhausted(&self, window: &[u8]) -> bool {
        window.len() >= self.most()
    }

    /// Spans are 32 bits wide.
    #[inline]
    fn most(&self) -> usize {
        self.head_bytes.min(u32::MAX as usize)
    }
}

impl Default for Limits {
    /// What most servers take: 64 KiB of head with 100 fields, bodies of 1 GiB.
    fn default() -> Self {
        Limits {
            head_bytes: 64 << 10,
            headers: 100,
            body_bytes: 1 << 30,
        }
    }
}
