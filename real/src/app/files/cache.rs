//! Files in memory: bounded in bytes, the least recently used leaves first.

use std::rc::Rc;

use lru::LruCache;

use super::resource::Resource;

/// What an entry costs beside its path and its file: the table's and the list's share.
const OVERHEAD: usize = 96;

pub(super) struct Cache {
    entries: LruCache<Box<[u8]>, Rc<Resource>>,
    bytes: usize,
    limit: usize,
}

impl Cache {
    /// Empty, for so many bytes at most.
    pub(super) fn new(limit: usize) -> Cache {
        Cache {
            entries: LruCache::unbounded(),
            bytes: 0,
            limit,
        }
    }

    /// What it takes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Marks it as used.
    pub(super) fn get(&mut self, path: &[u8]) -> Option<&Rc<Resource>> {
        self.entries.get(path)
    }

    /// Unless it is larger than all of the cache.
    pub(super) fn put(&mut self, path: &[u8], resource: Rc<Resource>) {
        self.remove(path);
        let size = size(path, &resource);
        if size > self.limit {
            return;
        }
        while self.bytes + size > self.limit {
            let Some((path, oldest)) = self.entries.pop_lru() else {
                break;
            };
            self.bytes -= self::size(&path, &oldest);
        }
        self.bytes += size;
        self.entries.put(path.into(), resource);
    }

    pub(super) fn remove(&mut self, path: &[u8]) {
        if let Some(gone) = self.entries.pop(path) {
            self.bytes -= size(path, &gone);
        }
    }
}

fn size(path: &[u8], resource: &Resource) -> usize {
    OVERHEAD + path.len() + resource.bytes()
}
