//! Keys as random outcomes: the key whose hash is a given word.
//!
//! `policy::hash::mix` is one to one, so a uniform key has a uniform hash, and to enumerate hashes is to enumerate
//! keys.

use policy::hash::GOLDEN;

/// The argument for which `policy::hash::mix` is `hash`.
pub(super) fn unmix(hash: u64) -> u64 {
    let x = unshift(hash, 31).wrapping_mul(inverse(0x94D0_49BB_1331_11EB));
    let x = unshift(x, 27).wrapping_mul(inverse(0xBF58_476D_1CE4_E5B9));
    unshift(x, 30).wrapping_sub(GOLDEN)
}

/// The `x` for which x ^ (x >> by) is `y`: the upper bits are those of `y`, and give the ones below.
fn unshift(y: u64, by: u32) -> u64 {
    (0..64 / by).fold(y, |x, _| y ^ (x >> by))
}

/// The inverse of an odd number modulo 2^64, by Newton's method: each step doubles the bits that are right.
fn inverse(odd: u64) -> u64 {
    (0..6).fold(odd, |x, _| {
        x.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(x)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::hash::mix;

    #[test]
    fn it_undoes_the_mix() {
        for x in (0..10_000).map(mix).chain([0, 1, u64::MAX]) {
            assert_eq!(mix(unmix(x)), x);
        }
    }
}
