//! Starting processes, and what they are started with.
//!
//! Nothing is forked that has threads: a child is this program, executed anew. It inherits copies of the descriptors that
//! it is to have, which are made for it and closed again at once, so that no other child has them too.

use std::ffi::OsStr;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use super::inherited::OURS;
use super::process::Process;
use crate::settings::Exec;
use crate::worker::exec::PROGRAM;

/// Ours, by the same inode that runs here, whatever is at its path by now.
const OURSELVES: &str = "/proc/self/exe";

/// What a child is started with.
#[derive(Debug, Default)]
pub(super) struct Inheritance(Vec<OwnedFd>);

impl Inheritance {
    /// The number by which the child will have `descriptor`.
    ///
    /// # Errors
    /// If there are no descriptors left.
    pub(super) fn add(&mut self, descriptor: impl AsFd) -> io::Result<RawFd> {
        // A copy made by dup(2) is not closed on execution.
        let copy = rustix::io::dup(descriptor)?;
        let number = copy.as_raw_fd();
        self.0.push(copy);
        Ok(number)
    }
}

/// Starts this program in `role`; our end of the line to it.
///
/// # Errors
/// If it cannot be started.
pub(super) fn ourselves(role: &str, mut with: Inheritance) -> io::Result<(Process, UnixStream)> {
    let (ours, theirs) = UnixStream::pair()?;
    let number = with.add(&theirs)?;
    let child = command(OURSELVES)
        .arg0(format!("real: {}", role.trim_start_matches('_')))
        .arg(role)
        .arg(number.to_string())
        .arg(std::process::id().to_string())
        .spawn()?;
    Ok((Process::new(child, false), ours))
}

/// Starts another program, which is to listen at `port`, by way of ourselves.
///
/// # Errors
/// If it cannot be started.
pub(super) fn program(exec: &Exec, port: u16, cpu: Option<u32>) -> io::Result<Process> {
    let port = port.to_string();
    let words = exec
        .command
        .iter()
        .map(|word| word.replace("{port}", &port));
    let cpu = cpu.map_or("-".to_owned(), |cpu| cpu.to_string());
    let child = command(OURSELVES)
        .arg(PROGRAM)
        .arg(std::process::id().to_string())
        .arg(cpu)
        .args(words)
        .env("PORT", &port)
        .spawn()?;
    Ok(Process::new(child, true))
}

/// A port of this machine that nobody has. Somebody may take it before it is used.
///
/// # Errors
/// If there is none.
pub(super) fn free_port() -> io::Result<u16> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    Ok(listener.local_addr()?.port())
}

/// In a process group of its own: what is typed at a terminal goes to the master alone.
fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).process_group(0);
    for variable in OURS {
        command.env_remove(variable);
    }
    command
}
