//! The table for bodies in chunks, and bodies in pieces.

use real::http::{BodyReader, Framing, Refused};

use crate::dice::Dice;

/// What a body in chunks comes to: its data and trailers, or why it is refused.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) section: &'static str,
    pub(crate) bytes: &'static [u8],
    pub(crate) verdict: Result<(&'static [u8], usize), Refused>,
}

pub(crate) const ROWS: &[Row] = &[
    Row {
        name: "chunks",
        section: "9112 7.1",
        bytes: b"4\r\nWiki\r\n5\r\npedia\r\n0\r\n\r\n",
        verdict: Ok((b"Wikipedia", 0)),
    },
    Row {
        name: "no data",
        section: "9112 7.1",
        bytes: b"0\r\n\r\n",
        verdict: Ok((b"", 0)),
    },
    Row {
        name: "sizes in both cases, with leading zeros",
        section: "9112 7.1: 1*HEXDIG",
        bytes: b"00a\r\n0123456789\r\nA\r\n0123456789\r\n000\r\n\r\n",
        verdict: Ok((b"01234567890123456789", 0)),
    },
    Row {
        name: "extensions",
        section: "9112 7.1.1: ignored",
        bytes: b"1;a\r\nx\r\n1;a=b;c=\"d\t\x80\"\r\ny\r\n0; z\r\n\r\n",
        verdict: Ok((b"xy", 0)),
    },
    Row {
        name: "trailers",
        section: "9112 7.1.2",
        bytes: b"1\r\nx\r\n0\r\nDigest: y\r\nServer-Timing:\t z \r\n\r\n",
        verdict: Ok((b"x", 2)),
    },
    Row {
        name: "data that look like framing",
        section: "9112 7.1",
        bytes: b"7\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n",
        verdict: Ok((b"0\r\n\r\n\r\n", 0)),
    },
    Row {
        name: "a size without digits",
        section: "9112 7.1",
        bytes: b"\r\nx\r\n",
        verdict: Err(Refused::ChunkSizeInvalid),
    },
    Row {
        name: "a size with 0x",
        section: "9112 7.1",
        bytes: b"0x1\r\nx\r\n",
        verdict: Err(Refused::ChunkSizeInvalid),
    },
    Row {
        name: "a size with a sign",
        section: "9112 7.1",
        bytes: b"+1\r\nx\r\n",
        verdict: Err(Refused::ChunkSizeInvalid),
    },
    Row {
        name: "a negative size",
        section: "9112 7.1",
        bytes: b"-1\r\nx\r\n",
        verdict: Err(Refused::ChunkSizeInvalid),
    },
    Row {
        name: "a space before a size",
        section: "9112 7.1",
        bytes: b" 1\r\nx\r\n",
        verdict: Err(Refused::ChunkSizeInvalid),
    },
    Row {
        name: "a space behind a size",
        section: "9112 7.1",
        bytes: b"1 \r\nx\r\n",
        verdict: Err(Refused::ChunkSizeInvalid),
    },
    Row {
        name: "a space before an extension",
        section: "9112 7.1.1: BWS, which may be refused",
        bytes: b"1 ;a\r\nx\r\n",
        verdict: Err(Refused::ChunkSizeInvalid),
    },
    Row {
        name: "an underscore in a size",
        section: "9112 7.1",
        bytes: b"1_0\r\nx\r\n",
        verdict: Err(Refused::ChunkSizeInvalid),
    },
    Row {
        name: "a size above 64 bits",
        section: "9112 7.1: recipients must expect it",
        bytes: b"10000000000000001\r\nx\r\n",
        verdict: Err(Refused::ChunkSizeOverflow),
    },
    Row {
        name: "a bare LF behind a size",
        section: "9112 2.2, 7.1",
        bytes: b"1\nx\r\n",
        verdict: Err(Refused::ChunkSizeInvalid),
    },
    Row {
        name: "a bare CR behind a size",
        section: "9112 2.2, 7.1",
        bytes: b"1\rx\r\n",
        verdict: Err(Refused::BareCarriageReturn),
    },
    Row {
        name: "a bare LF in an extension",
        section: "9112 7.1.1",
        bytes: b"1;a\nx\r\n0\r\n\r\n",
        verdict: Err(Refused::ChunkExtensionInvalid),
    },
    Row {
        name: "a bare CR in an extension",
        section: "9112 7.1.1",
        bytes: b"1;a\rb\r\nx\r\n0\r\n\r\n",
        verdict: Err(Refused::BareCarriageReturn),
    },
    Row {
        name: "NUL in an extension",
        section: "9112 7.1.1",
        bytes: b"1;\0\r\nx\r\n0\r\n\r\n",
        verdict: Err(Refused::ChunkExtensionInvalid),
    },
    Row {
        name: "more data than the size says",
        section: "9112 7.1",
        bytes: b"1\r\nxy\r\n0\r\n\r\n",
        verdict: Err(Refused::ChunkEndMissing),
    },
    Row {
        name: "a bare LF behind data",
        section: "9112 7.1",
        bytes: b"1\r\nx\n0\r\n\r\n",
        verdict: Err(Refused::ChunkEndMissing),
    },
    Row {
        name: "a bare CR behind data",
        section: "9112 7.1",
        bytes: b"1\r\nx\r0\r\n\r\n",
        verdict: Err(Refused::ChunkEndMissing),
    },
    Row {
        name: "a bare LF in place of the empty line",
        section: "9112 2.2",
        bytes: b"0\r\n\n",
        verdict: Err(Refused::BareLineFeed),
    },
    Row {
        name: "a length among the trailers",
        section: "9110 6.5.1",
        bytes: b"0\r\nContent-Length: 5\r\n\r\n",
        verdict: Err(Refused::TrailerForbidden),
    },
    Row {
        name: "a coding among the trailers",
        section: "9110 6.5.1",
        bytes: b"0\r\ntransfer-encoding: chunked\r\n\r\n",
        verdict: Err(Refused::TrailerForbidden),
    },
    Row {
        name: "a host among the trailers",
        section: "9110 6.5.1",
        bytes: b"0\r\nHost: b\r\n\r\n",
        verdict: Err(Refused::TrailerForbidden),
    },
    Row {
        name: "a folded trailer",
        section: "9112 5.2",
        bytes: b"0\r\na: b\r\n c\r\n\r\n",
        verdict: Err(Refused::ObsoleteFold),
    },
    Row {
        name: "a request in place of trailers",
        section: "9112 7.1.2",
        bytes: b"0\r\nGET / HTTP/1.1\r\n\r\n",
        verdict: Err(Refused::SpaceBeforeColon),
    },
    Row {
        name: "data above the limit",
        section: "9110 15.5.14: 413",
        bytes: b"41\r\n",
        verdict: Err(Refused::BodyTooLong),
    },
    Row {
        name: "data above the limit, together",
        section: "9110 15.5.14: 413",
        bytes: b"3f\r\n0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\r\n2\r\n",
        verdict: Err(Refused::BodyTooLong),
    },
];

