//! Words that one process writes and others read.
//!
//! Each says something by itself and publishes nothing, so all is relaxed.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

/// Adds `n`. Not one operation: the caller is the only one who writes this word.
#[inline]
pub(super) fn add(word: &AtomicU64, n: u64) {
    word.store(word.load(Relaxed).wrapping_add(n), Relaxed);
}

/// Takes `n` off, in the same way. Never below zero: the master may have cleared what is given back.
#[inline]
pub(super) fn take(word: &AtomicU64, n: u64) {
    word.store(word.load(Relaxed).saturating_sub(n), Relaxed);
}

/// Zeros.
pub(super) fn clear(words: &[AtomicU64]) {
    for word in words {
        word.store(0, Relaxed);
    }
}
