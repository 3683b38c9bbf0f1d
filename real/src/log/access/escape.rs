//! What clients send, made harmless: no byte of theirs ends a line or a quotation, or moves a terminal's cursor.

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends `text` for the inside of a JSON string. What is no UTF-8 becomes U+FFFD, for JSON has nothing else.
pub(super) fn json(out: &mut Vec<u8>, text: &[u8]) {
    for chunk in text.utf8_chunks() {
        escaped(
            out,
            chunk.valid().as_bytes(),
            is_special,
            |out, byte| match byte {
                b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
                _ => hex(out, b"\\u00", byte),
            },
        );
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
}

/// Appends `text` for the inside of a quotation, as Apache and nginx do.
pub(super) fn quoted(out: &mut Vec<u8>, text: &[u8]) {
    let special = |byte| is_special(byte) || byte >= 0x80;
    escaped(out, text, special, |out, byte| match byte {
        b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
        _ => hex(out, b"\\x", byte),
    });
}

fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == 0x7f || byte == b'"' || byte == b'\\'
}

/// Appends `text`, runs of plain bytes at once and each special byte by `escape`.
fn escaped(
    out: &mut Vec<u8>,
    mut text: &[u8],
    special: impl Fn(u8) -> bool,
    escape: impl Fn(&mut Vec<u8>, u8),
) {
    while let Some(at) = text.iter().position(|&byte| special(byte)) {
        out.extend_from_slice(&text[..at]);
        escape(out, text[at]);
        text = &text[at + 1..];
    }
    out.extend_from_slice(text);
}

fn hex(out: &mut Vec<u8>, prefix: &[u8], byte: u8) {
    out.extend_from_slice(prefix);
    let digits = [byte >> 4, byte & 15].map(|digit| HEX[usize::from(digit)]);
    out.extend_from_slice(&digits);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn json_is_read_back(text in prop::collection::vec(any::<u8>(), 0..60)) {
            let mut out = b"\"".to_vec();
            json(&mut out, &text);
            out.push(b'"');
            prop_assert!(out.iter().all(|&byte| byte >= 0x20 && byte != 0x7f));
            let read: String = serde_json::from_slice(&out).unwrap();
            prop_assert_eq!(read, String::from_utf8_lossy(&text));
        }

        #[test]
        fn a_quotation_stays_closed(text in prop::collection::vec(any::<u8>(), 0..60)) {
            let mut out = Vec::new();
            quoted(&mut out, &text);
            prop_assert!(out.iter().all(|&byte| (0x20..0x7f).contains(&byte)));
            let mut escaped = false;
            for &byte in &out {
                prop_assert!(byte != b'"' || escaped);
                escaped = byte == b'\\' && !escaped;
            }
            prop_assert!(!escaped);
        }
    }
}
