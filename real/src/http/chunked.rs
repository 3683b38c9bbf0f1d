//! The chunked transfer coding (RFC 9112, 7.1), in the direction of reading.

use super::trailers::Trailers;
use super::{Piece, Refused};

/// A 64-bit size. Longer ones are refused, leading zeros or not.
const MOST_DIGITS: u8 = 16;
/// Of all chunk extensions of a body.
const MOST_EXTENSION_BYTES: u32 = 16 << 10;

/// Reads chunks.
#[derive(Clone, Debug, Default)]
pub(super) struct ChunkedReader {
    state: State,
    extension_bytes: u32,
    trailers: Trailers,
}

/// What comes next.
#[derive(Clone, Copy, Debug)]
enum State {
    /// A digit of a chunk's size, or what ends it.
    Size { value: u64, digits: u8 },
    /// The rest of a chunk extension.
    Extension { size: u64 },
    /// The LF that ends the line of a size.
    SizeEnd { size: u64 },
    /// So many bytes of data.
    Data { left: u64 },
    /// The CR behind data.
    DataCr,
    /// The LF behind it.
    DataLf,
    /// Fields, or the empty line.
    Trailers,
    /// The next message.
    Done,
}

impl Default for State {
    fn default() -> Self {
        State::Size {
            value: 0,
            digits: 0,
        }
    }
}

impl ChunkedReader {
    /// Reads up to the end of the next data. A chunk of more than `room` bytes is refused when its size is read.
    #[inline]
    pub(super) fn read(&mut self, input: &[u8], room: u64) -> Result<Piece, Refused> {
        let mut at = 0;
        loop {
            match self.state {
                State::Done => return Ok(self.piece(at, at)),
                State::Data { left } if left > room => return Err(Refused::BodyTooLong),
                _ if at == input.len() => return Ok(self.piece(at, at)),
                State::Data { left } => {
                    let end = at + self.take(left, input.len() - at);
                    return Ok(self.piece(at, end));
                }
                State::Trailers => at += self.read_trailers(&input[at..])?,
                State::Extension { size } => at += self.skip_extension(size, &input[at..])?,
                state => {
                    self.state = after(state, input[at])?;
                    at += 1;
                }
            }
        }
    }

    fn piece(&self, begin: usize, end: usize) -> Piece {
        Piece {
            consumed: end,
            data: begin..end,
            done: self.is_done(),
        }
    }

    /// Takes as many of the `left` bytes as there are.
    fn take(&mut self, left: u64, available: usize) -> usize {
        let len = available.min(usize::try_from(left).unwrap_or(usize::MAX));
        self.state = match left - len as u64 {
            0 => State::DataCr,
            left => State::Data { left },
        };
        len
    }

    /// Extensions mean something only to those who agreed on them, and are no part of the content (RFC 9112, 7.1.1).
    fn skip_extension(&mut self, size: u64, input: &[u8]) -> Result<usize, Refused> {
        let room = (MOST_EXTENSION_BYTES - self.extension_bytes) as usize;
        let len = super::token::value_len(&input[..input.len().min(room)]);
        self.extension_bytes += len as u32;
        match input.get(len) {
            None => Ok(len),
            Some(b'\r') => {
                self.state = State::SizeEnd { size };
                Ok(len + 1)
            }
            Some(_) if len == room => Err(Refused::ChunkExtensionsTooLong),
            Some(_) => Err(Refused::ChunkExtensionInvalid),
        }
    }

    fn read_trailers(&mut self, input: &[u8]) -> Result<usize, Refused> {
        let (consumed, done) = self.trailers.read(input)?;
        if done {
            self.state = State::Done;
        }
        Ok(consumed)
    }

    #[inline]
    pub(super) fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    pub(super) fn trailers(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.trailers.iter()
    }
}

