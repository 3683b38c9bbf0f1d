//! What the operating system gives only to `unsafe` code. Each function argues why it is sound; nothing else in this
//! crate needs to.
#![expect(unsafe_code, reason = "the one file of this crate that may")]

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;
use std::sync::atomic::AtomicU64;

use rustix::fs::{MemfdFlags, SealFlags};
use rustix::io::FdFlags;
use rustix::mm::{MapFlags, ProtFlags};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// What makes a piece of memory safe to map: nobody can make it shorter, and so nobody can take pages away.
const SEALS: SealFlags = SealFlags::SHRINK.union(SealFlags::GROW);

/// Takes over a descriptor that this process was started with.
///
/// # Errors
/// If there is none of this number, or somebody has it already.
pub(crate) fn inherited(number: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: borrowed only to ask for its flags, which harms nobody, whatever the number means.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number.max(0)) };
    let flags = rustix::io::fcntl_getfd(borrowed)?;
    if number <= 2 || flags.contains(FdFlags::CLOEXEC) {
        let sentence = format!("descriptor {number} is not an inherited one");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, sentence));
    }
    rustix::io::fcntl_setfd(borrowed, flags | FdFlags::CLOEXEC)?;
    // SAFETY: it is open, and nobody in this process owns it. Whatever this process opens is opened with CLOEXEC, by
    // the standard library, tokio and rustix alike; this one was without, and has it from now on, so that it is
    // taken over once only.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Another descriptor for what `number` is open to, wherever in this process that is.
///
/// # Errors
/// If it is open to nothing.
pub(crate) fn duplicate(number: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: borrowed for one call, which gives an error if nobody has it open.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number.max(0)) };
    Ok(rustix::io::fcntl_dupfd_cloexec(borrowed, 3)?)
}

/// `descriptor` in the runtime's epoll: tells when there is something to read, or the end.
///
/// # Errors
/// If it cannot be watched.
pub(crate) fn watch(descriptor: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an `OwnedFd` gives the same descriptor as long as it lives, and it is open so long.
    let watched = unsafe { AsyncFd::register_with_interest(descriptor, Interest::READABLE) };
    watched.map_err(|error| error.into_parts().1)
}

/// Memory that processes can share by handing on the descriptor. It begins as `words` and keeps its size.
///
/// # Errors
/// If there is not enough.
pub(crate) fn shared_memory(name: &str, words: impl Iterator<Item = u64>) -> io::Result<OwnedFd> {
    use std::io::Write;

    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let mut file = std::fs::File::from(rustix::fs::memfd_create(name, flags)?);
    let words: Vec<u64> = words.collect();
    // The zeros at the end are there without being written, and take memory only once they are used.
    let written = words
        .iter()
        .rposition(|&word| word != 0)
        .map_or(0, |last| last + 1);
    let bytes: Vec<u8> = words[..written]
        .iter()
        .copied()
        .flat_map(u64::to_ne_bytes)
        .collect();
    file.write_all(&bytes)?;
    file.set_len((words.len() * size_of::<u64>()) as u64)?;
    rustix::fs::fcntl_add_seals(&file, SEALS | SealFlags::SEAL)?;
    Ok(file.into())
}

/// All of what [`shared_memory`] made, mapped for as long as this process lives.
///
/// # Errors
/// If it is something else, or cannot be mapped.
pub(crate) fn map(memory: &OwnedFd) -> io::Result<&'static [AtomicU64]> {
    if !rustix::fs::fcntl_get_seals(memory)?.contains(SEALS) {
        let sentence = "the shared memory is not sealed: somebody might take it away";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, sentence));
    }
    let bytes = rustix::fs::fstat(memory)?.st_size as usize;
    let protection = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: a new mapping, at an address of the kernel's choice.
    let at = unsafe {
        rustix::mm::mmap(
            ptr::null_mut(),
            bytes,
            protection,
            MapFlags::SHARED,
            memory,
            0,
        )
    }?;
    // SAFETY: these bytes were just mapped for reading and writing and are never unmapped. The seals, which cannot
    // be undone, keep the file from being truncated. The descriptor goes to processes of this program only, and those
    // reach the memory through this function.
    let words = unsafe { policy::shared::from_mapped(at.cast(), bytes) };
    words.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// An instruction of a classic BPF program: code, jumps, operand.
