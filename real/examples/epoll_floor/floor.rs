//! One thread, one epoll, blocking nowhere else.

use std::error::Error;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;

use rustix::event::epoll::{self, EventData, EventFlags};
use slab::Slab;

/// As long as the others' answers.
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nserver: epoll-floor!\r\ncontent-type: text/plain\r\ncontent-length: 13\r\n\
    x-worker: 0\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\nHello, World!";

/// What the listening socket is known by.
const LISTENER: u64 = u64::MAX;

/// A client, and what its bytes are relayed to.
struct Pair {
    client: TcpStream,
    upstream: Option<TcpStream>,
}

struct Floor {
    epoll: OwnedFd,
    pairs: Slab<Pair>,
    upstreams: Vec<SocketAddr>,
    accepted: usize,
    buffer: Vec<u8>,
}

/// Serves until it is killed.
pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments
        .next()
        .ok_or("usage: epoll_floor ADDRESS [UPSTREAM...]")?;
    let upstreams = arguments
        .map(|text| text.parse())
        .collect::<Result<Vec<SocketAddr>, _>>()?;
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    epoll::add(
        &epoll,
        &listener,
        EventData::new_u64(LISTENER),
        EventFlags::IN,
    )?;
    let floor = Floor {
        epoll,
        pairs: Slab::new(),
        upstreams,
        accepted: 0,
        buffer: vec![0; 16 << 10],
    };
    floor.serve(&listener)
}

impl Floor {
    fn serve(mut self, listener: &TcpListener) -> Result<(), Box<dyn Error>> {
        let mut events = Vec::with_capacity(256);
        loop {
            events.clear();
            epoll::wait(
                &self.epoll,
                rustix::buffer::spare_capacity(&mut events),
                None,
            )?;
            for event in &events {
                match event.data.u64() {
                    LISTENER => self.accept(listener)?,
                    key => self.ready(key),
                }
            }
        }
    }

    fn accept(&mut self, listener: &TcpListener) -> Result<(), Box<dyn Error>> {
        let client = match listener.accept() {
            Ok((client, _)) => client,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let upstream = self.connect()?;
        let entry = self.pairs.vacant_entry();
        let key = 2 * entry.key() as u64;
        watch(&self.epoll, &client, key)?;
        if let Some(upstream) = &upstream {
            watch(&self.epoll, upstream, key + 1)?;
        }
        entry.insert(Pair { client, upstream });
        Ok(())
    }

    fn connect(&mut self) -> std::io::Result<Option<TcpStream>> {
        if self.upstreams.is_empty() {
            return Ok(None);
        }
        self.accepted += 1;
        TcpStream::connect(self.upstreams[self.accepted % self.upstreams.len()]).map(Some)
    }

    /// Whichever side ends or fails takes the other with it.
    fn ready(&mut self, key: u64) {
        let at = (key / 2) as usize;
        let Some(pair) = self.pairs.get_mut(at) else {
            return;
        };
        if !pair.pass(key % 2 == 1, &mut self.buffer) {
            self.pairs.remove(at);
        }
    }
}

impl Pair {
    /// One read and one write; whether the pair goes on.
    fn pass(&mut self, from_upstream: bool, buffer: &mut [u8]) -> bool {
        let (mut from, mut to) = match &self.upstream {
            Some(upstream) if from_upstream => (upstream, &self.client),
            Some(upstream) => (&self.client, upstream),
            None => (&self.client, &self.client),
        };
        let len = match from.read(buffer) {
            Err(error) => return error.kind() == ErrorKind::WouldBlock,
            Ok(0) => return false,
            Ok(len) => len,
        };
        let bytes = if self.upstream.is_some() {
            &buffer[..len]
        } else {
            ANSWER
        };
        to.write_all(bytes).is_ok()
    }
}

fn watch(epoll: &OwnedFd, stream: &TcpStream, key: u64) -> Result<(), Box<dyn Error>> {
    stream.set_nonblocking(true)?;
    stream.set_nodelay(true)?;
    Ok(epoll::add(
        epoll,
        stream,
        EventData::new_u64(key),
        EventFlags::IN,
    )?)
}
