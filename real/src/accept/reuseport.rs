//! Each worker has its own listening socket, all at one port (SO_REUSEPORT), and the kernel chooses.
//!
//! A socket that is closed takes with it the connections that wait at it, so none is closed while a worker is merely
//! replaced: the master keeps a socket for each worker's slot and hands it on from one incarnation to the next. Sockets
//! that have no worker for the moment are steered away from, by a program in the kernel that chooses among the others.
//! When there are to be fewer, the last ones are first steered away from too; then their workers empty them, and only
//! then they are closed.
//!
//! The kernel numbers the sockets in the order in which they began to listen. Only the last is ever closed, so that the
//! numbers stay.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use super::listener;
use crate::settings::Steering;
use crate::sys::{self, Instruction};

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Group {
    sockets: Vec<OwnedFd>,
    steering: Steering,
    backlog: u32,
    /// Among which of the sockets the kernel chooses by a program of ours; `None` if it hashes over all that there are.
    chosen_among: Option<Vec<u32>>,
}

impl Group {
    /// Of `sockets`, at least one, which listen at the same port.
    ///
    /// # Errors
    /// If they do not share it.
    pub(crate) fn new(
        sockets: Vec<OwnedFd>,
        steering: Steering,
        backlog: u32,
    ) -> io::Result<Group> {
        if !sockets.iter().all(listener::shares_its_port) {
            let sentence = "the inherited socket does not share its port: reuseport needs SO_REUSEPORT \
                            (ReusePort=yes in a systemd socket unit)";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, sentence));
        }
        // Whoever had them before may have left a program.
        let chosen_among = (sockets.len() > 1).then(Vec::new);
        Ok(Group {
            sockets,
            steering,
            backlog,
            chosen_among,
        })
    }

    /// The socket of `slot`.
    pub(crate) fn for_slot(&self, slot: u32) -> BorrowedFd<'_> {
        let last = self.sockets.len() - 1;
        self.sockets[last.min(slot as usize)].as_fd()
    }

    /// All of them, in the kernel's order.
    pub(crate) fn all(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.sockets.iter().map(AsFd::as_fd)
    }

    /// There are to be sockets for so many workers.
    ///
    /// # Errors
    /// If no more can be opened.
    pub(crate) fn extend(&mut self, workers: u32) -> io::Result<()> {
        let address = listener::address(&self.sockets[0])?;
        while self.sockets.len() < workers as usize {
            let socket = listener::listen(address, self.backlog, true)?;
            self.sockets.push(socket);
        }
        Ok(())
    }

    /// The kernel is to choose among the sockets of these `slots`; among all if there are none.
    ///
    /// # Errors
    /// If it refuses.
    pub(crate) fn steer(&mut self, slots: &[u32]) -> io::Result<()> {
        let all: Vec<u32> = (0..self.sockets.len() as u32).collect();
        let chosen = match slots.is_empty() {
            true => all.as_slice(),
            false => &slots[..slots.len().min(MOST)],
        };
        let by_hash = self.steering == Steering::Hash && chosen == all;
        // A program that was attached once stays: then even all are chosen by it.
        if by_hash && self.chosen_among.is_none() || self.chosen_among.as_deref() == Some(chosen) {
            return Ok(());
        }
        sys::attach_steering(&self.sockets[0], &program(self.steering, chosen))?;
        self.chosen_among = Some(chosen.to_vec());
        Ok(())
    }

    /// Closes the sockets above the first `workers`, which nobody accepts from any more. How many connections were lost
    /// with them.
    pub(crate) fn close_above(&mut self, workers: u32) -> u32 {
        let mut lost = 0;
        while self.sockets.len() > (workers as usize).max(1) {
            let last = self.sockets.pop();
            lost += last.as_ref().map_or(0, turn_away);
        }
        lost
    }
}

/// Closes what waits at `socket`.
fn turn_away(socket: &OwnedFd) -> u32 {
    let taken = std::iter::from_fn(|| listener::accept(socket).ok().flatten());
    taken.count() as u32
}

/// Among so many sockets a program can choose: a jump is of 255 instructions at most.
const MOST: usize = 250;

