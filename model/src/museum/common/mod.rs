//! What several exhibits are about: the traits their properties are written over, and ours behind each.

use std::sync::atomic::Ordering::{AcqRel, Acquire};

use policy::shared::Atomic;

pub(super) mod board;
pub(super) mod breaker;
pub(super) mod chooser;
pub(super) mod pool;
pub(super) mod table;

/// A swap that fails only with a reason: what the systems use, or the bug shown would be another one.
pub(super) fn compare_exchange(word: &impl Atomic, current: u64, new: u64) -> Result<u64, u64> {
    loop {
        match word.compare_exchange_weak(current, new, AcqRel, Acquire) {
            Err(found) if found == current => {}
            result => return result,
        }
    }
}
