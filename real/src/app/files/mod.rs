//! Static files: what is below one folder and nothing else, small ones from memory.
//!
//! The kernel sees to it that no path leads outside (`root.rs`); what is left for `path.rs` is to say which file is meant.
//! Names that begin with a dot are not served, `.well-known` excepted: what lies in a folder by accident (`.git`,
//! `.env`) is rarely meant for everybody. Folders are not listed.
//!
//! Files are kept whole with what is said of them, least recently used first to go, and are looked at again when they
//! were not for a second: who changes a file sees the change by then.

mod cache;
mod conditions;
mod content;
mod path;
mod range;
mod resource;
mod root;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use policy::time::{Duration, Instant};

pub use conditions::Conditions;
pub use content::{Answer, Body, Content};

use crate::http::Method;
use crate::settings;
use crate::stats::{Count, Gauge, ProcessRow};
use cache::Cache;
use path::Path;
use resource::Resource;
use root::{Opened, Root};

/// How long a file is believed not to have changed.
const BELIEVED: Duration = Duration::from_millis(1_000);
/// What part of the cache one file may take.
const SHARE: usize = 8;
/// What is served for a folder.
const INDEX: &[u8] = b"index.html";

/// The files below a folder.
pub struct Files {
    root: Root,
    /// The largest file that is kept.
    largest: u64,
    row: ProcessRow,
    cache: RefCell<Cache>,
    path: RefCell<Path>,
}

impl Files {
    /// Those below the folder of `options`, which is found once: should its name lead elsewhere later, that takes new
    /// `Files`.
    ///
    /// # Errors
    /// If it is no folder that can be opened, or the kernel cannot confine paths to it (Linux before 5.6).
    pub fn open(options: &settings::Files, row: ProcessRow) -> io::Result<Files> {
        Ok(Files {
            root: Root::open(&options.root)?,
            largest: (options.cache_bytes / SHARE) as u64,
            row,
            cache: RefCell::new(Cache::new(options.cache_bytes)),
            path: RefCell::default(),
        })
    }

    /// What to answer at `now` to whoever asks for `target`, in origin form, its query included.
    pub fn answer(
        &self,
        method: &Method,
        target: &[u8],
        conditions: &Conditions<'_>,
        now: Instant,
    ) -> Answer {
        if !matches!(method, Method::Get | Method::Head) {
            return Answer::wrong_method();
        }
        let mut path = self.path.borrow_mut();
        if let Err(refused) = path.set(target) {
            return refused;
        }
        if path.ends_with_slash() {
            path.enter(INDEX);
        }
        match self.find(&mut path, now) {
            Ok(resource) => conditions.apply(resource, *method == Method::Head),
            Err(other) => other,
        }
    }

    fn find(&self, path: &mut Path, now: Instant) -> Result<Found, Answer> {
        if let Some(resource) = self.cache.borrow_mut().get(path.bytes())
            && now - resource.checked.get() < BELIEVED
        {
            self.row.counted(Count::CacheHits, 1);
            return Ok(Found::Kept(Rc::clone(resource)));
        }
        self.look(path, now)
    }

    /// Asks the file system.
    fn look(&self, path: &mut Path, now: Instant) -> Result<Found, Answer> {
        match self.root.get(path.bytes()) {
            Ok(Opened::File(file, facts)) => Ok(self.found(path, file, facts, now)),
            Ok(Opened::Folder) => Err(self.folder(path)),
            Err(error) => {
                self.forget(path);
                Err(error.into())
            }
        }
    }

    /// Links of its page are relative to the folder only if its address ends in a slash.
    fn folder(&self, path: &mut Path) -> Answer {
        path.enter(INDEX);
        match self.root.get(path.bytes()) {
            Ok(Opened::File(..)) => Answer::Elsewhere(path.folder_address()),
            Ok(Opened::Folder) => Answer::not_found(),
            Err(error) => error.into(),
        }
    }

    fn found(&self, path: &Path, file: std::fs::File, facts: root::Facts, now: Instant) -> Found {
        let cache = &mut *self.cache.borrow_mut();
        if let Some(kept) = cache.get(path.bytes())
            && kept.facts == facts
        {
            self.row.counted(Count::CacheHits, 1);
            kept.checked.set(now);
            return Found::Kept(Rc::clone(kept));
        }
        self.row.counted(Count::CacheMisses, 1);
        let resource = Resource::new(path.bytes(), facts, now);
        let whole = (facts.bytes <= self.largest).then(|| root::read(&file, facts.bytes));
        let found = match whole {
            Some(Ok(Some(body))) => {
                let resource = Rc::new(resource.with_body(body));
                cache.put(path.bytes(), Rc::clone(&resource));
                Found::Kept(resource)
            }
            _ => Found::Open(Rc::new(resource), file),
        };
        self.row.set(Gauge::CachedBytes, cache.bytes() as u64);
        found
    }

    fn forget(&self, path: &Path) {
        let mut cache = self.cache.borrow_mut();
        cache.remove(path.bytes());
        self.row.set(Gauge::CachedBytes, cache.bytes() as u64);
    }
}

/// A file that is there.
enum Found {
    /// In memory.
    Kept(Rc<Resource>),
    /// To be read.
    Open(Rc<Resource>, std::fs::File),
}
