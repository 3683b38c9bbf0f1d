//! The fields of a head, and what they say about the connection and the body.

use super::connection::Options;
use super::field::{Progress, line_end};
use super::framing::Claims;
use super::known::Known;
use super::stop::Stop;
use super::{Field, Limits, Refused, Span, Version};

/// The fields of a head, reused from head to head.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    pub(super) list: Vec<Field>,
    pub(super) options: Options,
    pub(super) claims: Claims,
    pub(super) version: Version,
    /// Whether there is an `Upgrade` field.
    pub(super) upgrade: bool,
    progress: Progress,
}

impl Fields {
    /// Begins another head.
    #[inline(always)]
    pub(super) fn clear(&mut self, version: Version) {
        self.list.clear();
        self.options.clear();
        self.claims = Claims::default();
        self.version = version;
        self.upgrade = false;
        self.progress = Progress::default();
    }

    /// Reads the line at `at` and moves `at` behind it: a field, or the empty line (`None`). What is unfinished is read
    /// again with more bytes, from the beginning of that line.
    #[inline(always)]
    pub(super) fn next(
        &mut self,
        bytes: &[u8],
        at: &mut usize,
        limits: &Limits,
    ) -> Result<Option<(Known, Span)>, Stop> {
        match bytes.get(*at) {
            Some(b'\r') => {
                *at = line_end(bytes, *at, Refused::BareCarriageReturn)?;
                self.options.mark(bytes, &mut self.list);
                return Ok(None);
            }
            Some(b' ' | b'\t') if self.list.is_empty() => {
                return Err(Refused::SpaceBeforeFields.into());
            }
            Some(_) if self.list.len() < limits.headers => {}
            Some(_) => return Err(Refused::TooManyFields.into()),
            None => return Err(Stop::Unfinished),
        }
        let (field, next) = Field::read(bytes, *at, &mut self.progress)?;
        let known = self.note(bytes, field, limits)?;
        *at = next;
        Ok(Some((known, field.value)))
    }

    #[inline(always)]
    fn note(&mut self, bytes: &[u8], mut field: Field, limits: &Limits) -> Result<Known, Refused> {
        let known = Known::of(field.name.of(bytes));
        match known {
            Known::Connection => self.options.note(bytes, field.value, limits.headers)?,
            Known::ContentLength => self.claims.note_length(field.value.of(bytes))?,
            Known::TransferEncoding => {
                self.claims
                    .note_coding(field.value.of(bytes), self.version)?;
            }
            Known::Upgrade => self.upgrade = true,
            _ => {}
        }
        field.hop_by_hop = known.is_hop_by_hop();
        self.list.push(field);
        Ok(known)
    }

    /// Names and values, in order.
    pub(super) fn iter<'b>(&self, bytes: &'b [u8]) -> impl Iterator<Item = (&'b [u8], &'b [u8])> {
        let texts = |field: &Field| (field.name.of(bytes), field.value.of(bytes));
        self.list.iter().map(texts)
    }

    /// Those that are forwarded.
    pub(super) fn end_to_end<'b>(
        &self,
        bytes: &'b [u8],
    ) -> impl Iterator<Item = (&'b [u8], &'b [u8])> {
        let forwarded = self.list.iter().filter(|field| !field.hop_by_hop);
        forwarded.map(|field| (field.name.of(bytes), field.value.of(bytes)))
    }

    /// The first value of `name`.
    pub(super) fn get<'b>(&self, bytes: &'b [u8], name: &str) -> Option<&'b [u8]> {
        let mut fields = self.iter(bytes);
        let found = fields.find(|(other, _)| other.eq_ignore_ascii_case(name.as_bytes()));
        found.map(|(_, value)| value)
    }

    /// Whether the sender asks for, or grants, another protocol: HTTP/1.0 can't (RFC 9110, 7.8).
    pub(super) fn wants_upgrade(&self) -> bool {
        self.upgrade && self.options.upgrade() && self.version == Version::Http11
    }
}
