//! CRC-32C (Castagnoli; RFC 3720, B.4). A header has some dozen bytes and a connection one header: bit by bit will do.

/// Of the bytes of `parts`, one behind the other.
pub(super) fn crc32c<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> u32 {
    let bytes = parts.into_iter().flatten();
    !bytes.fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| step(crc))
    })
}

fn step(crc: u32) -> u32 {
    const REVERSED_POLYNOMIAL: u32 = 0x82f6_3b78;
    (crc >> 1) ^ (REVERSED_POLYNOMIAL * (crc & 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_rfc() {
        assert_eq!(crc32c([&[0; 32][..]]), 0x8a91_36aa);
        assert_eq!(crc32c([&[0xff; 16][..], &[0xff; 16][..]]), 0x62a8_ab43);
        assert_eq!(crc32c([&b"123456789"[..]]), 0xe306_9283);
    }
}
