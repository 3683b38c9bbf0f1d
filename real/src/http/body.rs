//! Reading a body piece by piece (RFC 9112, 6 and 7).

use std::ops::Range;

use super::chunked::ChunkedReader;
use super::{Framing, Refused};

/// Reads a body off the input: says which bytes are data, and how many were its framing. Never looks behind the body's end.
#[derive(Clone, Debug)]
pub struct BodyReader {
    state: State,
    /// How many more bytes of data may come.
    room: u64,
}

#[derive(Clone, Debug)]
enum State {
    /// Of so many bytes.
    Length(u64),
    /// Boxed: most messages have no chunks.
    Chunked(Box<ChunkedReader>),
    /// Until the connection ends.
    Close,
}

/// What one call has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// How many bytes of the input were read; they aren't needed again.
    pub consumed: usize,
    /// Which of them are data. If none are, and the body isn't done, more input is needed.
    pub data: Range<usize>,
    /// Whether the body has ended.
    pub done: bool,
}

impl BodyReader {
    /// For a body with this framing, of at most `limit` bytes.
    #[inline]
    pub fn new(framing: Framing, limit: u64) -> Self {
        let state = match framing {
            Framing::None => State::Length(0),
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::Chunked(Box::default()),
            Framing::Close => State::Close,
        };
        BodyReader { state, room: limit }
    }

    /// Reads the next data at the beginning of `input`, if there are any: at most one range a call, so call again with
    /// what is left.
    #[inline]
    pub fn read(&mut self, input: &[u8]) -> Result<Piece, Refused> {
        let piece = match &mut self.state {
            State::Chunked(chunks) => chunks.read(input, self.room)?,
            State::Length(left) if *left > self.room => return Err(Refused::BodyTooLong),
            State::Length(left) => {
                let len = input
                    .len()
                    .min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= len as u64;
                plain(len, *left == 0)
            }
            State::Close => plain(input.len(), false),
        };
        let room = self.room.checked_sub(piece.data.len() as u64);
        self.room = room.ok_or(Refused::BodyTooLong)?;
        Ok(piece)
    }

    /// Whether all of it was read. A body that ends with the connection is never done.
    #[inline]
    pub fn is_done(&self) -> bool {
        match &self.state {
            State::Length(left) => *left == 0,
            State::Chunked(chunks) => chunks.is_done(),
            State::Close => false,
        }
    }

    /// Whether the connection's end is the body's. Any other body is cut off by it.
    #[inline]
    pub fn ends_at_close(&self) -> bool {
        matches!(self.state, State::Close)
    }

    /// How many bytes of data are left, where that is known.
    #[inline]
    pub fn left(&self) -> Option<u64> {
        match self.state {
            State::Length(left) => Some(left),
            _ => None,
        }
    }

    /// The fields behind the last chunk, once the body is done.
    pub fn trailers(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let chunks = match &self.state {
            State::Chunked(chunks) => Some(chunks),
            _ => None,
        };
        chunks.into_iter().flat_map(|chunks| chunks.trailers())
    }
}

/// Data without framing.
#[inline]
fn plain(len: usize, done: bool) -> Piece {
    Piece {
        consumed: len,
        data: 0..len,
        done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_read_and_not_more() {
        let mut body = BodyReader::new(Framing::Length(5), 5);
        assert_eq!(body.read(b"abc"), Ok(plain(3, false)));
        assert_eq!(body.left(), Some(2));
        assert_eq!(body.read(b"deGET /"), Ok(plain(2, true)));
        assert!(body.is_done());
        assert_eq!(body.read(b"GET /"), Ok(plain(0, true)));
    }

    #[test]
    fn no_body_is_done_at_once() {
        let mut body = BodyReader::new(Framing::None, 0);
        assert!(body.is_done());
        assert_eq!(body.read(b"GET /"), Ok(plain(0, true)));
    }

    #[test]
    fn the_end_of_the_connection_is_the_end() {
        let mut body = BodyReader::new(Framing::Close, 10);
        assert_eq!(body.read(b"abc"), Ok(plain(3, false)));
        assert!(body.ends_at_close() && !body.is_done());
        assert_eq!(body.read(&[0; 8]), Err(Refused::BodyTooLong));
    }

    #[test]
    fn a_length_above_the_limit_is_refused_before_a_byte_is_read() {
        let mut body = BodyReader::new(Framing::Length(6), 5);
        assert_eq!(body.read(b""), Err(Refused::BodyTooLong));
    }
}