/// Chooses among the sockets of these numbers: by the CPU that is at work, or by lot, for the hash of a packet is not
/// known to all network devices. A connection's later packets find it without asking again.
fn program(steering: Steering, among: &[u32]) -> Vec<Instruction> {
    // linux/filter.h: what is loaded from an address so high is not of the packet.
    const BESIDE_THE_PACKET: i32 = -0x1000;
    const CPU: i32 = 36;
    const RANDOM: i32 = 56;
    let what = match steering {
        Steering::Cpu => CPU,
        Steering::Hash => RANDOM,
    };
    let instruction = |code: u32, k: u32| Instruction {
        code: code as u16,
        jt: 0,
        jf: 0,
        k,
    };
    let load = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
    let mut program = vec![
        instruction(load, (BESIDE_THE_PACKET + what) as u32),
        instruction(
            libc::BPF_ALU | libc::BPF_MOD | libc::BPF_K,
            among.len().max(1) as u32,
        ),
    ];
    // The n-th of them has another number than n from the first gap on: then `if n, return its number`.
    for (n, &socket) in (0..).zip(among).filter(|&(n, &socket)| n != socket) {
        let unless = Instruction {
            jf: 1,
            ..instruction(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, n)
        };
        program.extend([unless, instruction(libc::BPF_RET | libc::BPF_K, socket)]);
    }
    program.push(instruction(libc::BPF_RET | libc::BPF_A, 0));
    program
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpStream;

    fn group(steering: Steering) -> Group {
        let first = listener::listen("127.0.0.1:0".parse().unwrap(), 64, true).unwrap();
        Group::new(vec![first], steering, 64).unwrap()
    }

    fn connect(group: &Group, connections: usize) -> Vec<TcpStream> {
        let address = listener::address(group.for_slot(0)).unwrap();
        (0..connections)
            .map(|_| TcpStream::connect(address).unwrap())
            .collect()
    }

    fn queues(group: &Group) -> Vec<u32> {
        group
            .all()
            .map(|socket| sys::accept_queue(socket).unwrap())
            .collect()
    }

    #[test]
    fn the_kernel_chooses_among_all() {
        let mut group = group(Steering::Hash);
        group.extend(3).unwrap();
        group.steer(&[0, 1, 2]).unwrap();
        assert!(group.chosen_among.is_none(), "the kernel's own hash does");
        let _clients = connect(&group, 60);
        let queues = queues(&group);
        assert_eq!(queues.iter().sum::<u32>(), 60);
        assert!(queues.iter().all(|&queue| queue > 0), "{queues:?}");
    }

    #[test]
    fn nothing_comes_to_sockets_that_are_steered_away_from() {
        let mut group = group(Steering::Hash);
        group.extend(5).unwrap();
        group.steer(&[0, 2, 3]).unwrap();
        let _clients = connect(&group, 90);
        let there = queues(&group);
        assert!([0, 2, 3].iter().all(|&slot| there[slot] > 5), "{there:?}");
        assert_eq!((there[1], there[4]), (0, 0));
        assert_eq!(group.close_above(4), 0);

        // And more again: those that are new are chosen, too.
        group.extend(6).unwrap();
        group.steer(&[]).unwrap();
        let _more = connect(&group, 90);
        assert!(queues(&group).iter().all(|&queue| queue > 0));
    }

    #[test]
    fn what_is_lost_is_counted() {
        let mut group = group(Steering::Hash);
        group.extend(2).unwrap();
        let _clients = connect(&group, 40);
        let waiting = queues(&group)[1];
        assert_eq!(group.close_above(1), waiting);
        assert_eq!(queues(&group).len(), 1);
    }

    #[test]
    fn connections_follow_the_cpu() {
        let mut group = group(Steering::Cpu);
        group.extend(64).unwrap();
        group.steer(&[]).unwrap();
        let here = rustix::thread::sched_getcpu();
        let _client = connect(&group, 1);
        let moved = rustix::thread::sched_getcpu() != here;
        assert!(moved || queues(&group)[here % 64] == 1);
    }

    #[test]
    fn a_socket_that_does_not_share_its_port_is_refused() {
        let alone = listener::listen("127.0.0.1:0".parse().unwrap(), 8, false).unwrap();
        let refused = Group::new(vec![alone], Steering::Hash, 8).unwrap_err();
        assert!(refused.to_string().contains("SO_REUSEPORT"));
    }
}
