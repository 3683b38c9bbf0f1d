//! Classes of bytes, and how far a text goes on in one.
//!
//! Long texts are looked at eight bytes at a time: one word holds the bytes, and arithmetic on the word sets the highest
//! bit of each byte that is out of class. A borrow can set the bit of a byte *above* one that is out, never below, so the
//! lowest bit set is always right (Mycroft; Warren, Hacker's Delight, 6-1).

/// A table of the bytes of which `holds` is true.
macro_rules! class {
    ($byte:ident => $holds:expr) => {{
        let mut table = [false; 256];
        let mut index = 0;
        while index < 256 {
            let $byte = index as u8;
            table[index] = $holds;
            index += 1;
        }
        table
    }};
}

/// What names of methods and fields are made of (RFC 9110, 5.6.2).
static TOKEN: [bool; 256] =
    class!(byte => byte.is_ascii_alphanumeric() || is_one_of(byte, b"!#$%&'*+-.^_`|~"));

/// What a registered name is made of, besides percent-encoded bytes (RFC 3986, 3.2.2).
static REG_NAME: [bool; 256] =
    class!(byte => byte.is_ascii_alphanumeric() || is_one_of(byte, b"-._~!$&'()*+,;="));

const fn is_one_of(byte: u8, set: &[u8]) -> bool {
    let mut index = 0;
    while index < set.len() {
        if set[index] == byte {
            return true;
        }
        index += 1;
    }
    false
}

/// How many bytes from the beginning are token characters.
#[inline(always)]
pub(super) fn token_len(bytes: &[u8]) -> usize {
    let end = bytes.iter().position(|&byte| !TOKEN[byte as usize]);
    end.unwrap_or(bytes.len())
}

/// Whether all of it is a token, which has at least one character.
#[inline(always)]
pub(super) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && token_len(bytes) == bytes.len()
}

/// How many bytes from the beginning are plain characters of a registered name.
#[inline(always)]
pub(super) fn reg_name_len(bytes: &[u8]) -> usize {
    let end = bytes.iter().position(|&byte| !REG_NAME[byte as usize]);
    end.unwrap_or(bytes.len())
}

/// How many bytes from the beginning may stand in a field value: anything but control characters other than tabs
/// (RFC 9110, 5.5).
#[inline(always)]
pub(super) fn value_len(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        at += words_within(&bytes[at..], |word| below(word, 0x20) | equal(word, 0x7f));
        match bytes.get(at) {
            Some(b'\t') => at += 1,
            Some(byte) if !byte.is_ascii_control() => at += 1,
            _ => return at,
        }
    }
}

/// How many bytes from the beginning may stand in a request target: visible ASCII but `#`.
#[inline(always)]
pub(super) fn target_len(bytes: &[u8]) -> usize {
    let out = |word| below(word, 0x21) | equal(word, 0x7f) | equal(word, b'#') | (word & HIGHS);
    let mut at = words_within(bytes, out);
    while bytes
        .get(at)
        .is_some_and(|byte| byte.is_ascii_graphic() && *byte != b'#')
    {
        at += 1;
    }
    at
}

const ONES: u64 = u64::MAX / 0xff;
const HIGHS: u64 = ONES << 7;

/// How many bytes lie before the first that `out` marks, or before the last, incomplete word.
#[inline(always)]
fn words_within(bytes: &[u8], out: impl Fn(u64) -> u64) -> usize {
    let mut at = 0;
    while let Some(word) = bytes[at..].first_chunk() {
        let marks = out(u64::from_le_bytes(*word));
        if marks != 0 {
            return at + (marks.trailing_zeros() / 8) as usize;
        }
        at += size_of::<u64>();
    }
    at
}

/// Marks the bytes less than `least`, which is at most 0x80.
#[inline(always)]
fn below(word: u64, least: u8) -> u64 {
    word.wrapping_sub(ONES * u64::from(least)) & !word & HIGHS
}

/// Marks the bytes that are `byte`.
#[inline(always)]
fn equal(word: u64, byte: u8) -> u64 {
    below(word ^ (ONES * u64::from(byte)), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each byte at each place of a text longer than a word ends it exactly if it is out of class.
    #[test]
    fn words_and_bytes_agree() {
        for place in 0..20 {
            for byte in 0..=u8::MAX {
                let mut text = [b'x'; 20];
                text[place] = byte;
                let within = byte == b'\t' || !byte.is_ascii_control();
                assert_eq!(
                    value_len(&text),
                    if within { 20 } else { place },
                    "{byte} at {place}"
                );
                let within = byte.is_ascii_graphic() && byte != b'#';
                assert_eq!(
                    target_len(&text),
                    if within { 20 } else { place },
                    "{byte} at {place}"
                );
            }
        }
    }

    /// A borrow from one byte doesn't reach those before it.
    #[test]
    fn the_first_byte_out_of_class_counts() {
        assert_eq!(value_len(b"\t\t\x80\xff abc\r\n\0\0\0"), 8);
        assert_eq!(target_len(b"/abc  /\xff\x00"), 4);
    }
}
