//! Sets of slots in words of 64 bits: what a bitmap does within one word, whoever owns or shares the words.

/// Bits in a word.
pub(crate) const BITS: usize = u64::BITS as usize;

/// Where a slot's bit is: index of its word, and the bit.
#[inline]
pub(crate) const fn place(slot: u32) -> (usize, u64) {
    (slot as usize / BITS, 1 << (slot as usize % BITS))
}

/// The slot of the lowest bit in `bits` of the word at `index`, if any is set.
#[inline]
pub(crate) const fn lowest(index: usize, bits: u64) -> Option<u32> {
    if bits == 0 {
        None
    } else {
        Some((index * BITS) as u32 + bits.trailing_zeros())
    }
}

/// Of `word`, the bit `from` and those above.
#[inline]
pub(crate) const fn at_or_above(word: u64, from: u64) -> u64 {
    word & !(from - 1)
}

/// `word` without its `n` lowest set bits. O(n): on the x86-64 that is shipped for, which has no instruction to
/// count bits, faster than halving by counts.
#[inline]
pub(crate) fn without_lowest(word: u64, n: u32) -> u64 {
    (0..n.min(u64::BITS)).fold(word, |rest, _| rest & rest.wrapping_sub(1))
}

/// The slots of all bits set in the word at `index`, ascending.
#[inline]
pub(crate) fn slots(index: usize, word: u64) -> impl Iterator<Item = u32> {
    std::iter::successors(Some(word), |&rest| Some(without_lowest(rest, 1)))
        .map_while(move |rest| lowest(index, rest))
}
