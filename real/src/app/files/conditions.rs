//! Under which conditions, and how much of it, a client wants a file (RFC 9110 sections 13 and 14).

use std::time::UNIX_EPOCH;

use super::Found;
use super::content::{Answer, Body, Content};
use super::range::{Part, part};
use super::resource::Resource;

/// The fields of a request that say so.
#[derive(Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "each is the field of its name")]
pub struct Conditions<'a> {
    pub if_match: Option<&'a [u8]>,
    pub if_unmodified_since: Option<&'a [u8]>,
    pub if_none_match: Option<&'a [u8]>,
    pub if_modified_since: Option<&'a [u8]>,
    pub if_range: Option<&'a [u8]>,
    pub range: Option<&'a [u8]>,
}

impl Conditions<'_> {
    pub(super) fn apply(&self, found: Found, head_only: bool) -> Answer {
        let resource = found.resource();
        if self.is_outdated(resource) {
            return Answer::precondition_failed();
        }
        if self.is_known(resource) {
            return Answer::Content(Content::not_modified(resource));
        }
        let length = resource.facts.bytes;
        let part = match self.range {
            Some(range) if !head_only && self.range_holds(resource) => part(range, length),
            _ => Part::Whole,
        };
        match part {
            Part::Nothing => Answer::range_not_satisfiable(length),
            Part::Whole => found.content(None, head_only),
            Part::Bytes(bytes) => found.content(Some(bytes), head_only),
        }
    }

    /// The client wants a version that is not there any more.
    fn is_outdated(&self, resource: &Resource) -> bool {
        match (self.if_match, self.if_unmodified_since.and_then(second)) {
            (Some(etags), _) => !lists(etags, &resource.etag, false),
            (None, Some(since)) => resource.modified_second() > since,
            (None, None) => false,
        }
    }

    /// The client has it already.
    fn is_known(&self, resource: &Resource) -> bool {
        match (self.if_none_match, self.if_modified_since.and_then(second)) {
            (Some(etags), _) => lists(etags, &resource.etag, true),
            (None, Some(since)) => resource.modified_second() <= since,
            (None, None) => false,
        }
    }

    /// Whether the part that is asked for is of this version.
    fn range_holds(&self, resource: &Resource) -> bool {
        match self.if_range {
            None => true,
            Some(etag) if etag.starts_with(b"\"") => etag == resource.etag.as_bytes(),
            Some(date) => second(date) == Some(resource.modified_second()),
        }
    }
}

/// Whether `etag` is in a list of them, or that is `*`. Weak ones say less, which is `enough` for not sending it again.
fn lists(list: &[u8], etag: &str, enough: bool) -> bool {
    let mut etags = list.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
    etags.any(|listed| {
        let weak = listed.strip_prefix(b"W/").filter(|_| enough);
        listed == b"*" || weak.unwrap_or(listed) == etag.as_bytes()
    })
}

/// Seconds after 1970; `None` of what is no date, which is to be ignored.
fn second(date: &[u8]) -> Option<u64> {
    let date = httpdate::parse_http_date(std::str::from_utf8(date).ok()?).ok()?;
    Some(date.duration_since(UNIX_EPOCH).ok()?.as_secs())
}

impl Found {
    fn resource(&self) -> &Resource {
        match self {
            Found::Kept(resource) | Found::Open(resource, _) => resource,
        }
    }

    /// All of it, or only these bytes.
    fn content(self, part: Option<std::ops::Range<u64>>, head_only: bool) -> Answer {
        let length = self.resource().facts.bytes;
        let more = part.as_ref().map_or_else(String::new, |part| {
            let last = part.end - 1;
            format!("content-range: bytes {}-{last}/{length}\r\n", part.start)
        });
        let status = if part.is_some() { 206 } else { 200 };
        let bytes = part.unwrap_or(0..length);
        let (kind, fields) = (self.resource().kind.clone(), self.resource().fields.clone());
        let length = bytes.end - bytes.start;
        let body = match self {
            _ if head_only => Body::Nothing,
            Found::Kept(resource) => match &resource.body {
                Some(body) => Body::Memory(body.clone(), bytes.start as usize..bytes.end as usize),
                None => Body::Nothing,
            },
            Found::Open(_, file) => Body::File(file, bytes),
        };
        Answer::Content(Content {
            status,
            kind,
            fields,
            more,
            length: Some(length),
            body,
        })
    }
}
