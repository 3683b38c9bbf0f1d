//! What is said of a file.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, UNIX_EPOCH};

use policy::time::Instant;

use super::root::Facts;

/// A file, with its content if it is kept.
#[derive(Debug)]
pub(super) struct Resource {
    pub(super) facts: Facts,
    /// When it was last seen to be so.
    pub(super) checked: Cell<Instant>,
    /// `content-type`.
    pub(super) kind: Rc<str>,
    /// A strong validator: the same as long as nobody touches the file.
    pub(super) etag: String,
    /// The other fields that speak of it, as they are written.
    pub(super) fields: Rc<str>,
    pub(super) body: Option<Rc<[u8]>>,
}

impl Resource {
    /// The file at `path`, not read yet.
    pub(super) fn new(path: &[u8], facts: Facts, now: Instant) -> Resource {
        let etag = format!("\"{:x}-{:x}\"", facts.modified, facts.bytes);
        let modified = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_nanos(facts.modified));
        let fields = format!(
            "last-modified: {modified}\r\netag: {etag}\r\naccept-ranges: bytes\r\nx-content-type-options: nosniff\r\n"
        );
        Resource {
            facts,
            checked: Cell::new(now),
            kind: kind(path).into(),
            etag,
            fields: fields.into(),
            body: None,
        }
    }

    pub(super) fn with_body(self, body: Box<[u8]>) -> Resource {
        let body = Some(body.into());
        Resource { body, ..self }
    }

    /// When it was changed, in seconds after 1970: dates of HTTP know nothing finer.
    pub(super) fn modified_second(&self) -> u64 {
        self.facts.modified / 1_000_000_000
    }

    /// Roughly what it takes in memory, but for its path.
    pub(super) fn bytes(&self) -> usize {
        let body = self.body.as_ref().map_or(0, |body| body.len());
        size_of::<Resource>() + body + self.kind.len() + self.etag.len() + self.fields.len()
    }
}

/// By the end of its name. Text is taken to be UTF-8.
fn kind(path: &[u8]) -> String {
    let path = String::from_utf8_lossy(path);
    let known = mime_guess::from_path(&*path).first_raw();
    match known.unwrap_or("application/octet-stream") {
        text if is_text(text) => format!("{text}; charset=utf-8"),
        other => other.to_owned(),
    }
}

fn is_text(kind: &str) -> bool {
    kind.starts_with("text/") || kind == "application/javascript"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        for (path, expected) in [
            ("a/index.html", "text/html; charset=utf-8"),
            ("x.JS", "text/javascript; charset=utf-8"),
            ("x.json", "application/json"),
            ("x.png", "image/png"),
            ("x.wasm", "application/wasm"),
            ("x.svg", "image/svg+xml"),
            ("README", "application/octet-stream"),
        ] {
            assert_eq!(kind(path.as_bytes()), expected);
        }
    }
}
