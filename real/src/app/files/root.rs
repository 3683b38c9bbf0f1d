//! The folder and what is in it. Whatever a path says, links included, the kernel opens nothing outside of it.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;

use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, fstat, open, openat2};
use rustix::io::{Errno, pread};

/// An open folder.
#[derive(Debug)]
pub(super) struct Root(OwnedFd);

/// What a path leads to.
#[derive(Debug)]
pub(super) enum Opened {
    File(File, Facts),
    Folder,
}

/// By what is seen whether a file has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) bytes: u64,
    /// Nanoseconds after 1970.
    pub(super) modified: u64,
    inode: u64,
}

impl Root {
    pub(super) fn open(path: &std::path::Path) -> io::Result<Root> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = Root(open(path, flags, Mode::empty())?);
        match openat2_beneath(&root.0, b".") {
            Err(Errno::NOSYS | Errno::PERM) => Err(io::Error::other(
                "files can only be served where the kernel has openat2 (Linux 5.6, and not forbidden by a container)",
            )),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(root),
        }
    }

    /// What is at `path`; the root itself if that is empty. What is neither file nor folder is not there.
    pub(super) fn get(&self, path: &[u8]) -> Result<Opened, Errno> {
        let path = if path.is_empty() { b"." } else { path };
        let opened = openat2_beneath(&self.0, path)?;
        let status = fstat(&opened)?;
        match FileType::from_raw_mode(status.st_mode) {
            FileType::Directory => Ok(Opened::Folder),
            FileType::RegularFile => {
                let seconds = u64::try_from(status.st_mtime).unwrap_or_default();
                let facts = Facts {
                    bytes: u64::try_from(status.st_size).unwrap_or_default(),
                    modified: seconds * 1_000_000_000 + status.st_mtime_nsec,
                    inode: status.st_ino,
                };
                Ok(Opened::File(File::from(opened), facts))
            }
            _ => Err(Errno::NOENT),
        }
    }
}

/// Never waits for the writer of a FIFO. A link that leads outside, or begins at the machine's root, is an error.
fn openat2_beneath(root: &OwnedFd, path: &[u8]) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    let attempt = || openat2(root, path, flags, Mode::empty(), resolve);
    // Something was renamed on the way, so the kernel could not be sure.
    let mut result = attempt();
    for _ in 0..3 {
        match result {
            Err(Errno::AGAIN | Errno::INTR) => result = attempt(),
            _ => break,
        }
    }
    result
}

/// All `bytes` bytes of `file`; `None` if it has changed and there are fewer.
pub(super) fn read(file: &File, bytes: u64) -> io::Result<Option<Box<[u8]>>> {
    let mut body = vec![0; bytes as usize];
    let mut filled = 0;
    while filled < body.len() {
        match pread(file, &mut body[filled..], filled as u64) {
            Ok(0) => return Ok(None),
            Ok(n) => filled += n,
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Some(body.into_boxed_slice()))
}