/// How many bytes of data are allowed here.
const MOST: u64 = 64;

/// A body that was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Body {
    pub(crate) data: Vec<u8>,
    pub(crate) trailers: Vec<(Vec<u8>, Vec<u8>)>,
    pub(crate) len: usize,
}

/// Reads a body whose input comes in pieces; `None` if it doesn't end. `bytes` may go on behind it.
pub(crate) fn read(
    framing: Framing,
    limit: u64,
    bytes: &[u8],
    mut step: impl FnMut() -> usize,
) -> Result<Option<Body>, Refused> {
    let (mut reader, mut body) = (BodyReader::new(framing, limit), Body::default());
    let mut end = 0;
    loop {
        let piece = reader.read(&bytes[body.len..end])?;
        body.data
            .extend_from_slice(&bytes[body.len..end][piece.data.clone()]);
        assert!(piece.data.end <= piece.consumed);
        body.len += piece.consumed;
        if piece.done {
            assert!(reader.is_done());
            let owned = |(name, value): (&[u8], &[u8])| (name.to_vec(), value.to_vec());
            body.trailers = reader.trailers().map(owned).collect();
            return Ok(Some(body));
        }
        if piece.data.is_empty() {
            if end == bytes.len() {
                return Ok(None);
            }
            end = bytes.len().min(end + step());
        }
    }
}

#[test]
fn every_body_comes_to_what_the_table_says() {
    for row in ROWS {
        let at_once = read(Framing::Chunked, MOST, row.bytes, || usize::MAX >> 1);
        let found = at_once.as_ref().map(|body| {
            let body = body.as_ref().expect(row.name);
            (body.data.as_slice(), body.trailers.len())
        });
        assert_eq!(
            found,
            row.verdict
                .as_ref()
                .map(|(data, trailers)| (*data, *trailers)),
            "{} ({})",
            row.name,
            row.section
        );
        let byte_by_byte = read(Framing::Chunked, MOST, row.bytes, || 1);
        assert_eq!(at_once, byte_by_byte, "{}", row.name);
    }
}

/// Bodies that are valid, and the same with bytes changed: however they are cut, they come to the same.
#[test]
fn a_body_in_pieces_comes_to_the_same_as_at_once() {
    for seed in 0..100_000 {
        let mut dice = Dice::new(seed);
        let mut bytes = dice.one_of(ROWS).bytes.to_vec();
        for _ in 0..dice.below(3) {
            let at = dice.below(bytes.len());
            bytes[at] = dice.one_of(b"\r\n;01f \0x:");
        }
        let at_once = read(Framing::Chunked, MOST, &bytes, || usize::MAX >> 1);
        let in_pieces = read(Framing::Chunked, MOST, &bytes, || dice.between(1, 9));
        assert_eq!(at_once, in_pieces, "seed {seed}: {}", bytes.escape_ascii());
    }
}

/// Anything at all: it ends, without a panic, and takes no more than there is.
#[test]
fn noise_is_read_to_an_end() {
    for seed in 0..100_000 {
        let mut dice = Dice::new(seed);
        let bytes = dice.text(b"\r\n;0123aF xX:\0", 0, 60);
        let framing = dice.one_of(&[
            Framing::Chunked,
            Framing::Length(30),
            Framing::Close,
            Framing::None,
        ]);
        if let Ok(Some(body)) = read(framing, MOST, &bytes, || dice.between(1, 9)) {
            assert!(
                body.len <= bytes.len() && body.data.len() <= body.len,
                "seed {seed}"
            );
        }
    }
}
