//! Upstreams that misbehave on purpose.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

const BODY: &[u8] = b"Hello, World!";

/// What an upstream does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Behaviour {
    /// Answers.
    Answer,
    /// Reads it, and that is all.
    Silence,
    /// Answers byte by byte.
    Drip,
    /// Answers half, and no more.
    Half,
    /// Says that it cannot.
    Refuse,
}

/// An upstream at an address that stays its own while it is down.
pub(crate) struct Stub {
    pub(crate) address: SocketAddr,
    state: Arc<State>,
    acceptor: Option<JoinHandle<()>>,
}

struct State {
    name: String,
    behaviour: AtomicU8,
    requests: AtomicU64,
    up: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Stub {
    /// Up, and answering.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = State {
            name: format!("stub-{}", address.port()),
            behaviour: AtomicU8::new(Behaviour::Answer as u8),
            requests: AtomicU64::new(0),
            up: AtomicBool::new(true),
            open: Mutex::default(),
        };
        let mut stub = Self {
            address,
            state: Arc::new(state),
            acceptor: None,
        };
        stub.accept(listener);
        stub
    }

    /// What it does with requests that come from now on.
    pub(crate) fn behave(&self, behaviour: Behaviour) {
        self.state
            .behaviour
            .store(behaviour as u8, Ordering::SeqCst);
    }

    /// Requests that have reached it.
    pub(crate) fn requests(&self) -> u64 {
        self.state.requests.load(Ordering::SeqCst)
    }

    /// As a flag's value.
    pub(crate) fn authority(&self) -> String {
        self.address.to_string()
    }

    /// Dies, with all its connections.
    pub(crate) fn down(&mut self) {
        self.state.up.store(false, Ordering::SeqCst);
        if let Some(acceptor) = self.acceptor.take() {
            acceptor.join().expect("an acceptor does not panic");
        }
        for stream in self
            .state
            .open
            .lock()
            .expect("nobody panics with it")
            .drain(..)
        {
            // It may be gone already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Comes back, at the same address.
    pub(crate) fn up(&mut self) {
        self.state.up.store(true, Ordering::SeqCst);
        self.accept(TcpListener::bind(self.address).expect("its own port"));
    }

    fn accept(&mut self, listener: TcpListener) {
        listener.set_nonblocking(true).expect("a socket");
        let state = self.state.clone();
        self.acceptor = Some(std::thread::spawn(move || state.accept(&listener)));
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.down();
    }
}

impl State {
    fn accept(self: Arc<Self>, listener: &TcpListener) {
        while self.up.load(Ordering::SeqCst) {
            match listener.accept() {
                Ok((stream, _)) => self.clone().spawn(stream),
                Err(_) => std::thread::sleep(Duration::from_millis(1)),
            }
        }
    }

    /// Its thread ends when the connection does; `down` sees to that.
    fn spawn(self: Arc<Self>, stream: TcpStream) {
        stream.set_nonblocking(false).expect("a socket");
        let twin = stream.try_clone().expect("a socket");
        self.open.lock().expect("nobody panics with it").push(twin);
        std::thread::spawn(move || self.serve(&stream));
    }

    fn serve(&self, stream: &TcpStream) {
        let mut input = BufReader::new(stream);
        while read_request(&mut input).is_ok() {
            self.requests.fetch_add(1, Ordering::SeqCst);
            if self.answer(stream).is_err() {
                return;
            }
        }
    }

    fn answer(&self, mut stream: &TcpStream) -> std::io::Result<()> {
        let head = |status: &str| {
            format!(
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nx-worker: {}\r\n\r\n",
                BODY.len(),
                self.name
            )
        };
        let behaviour = self.behaviour.load(Ordering::SeqCst);
        if behaviour == Behaviour::Silence as u8 {
            return Ok(());
        }
        let status = if behaviour == Behaviour::Refuse as u8 {
            "503 Service Unavailable"
        } else {
            "200 OK"
        };
        let mut whole = head(status).into_bytes();
        let head = whole.len();
        whole.extend(BODY);
        if behaviour == Behaviour::Drip as u8 {
            return drip(stream, &whole, head);
        }
        if behaviour == Behaviour::Half as u8 {
            whole.truncate(whole.len() - BODY.len() / 2);
        }
        stream.write_all(&whole)
    }
}

fn drip(mut stream: &TcpStream, whole: &[u8], head: usize) -> std::io::Result<()> {
    stream.write_all(&whole[..head])?;
    for byte in &whole[head..] {
        std::thread::sleep(Duration::from_millis(30));
        stream.write_all(&[*byte])?;
    }
    Ok(())
}

/// A head, and a body if it says how long.
fn read_request(input: &mut BufReader<&TcpStream>) -> std::io::Result<()> {
    let mut length = 0;
    let mut line = String::new();
    loop {
        line.clear();
        if input.read_line(&mut line)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        if line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().map_err(|_| ErrorKind::InvalidData)?;
        }
    }
    std::io::copy(&mut input.take(length), &mut std::io::sink())?;
    Ok(())
}
