//! PROXY headers, whole, spoiled and in pieces.

use real::http::Refused;
use real::http::proxy_protocol::{Header, LONGEST, parse};

use crate::dice::Dice;

/// A valid header of either version.
fn any(dice: &mut Dice) -> Vec<u8> {
    match dice.below(4) {
        0 => b"PROXY TCP4 192.0.2.1 198.51.100.1 51234 443\r\n".to_vec(),
        1 => b"PROXY TCP6 2001:db8::1 ::1 1 65535\r\n".to_vec(),
        2 => b"PROXY UNKNOWN\r\n".to_vec(),
        _ => binary(dice),
    }
}

fn binary(dice: &mut Dice) -> Vec<u8> {
    let (command, family, addresses) = dice.one_of(&[
        (0x21, 0x11, 12),
        (0x21, 0x21, 36),
        (0x21, 0, 0),
        (0x20, 0, 3),
        (0x21, 0x31, 216),
    ]);
    let mut rest: Vec<u8> = (0..addresses).map(|_| dice.byte()).collect();
    if command == 0x21 {
        for kind in [1, 2, 5] {
            let len = dice.below(30);
            rest.extend_from_slice(&[kind, 0, len as u8]);
            rest.extend((0..len).map(|_| b'x'));
        }
    }
    let len = (rest.len() as u16).to_be_bytes();
    [
        &b"\r\n\r\n\0\r\nQUIT\n"[..],
        &[command, family],
        &len,
        &rest,
    ]
    .concat()
}

/// The first verdict on ever longer beginnings.
fn byte_by_byte(bytes: &[u8]) -> Result<Option<Header>, Refused> {
    let mut verdicts = (1..=bytes.len()).map(|len| parse(&bytes[..len]));
    verdicts
        .find(|verdict| *verdict != Ok(None))
        .unwrap_or(Ok(None))
}

#[test]
fn valid_headers_are_read_whatever_follows() {
    for seed in 0..20_000 {
        let mut dice = Dice::new(seed);
        let header = any(&mut dice);
        let bytes = [&header[..], b"GET / HTTP/1.1\r\n"].concat();
        let found = parse(&bytes).expect("valid").expect("complete");
        assert_eq!(found.len, header.len(), "seed {seed}");
        assert_eq!(byte_by_byte(&bytes), Ok(Some(found)), "seed {seed}");
    }
}

#[test]
fn spoiled_headers_come_to_the_same_however_they_come() {
    for seed in 0..100_000 {
        let mut dice = Dice::new(seed);
        let mut bytes = any(&mut dice);
        for _ in 0..dice.between(1, 3) {
            let at = dice.below(bytes.len());
            bytes[at] = if dice.one_in(2) {
                dice.byte()
            } else {
                dice.one_of(b" .:09\r\n\x20\x21")
            };
        }
        let at_once = parse(&bytes);
        assert_eq!(
            byte_by_byte(&bytes),
            at_once,
            "seed {seed}: {}",
            bytes.escape_ascii()
        );
        if let Ok(Some(header)) = at_once {
            assert!(header.len <= bytes.len().min(LONGEST), "seed {seed}");
        }
    }
}