pub(crate) type Instruction = libc::sock_filter;

/// Lets `program` choose among the sockets of `member`'s SO_REUSEPORT group: it returns the index of one.
///
/// # Errors
/// If the kernel refuses it.
pub(crate) fn attach_steering(member: impl AsFd, program: &[Instruction]) -> io::Result<()> {
    let program = libc::sock_fprog {
        len: program.len() as u16,
        filter: program.as_ptr().cast_mut(),
    };
    // SAFETY: the kernel reads `len` instructions from `filter`, which the slice has, and keeps no pointer to them.
    let result = unsafe {
        libc::setsockopt(
            member.as_fd().as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_ATTACH_REUSEPORT_CBPF,
            (&raw const program).cast(),
            size_of_val(&program) as libc::socklen_t,
        )
    };
    succeeded(result)
}

/// How many connections wait to be accepted.
///
/// # Errors
/// If it is no TCP socket.
pub(crate) fn accept_queue(listener: impl AsFd) -> io::Result<u32> {
    let mut info = MaybeUninit::<libc::tcp_info>::zeroed();
    let mut length = size_of_val(&info) as libc::socklen_t;
    // SAFETY: the kernel writes at most `length` bytes to `info`, which has as many.
    let result = unsafe {
        libc::getsockopt(
            listener.as_fd().as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            info.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    succeeded(result)?;
    // SAFETY: it began as zeros and has numbers only, of which any value is valid.
    let info = unsafe { info.assume_init() };
    // Of a listening socket this field is the length of its queue.
    Ok(info.tcpi_unacked)
}

fn succeeded(result: libc::c_int) -> io::Result<()> {
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};
    use std::sync::atomic::Ordering::Relaxed;

    #[test]
    fn what_is_mapped_twice_is_the_same_memory() {
        let memory = shared_memory("test", 0..100).unwrap();
        let (one, other) = (map(&memory).unwrap(), map(&memory).unwrap());
        assert_eq!(one.len(), 100);
        assert_eq!(one[99].load(Relaxed), 99);
        one[7].store(1_000, Relaxed);
        assert_eq!(other[7].load(Relaxed), 1_000);
    }

    #[test]
    fn memory_that_could_be_taken_away_is_not_mapped() {
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let open = rustix::fs::memfd_create("test", flags).unwrap();
        assert!(map(&open).unwrap_err().to_string().contains("sealed"));
        let sealed = shared_memory("test", 0..1).unwrap();
        assert!(rustix::fs::ftruncate(&sealed, 0).is_err());
    }

    #[test]
    fn a_descriptor_is_taken_over_once_and_only_if_it_was_inherited() {
        let ours = rustix::event::eventfd(0, rustix::event::EventfdFlags::CLOEXEC).unwrap();
        assert!(inherited(ours.as_raw_fd()).is_err());
        let as_inherited = rustix::io::dup(&ours).unwrap();
        let number = std::os::fd::IntoRawFd::into_raw_fd(as_inherited);
        let taken = inherited(number).unwrap();
        assert!(inherited(number).is_err());
        drop(taken);
        assert!(inherited(-1).is_err() && inherited(1).is_err());
    }

    #[test]
    fn the_accept_queue_is_as_long_as_there_are_connections() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        assert_eq!(accept_queue(&listener).unwrap(), 0);
        let address = listener.local_addr().unwrap();
        let _clients = [(); 3].map(|()| TcpStream::connect(address).unwrap());
        assert_eq!(accept_queue(&listener).unwrap(), 3);
    }
}
