//! Where lines go: a file, or whatever the standard output is. Writing never waits.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::net::{SendFlags, send};

/// What a pipe takes whole or not at all, however many write to it (POSIX: at least 512; Linux: 4096).
const PIPE_BUF: usize = 4096;

/// Takes lines.
#[derive(Debug)]
pub(super) struct Sink {
    path: PathBuf,
    file: File,
    kind: Kind,
    /// A line was cut short and the rest of it lost: the next begins on a line of its own.
    torn: bool,
    willing: bool,
}

/// How it is written to without waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Takes as much as there is.
    Regular,
    /// A pipe, a terminal, a device: opened by us so that it does not block.
    NonBlocking,
    /// As it was inherited: others may rely on its blocking, so it is asked before.
    Asked,
    /// A socket, as journald's.
    Socket,
}

impl Sink {
    /// Opens the file at `path`, made if need be; `-` is the standard output.
    pub(super) fn open(path: &Path) -> io::Result<Sink> {
        let (file, kind) = open(path)?;
        Ok(Sink {
            path: path.to_owned(),
            file,
            kind,
            torn: false,
            willing: true,
        })
    }

    /// Opens it once more.
    pub(super) fn reopen(&mut self) -> io::Result<()> {
        *self = Sink::open(&self.path)?;
        Ok(())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it took everything last time.
    pub(super) fn is_willing(&self) -> bool {
        self.willing
    }

    /// Writes `lines` as far as it goes and leaves the rest in it.
    ///
    /// # Errors
    /// If it does not go at all.
    pub(super) fn write(&mut self, lines: &mut Vec<u8>) -> io::Result<()> {
        if self.torn && !lines.is_empty() {
            lines.insert(0, b'\n');
            self.torn = false;
        }
        let mut sent = 0;
        let result = loop {
            if sent == lines.len() {
                break Ok(());
            }
            match self.write_once(&lines[sent..]) {
                Ok(0) => break Err(ErrorKind::WriteZero.into()),
                Ok(n) => sent += n,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        self.torn = result.is_err() && sent > 0 && lines[sent - 1] != b'\n';
        self.willing = sent == lines.len();
        lines.drain(..sent);
        result
    }

    fn write_once(&mut self, lines: &[u8]) -> io::Result<usize> {
        match self.kind {
            Kind::Regular => self.file.write(lines),
            Kind::NonBlocking => self.file.write(portion(lines)),
            Kind::Asked => {
                ready(&self.file)?;
                self.file.write(portion(lines))
            }
            Kind::Socket => Ok(send(
                &self.file,
                portion(lines),
                SendFlags::DONTWAIT | SendFlags::NOSIGNAL,
            )?),
        }
    }
}

fn open(path: &Path) -> io::Result<(File, Kind)> {
    if path == Path::new("-") {
        return standard_output();
    }
    let file = appending(path)?;
    let kind = match file.metadata()?.is_file() {
        true => Kind::Regular,
        false => Kind::NonBlocking,
    };
    Ok((file, kind))
}

/// The standard output. A pipe is opened anew by way of /proc: not to block is a property of what was opened, and this
/// one is shared with whoever started the server.
fn standard_output() -> io::Result<(File, Kind)> {
    let inherited = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let kind = inherited.metadata()?.file_type();
    if kind.is_socket() {
        return Ok((inherited, Kind::Socket));
    }
    // A file is written on from where it stands, which a shell's `>` needs: opened for appending it is as well.
    match appending(Path::new("/proc/self/fd/1")) {
        Ok(file) if kind.is_file() => Ok((file, Kind::Regular)),
        Ok(file) => Ok((file, Kind::NonBlocking)),
        Err(_) => Ok((inherited, Kind::Asked)),
    }
}

fn appending(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(0o640);
    options.custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed());
    options.open(path)
}

fn ready(file: &File) -> io::Result<()> {
    let mut polled = [PollFd::new(file, PollFlags::OUT)];
    match poll(&mut polled, Some(&Timespec::default()))? {
        0 => Err(ErrorKind::WouldBlock.into()),
        _ => Ok(()),
    }
}

/// As many whole lines as are taken whole; a line that is longer, as it is.
fn portion(lines: &[u8]) -> &[u8] {
    let fits = &lines[..lines.len().min(PIPE_BUF)];
    let end = memchr::memrchr(b'\n', fits).or_else(|| memchr::memchr(b'\n', lines));
    end.map_or(lines, |end| &lines[..=end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn portions_are_whole_lines() {
        assert_eq!(portion(b"a\nb\n"), b"a\nb\n");
        let long = [&[b'x'; 5000][..], b"\nshort\n"].concat();
        assert_eq!(portion(&long).len(), 5001);
        let many = b"0123456789\n".repeat(1000);
        assert_eq!(portion(&many).len(), 4096 / 11 * 11);
        assert_eq!(portion(b"rest"), b"rest");
    }

    #[test]
    fn a_full_device_is_an_error_and_nothing_waits() {
        let mut sink = Sink::open(Path::new("/dev/full")).unwrap();
        let mut lines = b"line\n".to_vec();
        let error = sink.write(&mut lines).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull);
        assert!(!sink.torn);
    }

    /// A FIFO whose reader does not read.
    #[test]
    fn a_full_pipe_keeps_the_rest_for_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        let mode = rustix::fs::Mode::from(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let mut reader = OpenOptions::new()
            .read(true)
            .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
            .open(&path)
            .unwrap();
        let mut sink = Sink::open(&path).unwrap();
        let all = b"0123456789\n".repeat(20_000);
        let mut lines = all.clone();
        sink.write(&mut lines).unwrap();
        assert!(!lines.is_empty() && lines.len().is_multiple_of(11) && !sink.is_willing());

        let mut read = Vec::new();
        while !lines.is_empty() || read.len() < all.len() {
            let mut some = [0; 1 << 16];
            let n = reader.read(&mut some).unwrap();
            read.extend_from_slice(&some[..n]);
            sink.write(&mut lines).unwrap();
        }
        assert!(read == all && sink.is_willing());
    }

    #[test]
    fn a_missing_folder_is_said_when_it_is_opened() {
        let error = Sink::open(Path::new("/nonexistent/access.log")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
}
