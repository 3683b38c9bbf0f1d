//! Reading text line by line, plain or gzip, in bounded memory.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::read::MultiGzDecoder;

/// Longest line that is read; of a longer one only the number is kept.
pub(super) const LONGEST_LINE: usize = 1 << 20;

/// What every gzip file begins with (RFC 1952).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The lines of a text.
pub(super) struct Lines<R> {
    input: R,
    number: u64,
    buffer: Vec<u8>,
}

/// One line without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Counted from 1, empty lines included.
    pub(super) number: u64,
    /// `None`: it is longer than [`LONGEST_LINE`].
    pub(super) content: Option<&'a [u8]>,
}

/// Unpacks `input` where its first bytes say that it is gzip, and says so.
pub(super) fn unpacked<'r>(mut input: impl Read + 'r) -> io::Result<(Box<dyn BufRead + 'r>, bool)> {
    let mut magic = Vec::new();
    input.by_ref().take(2).read_to_end(&mut magic)?;
    let gzip = magic == GZIP_MAGIC;
    let whole = Cursor::new(magic).chain(input);
    Ok(if gzip {
        (
            Box::new(BufReader::new(MultiGzDecoder::new(BufReader::new(whole)))),
            true,
        )
    } else {
        (Box::new(BufReader::new(whole)), false)
    })
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R) -> Lines<R> {
        Lines {
            input,
            number: 0,
            buffer: Vec::new(),
        }
    }

    /// The next line, or `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.buffer.clear();
        let limit = LONGEST_LINE as u64 + 1;
        let length = self
            .input
            .by_ref()
            .take(limit)
            .read_until(b'\n', &mut self.buffer)?;
        if length == 0 {
            return Ok(None);
        }
        self.number += 1;
        let mut line = &self.buffer[..];
        if let [rest @ .., b'\n'] = line {
            line = rest;
        } else if length > LONGEST_LINE {
            self.input.skip_until(b'\n')?;
            return Ok(Some(Line {
                number: self.number,
                content: None,
            }));
        }
        line = line.strip_suffix(b"\r").unwrap_or(line);
        if self.number == 1 {
            line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
        }
        Ok(Some(Line {
            number: self.number,
            content: Some(line),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<(u64, Option<Vec<u8>>)> {
        let mut lines = Lines::new(text);
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            all.push((line.number, line.content.map(<[u8]>::to_vec)));
        }
        all
    }

    #[test]
    fn ends_of_lines_and_a_byte_order_mark_are_dropped() {
        let expected = [
            (1, Some(b"a".to_vec())),
            (2, Some(vec![])),
            (3, Some(b"b".to_vec())),
        ];
        assert_eq!(lines(b"\xef\xbb\xbfa\r\n\nb"), expected);
        assert_eq!(lines(b""), []);
    }

    #[test]
    fn a_line_without_end_is_skipped_in_bounded_memory() {
        let mut text = vec![b'x'; 5 * LONGEST_LINE];
        text.extend(b"\nnext");
        assert_eq!(lines(&text), [(1, None), (2, Some(b"next".to_vec()))]);
        let longest = vec![b'x'; LONGEST_LINE];
        assert_eq!(lines(&longest), [(1, Some(longest.clone()))]);
    }
}
