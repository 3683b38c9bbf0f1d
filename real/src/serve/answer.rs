//! Whole answers: a head and a small body, written at once.

use super::connection::{Connection, Transport};
use crate::http::{Method, Version, reason, write};

/// A whole answer.
#[derive(Clone, Copy, Debug)]
pub struct Whole<'a> {
    /// The status code.
    pub status: u16,
    /// `content-type`.
    pub kind: &'a str,
    /// More fields, as they are written, each with its end of line.
    pub fields: &'a str,
    /// The body. Not sent to HEAD, but measured.
    pub body: &'a [u8],
}

/// Plain text.
pub const TEXT: &str = "text/plain";

impl<T: Transport> Connection<T> {
    /// Writes `answer` to the output.
    #[inline]
    pub fn answer(&mut self, answer: &Whole<'_>) {
        self.answer.status = answer.status;
        self.answer_head(answer.status, answer.kind, answer.fields);
        write::length(&mut self.output, answer.body.len() as u64);
        write::end_of_head(&mut self.output);
        if self.head.method() != Method::Head {
            self.output.extend_from_slice(answer.body);
        }
    }

    /// Writes an answer's head but for what says how long its body is.
    #[inline]
    pub fn answer_head(&mut self, status: u16, kind: &str, fields: &str) {
        let persists = self.persists();
        let out = &mut self.output;
        write::status_line(out, status);
        self.context.write_date(out, self.arrived);
        write::field(out, "content-type", kind);
        out.extend_from_slice(fields.as_bytes());
        if !persists {
            write::close(out);
        } else if self.head.version() == Version::Http10 {
            write::keep_alive(out);
        }
    }
}

/// Writes a refusal: its reason in a sentence, and `fields` as they are written.
pub fn refusal<T: Transport>(connection: &mut Connection<T>, status: u16, why: &str, fields: &str) {
    let body = format!("{status} {}: {why}\n", reason(status));
    connection.answer(&Whole {
        status,
        kind: TEXT,
        fields,
        body: body.as_bytes(),
    });
}