/// What comes after `byte`, where framing is read byte by byte.
#[inline]
fn after(state: State, byte: u8) -> Result<State, Refused> {
    match (state, byte) {
        (State::Size { value, digits }, _) => after_size(value, digits, byte),
        (State::SizeEnd { size: 0 }, b'\n') => Ok(State::Trailers),
        (State::SizeEnd { size }, b'\n') => Ok(State::Data { left: size }),
        (State::SizeEnd { .. }, _) => Err(Refused::BareCarriageReturn),
        (State::DataCr, b'\r') => Ok(State::DataLf),
        (State::DataLf, b'\n') => Ok(State::default()),
        _ => Err(Refused::ChunkEndMissing),
    }
}

#[inline]
fn after_size(value: u64, digits: u8, byte: u8) -> Result<State, Refused> {
    match byte {
        b'\r' if digits > 0 => Ok(State::SizeEnd { size: value }),
        b';' if digits > 0 => Ok(State::Extension { size: value }),
        b'0'..=b'9' => more_size(value, digits, byte - b'0'),
        b'a'..=b'f' | b'A'..=b'F' => more_size(value, digits, (byte | 0x20) - b'a' + 10),
        _ => Err(Refused::ChunkSizeInvalid),
    }
}

#[inline]
fn more_size(value: u64, digits: u8, digit: u8) -> Result<State, Refused> {
    if digits == MOST_DIGITS {
        return Err(Refused::ChunkSizeOverflow);
    }
    Ok(State::Size {
        value: value << 4 | u64::from(digit),
        digits: digits + 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The data and what is left behind the body.
    fn read(input: &[u8], room: u64) -> Result<(Vec<u8>, usize), Refused> {
        let (mut reader, mut data, mut at) = (ChunkedReader::default(), Vec::new(), 0);
        loop {
            let piece = reader.read(&input[at..], room - data.len() as u64)?;
            data.extend_from_slice(&input[at..][piece.data.clone()]);
            at += piece.consumed;
            if piece.done || piece.data.is_empty() {
                assert!(piece.done, "unfinished");
                return Ok((data, input.len() - at));
            }
        }
    }

    #[test]
    fn chunks_are_joined_and_the_next_message_is_left() {
        let body = b"4\r\nWiki\r\n6;a=\"b\"\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\n\r\nGET";
        assert_eq!(
            read(body, 100),
            Ok((b"Wikipedia in \r\n\r\nchunks.".to_vec(), 3))
        );
    }

    #[test]
    fn what_isnt_a_chunk_is_refused() {
        for (input, why) in [
            (&b"\r\n"[..], Refused::ChunkSizeInvalid),
            (b"0x5\r\n", Refused::ChunkSizeInvalid),
            (b"+5\r\n", Refused::ChunkSizeInvalid),
            (b" 5\r\n", Refused::ChunkSizeInvalid),
            (b"5 \r\n", Refused::ChunkSizeInvalid),
            (b";a\r\n", Refused::ChunkSizeInvalid),
            (b"5\n", Refused::ChunkSizeInvalid),
            (b"5\rX", Refused::BareCarriageReturn),
            (b"00000000000000001\r\n", Refused::ChunkSizeOverflow),
            (b"5;a\nb", Refused::ChunkExtensionInvalid),
            (b"5;a\rb", Refused::BareCarriageReturn),
            (b"3\r\nabcd", Refused::ChunkEndMissing),
            (b"3\r\nabc\n", Refused::ChunkEndMissing),
            (b"3\r\nabc\rX", Refused::ChunkEndMissing),
            (b"65\r\n", Refused::BodyTooLong),
            (b"ffffffffffffffff\r\n", Refused::BodyTooLong),
        ] {
            assert_eq!(read(input, 100), Err(why), "{}", input.escape_ascii());
        }
    }

    #[test]
    fn extensions_are_limited_over_the_whole_body() {
        let chunk = [&b"1;"[..], &[b'x'; 1000], b"\r\na\r\n"].concat();
        let few = [chunk.repeat(16).as_slice(), b"0\r\n\r\n"].concat();
        assert_eq!(read(&few, 100), Ok((vec![b'a'; 16], 0)));
        assert_eq!(
            read(&chunk.repeat(17), 100),
            Err(Refused::ChunkExtensionsTooLong)
        );
    }
}
