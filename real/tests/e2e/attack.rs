//! Clients that are slow on purpose are put up with for a while, and hold nobody else up meanwhile.
//!
//! The same as `slowhttptest` does, which the deep tier runs where it is installed.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use crate::harness::load::{Load, Plan};
use crate::harness::server::Server;
use crate::harness::{turn, wait};

/// Far more than workers, far fewer than descriptors.
const ATTACKERS: usize = 200;

/// A server that is patient for a second.
const FLAGS: &[&str] = &[
    "--accept",
    "shared",
    "--workers",
    "2",
    "--head-timeout",
    "1s",
    "--stall-timeout",
    "1s",
    "--request-timeout",
    "3s",
];

/// How an attacker begins, what it goes on with a little at a time, and whether it reads what comes back.
#[derive(Clone, Copy)]
struct Attack {
    begin: &'static str,
    go_on: &'static [u8],
    reads: bool,
    attackers: usize,
}

/// A head that never ends: one field, whose value comes byte by byte.
const SLOW_HEAD: Attack = Attack {
    begin: "GET / HTTP/1.1\r\nHost: test\r\nx: ",
    go_on: b"y",
    reads: true,
    attackers: ATTACKERS,
};

/// A body that comes byte by byte.
const SLOW_BODY: Attack = Attack {
    begin: "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n\r\n",
    go_on: b"z",
    reads: true,
    attackers: ATTACKERS,
};

/// An answer that nobody reads, larger than all buffers on its way; those are the kernel's, so there are fewer of it.
const SLOW_READ: Attack = Attack {
    begin: "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 60000000\r\n\r\n",
    go_on: &[b'r'; 1 << 18],
    reads: false,
    attackers: ATTACKERS / 10,
};

/// Connections of one kind, from one thread; whoever is cut off comes again.
struct Attackers {
    stop: Arc<AtomicBool>,
    cut_off: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Attackers {
    fn start(address: SocketAddr, attack: Attack) -> Self {
        let (stop, cut_off) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let go_on = {
            let (stop, cut_off) = (stop.clone(), cut_off.clone());
            move || {
                let mut all: Vec<_> = (0..attack.attackers)
                    .map(|_| begin(address, attack))
                    .collect();
                while !stop.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(50));
                    for one in &mut all {
                        if !one
                            .as_mut()
                            .is_some_and(|stream| is_put_up_with(stream, attack))
                        {
                            cut_off.fetch_add(1, Ordering::Relaxed);
                            *one = begin(address, attack);
                        }
                    }
                }
            }
        };
        let thread = Some(std::thread::spawn(go_on));
        Self {
            stop,
            cut_off,
            thread,
        }
    }

    fn cut_off(&self) -> usize {
        self.cut_off.load(Ordering::Relaxed)
    }
}

impl Drop for Attackers {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn begin(address: SocketAddr, attack: Attack) -> Option<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).ok()?;
    if !attack.reads {
        socket.set_recv_buffer_size(4096).ok()?;
        socket.set_send_buffer_size(4096).ok()?;
    }
    socket.connect(&address.into()).ok()?;
    let mut stream = TcpStream::from(socket);
    stream.write_all(attack.begin.as_bytes()).ok()?;
    stream.set_nonblocking(true).ok()?;
    Some(stream)
}

/// Sends a little more; whether the server still has the connection.
fn is_put_up_with(stream: &mut TcpStream, attack: Attack) -> bool {
    let waits = |error: &std::io::Error| error.kind() == ErrorKind::WouldBlock;
    loop {
        match stream.write(attack.go_on) {
            // What is sent byte by byte is sent slowly; what is to fill buffers is not.
            Ok(_) if attack.reads => break,
            Ok(_) => {}
            Err(error) if waits(&error) => break,
            Err(_) => return false,
        }
    }
    match attack.reads.then(|| stream.read(&mut [0; 512])) {
        Some(Ok(0)) => false,
        Some(Err(error)) => waits(&error),
        _ => true,
    }
}

/// Four clients that behave.
#[track_caller]
fn p99(server: &Server) -> Duration {
    let load = Load::on(server.address, &Plan::new(4));
    load.go_on_for(3000);
    let mut tally = load.stop();
    assert_eq!(tally.failed(), 0, "{:?}", tally.failures);
    tally.quantile(0.99)
}

/// A worker that is held answers nobody for a second or more; a busy machine is slower, but not by that.
#[track_caller]
fn holds_nobody_up(attack: Attack) {
    let _turn = turn::alone();
    let server = Server::start(FLAGS);
    let calm = p99(&server);
    let attackers = Attackers::start(server.address, attack);
    wait::until("the attackers are there", || {
        server.connections() >= attack.attackers as u64 / 2
    });
    let attacked = p99(&server);
    assert!(
        attacked < 20 * calm + Duration::from_millis(200),
        "p99 was {calm:?} before, and {attacked:?} under attack"
    );
    wait::until("attackers are cut off", || {
        attackers.cut_off() >= attack.attackers
    });
}

#[test]
fn slow_head() {
    holds_nobody_up(SLOW_HEAD);
}

#[test]
fn slow_body() {
    holds_nobody_up(SLOW_BODY);
}

#[test]
fn slow_read() {
    holds_nobody_up(SLOW_READ);
}

/// The tool itself: `-H` slow heads, `-B` slow bodies, `-X` slow reads.
#[test]
#[ignore = "takes a minute, and needs slowhttptest"]
fn slowhttptest() {
    let _turn = turn::alone();
    for (kind, method, path) in [
        ("-H", "GET", "/"),
        ("-B", "POST", "/echo"),
        ("-X", "GET", "/"),
    ] {
        let server = Server::start(FLAGS);
        let calm = p99(&server);
        let url = format!("http://{}{path}", server.address);
        let tool = Command::new("slowhttptest")
            .args([
                kind, "-c", "500", "-i", "1", "-r", "500", "-l", "15", "-t", method, "-u", &url,
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut tool) = tool else {
            eprintln!("skipped: slowhttptest is not installed");
            return;
        };
        wait::until("it has begun", || server.connections() >= 100);
        let attacked = p99(&server);
        let _ = tool.kill();
        let _ = tool.wait();
        assert!(
            attacked < 20 * calm + Duration::from_millis(200),
            "{kind}: p99 {calm:?} before, {attacked:?} attacked"
        );
    }
}
