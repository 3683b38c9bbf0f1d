//! What is answered to whoever asks for a file.

use std::borrow::Cow;
use std::fs::File;
use std::ops::Range;
use std::rc::Rc;

use rustix::io::Errno;

use super::resource::Resource;

/// An answer, to be written by whoever has the connection.
#[derive(Debug)]
pub enum Answer {
    /// The file, a part of it, or that it has not changed.
    Content(Content),
    /// It is at this address (301).
    Elsewhere(String),
    /// There is none.
    Refused {
        /// The status code.
        status: u16,
        /// The reason, in words.
        why: &'static str,
        /// Fields of the answer, as they are written.
        fields: Cow<'static, str>,
    },
}

/// A file, or what is said of it.
#[derive(Debug)]
pub struct Content {
    /// 200, 206 or 304.
    pub status: u16,
    /// `content-type`.
    pub kind: Rc<str>,
    /// Fields that speak of the file, as they are written.
    pub fields: Rc<str>,
    /// And those of this answer alone.
    pub more: String,
    /// `content-length`, also of an answer to HEAD; `None` for 304, which has none.
    pub length: Option<u64>,
    /// What follows the head.
    pub body: Body,
}

/// The body of an answer.
#[derive(Debug)]
pub enum Body {
    /// None.
    Nothing,
    /// These bytes of what is in memory.
    Memory(Rc<[u8]>, Range<usize>),
    /// These bytes of the file, which may have become shorter meanwhile.
    File(File, Range<u64>),
}

impl Content {
    pub(super) fn not_modified(resource: &Resource) -> Content {
        Content {
            status: 304,
            kind: resource.kind.clone(),
            fields: resource.fields.clone(),
            more: String::new(),
            length: None,
            body: Body::Nothing,
        }
    }
}

impl Answer {
    pub(super) fn wrong_method() -> Answer {
        let allow = Cow::Borrowed("allow: GET, HEAD\r\n");
        Answer::refused(405, "only GET and HEAD are allowed here", allow)
    }

    pub(super) fn bad_path() -> Answer {
        Answer::refused(400, "the address is no path", Cow::Borrowed(""))
    }

    pub(super) fn not_found() -> Answer {
        Answer::refused(404, "there is nothing here", Cow::Borrowed(""))
    }

    pub(super) fn precondition_failed() -> Answer {
        Answer::refused(412, "it has changed", Cow::Borrowed(""))
    }

    pub(super) fn range_not_satisfiable(length: u64) -> Answer {
        let range = format!("content-range: bytes */{length}\r\n");
        Answer::refused(416, "it has no such part", Cow::Owned(range))
    }

    fn refused(status: u16, why: &'static str, fields: Cow<'static, str>) -> Answer {
        Answer::Refused {
            status,
            why,
            fields,
        }
    }
}

/// A path that leads outside is one that leads nowhere: whoever tries learns nothing.
impl From<Errno> for Answer {
    fn from(error: Errno) -> Answer {
        match error {
            Errno::ACCESS | Errno::PERM => {
                Answer::refused(403, "this file is not for you", Cow::Borrowed(""))
            }
            Errno::MFILE | Errno::NFILE | Errno::NOMEM => {
                let later = Cow::Borrowed("retry-after: 1\r\n");
                Answer::refused(503, "too many files are open", later)
            }
            Errno::IO => Answer::refused(500, "the file cannot be read", Cow::Borrowed("")),
            _ => Answer::not_found(),
        }
    }
}
