//! Clients in a closed loop: each has one request under way, checks what comes back, and counts what goes wrong.
//!
//! They honour `Connection: close` and never send a request twice: a connection that is closed before an answer is a
//! failure, though a client may repeat such a request if it is idempotent.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::http::{Answer, Client, Failure};
use super::wait;

/// What each client does.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Clients, each with a connection.
    pub(crate) clients: usize,
    /// What is asked for; `/echo` gets a body nobody else sends.
    pub(crate) path: &'static str,
    /// Whether each request has a connection of its own.
    pub(crate) reconnect: bool,
    /// How long a client waits for anything.
    pub(crate) timeout: Duration,
}

impl Plan {
    /// `clients` that keep their connections.
    pub(crate) fn new(clients: usize) -> Self {
        Self {
            clients,
            path: "/echo",
            reconnect: false,
            timeout: wait::PATIENCE,
        }
    }
}

/// What clients have seen.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Answers that were right.
    pub(crate) answered: u64,
    /// What was not answered, by kind and by the worker the connection was known to lead to.
    pub(crate) failures: BTreeMap<(Failure, Option<String>), u64>,
    /// Answers by worker.
    pub(crate) workers: BTreeMap<String, u64>,
    /// How long right answers took.
    pub(crate) times: Vec<Duration>,
}

impl Tally {
    /// All requests that were not answered as they should.
    pub(crate) fn failed(&self) -> u64 {
        self.failures.values().sum()
    }

    /// The time that a share `q` of answers were faster than.
    pub(crate) fn quantile(&mut self, q: f64) -> Duration {
        self.times.sort_unstable();
        self.times[((self.times.len() - 1) as f64 * q) as usize]
    }

    fn add(&mut self, other: Self) {
        self.answered += other.answered;
        self.times.extend(other.times);
        for (kind, count) in other.failures {
            *self.failures.entry(kind).or_default() += count;
        }
        for (worker, count) in other.workers {
            *self.workers.entry(worker).or_default() += count;
        }
    }
}

/// Clients at work; they stop when this is dropped.
pub(crate) struct Load {
    shared: Arc<Shared>,
    clients: Vec<JoinHandle<Tally>>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    answered: AtomicU64,
}

impl Load {
    /// Sets clients to work on `address`.
    pub(crate) fn on(address: SocketAddr, plan: &Plan) -> Self {
        let shared = Arc::<Shared>::default();
        let start = |id| {
            let worker = Worker {
                id,
                address,
                plan: plan.clone(),
                shared: shared.clone(),
                connection: None,
                sent: 0,
            };
            std::thread::spawn(move || worker.run())
        };
        let clients = (0..plan.clients).map(start).collect();
        Self { shared, clients }
    }

    /// Right answers so far.
    pub(crate) fn answered(&self) -> u64 {
        self.shared.answered.load(Ordering::Relaxed)
    }

    /// Waits for `more` right answers from now on.
    #[track_caller]
    pub(crate) fn go_on_for(&self, more: u64) {
        let goal = self.answered() + more;
        let mut before = self.answered();
        // Slow machines may take long; only standing still is an error.
        while before < goal {
            wait::until("another right answer", || self.answered() > before);
            before = self.answered();
        }
    }

    /// Ends the clients after their current requests.
    pub(crate) fn stop(mut self) -> Tally {
        self.shared.stop.store(true, Ordering::Relaxed);
        let mut all = Tally::default();
        for client in self.clients.drain(..) {
            all.add(client.join().expect("a client does not panic"));
        }
        all
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }
}

/// One client.
struct Worker {
    id: usize,
    address: SocketAddr,
    plan: Plan,
    shared: Arc<Shared>,
    /// And the worker that answered over it.
    connection: Option<(Client, Option<String>)>,
    sent: u64,
}

impl Worker {
    fn run(mut self) -> Tally {
        let mut tally = Tally::default();
        while !self.shared.stop.load(Ordering::Relaxed) {
            let began = Instant::now();
            match self.request() {
                Ok(worker) => self.succeeded(&mut tally, began.elapsed(), worker),
                Err(failure) => self.failed(&mut tally, failure),
            }
        }
        tally
    }

    fn succeeded(&self, tally: &mut Tally, took: Duration, worker: String) {
        self.shared.answered.fetch_add(1, Ordering::Relaxed);
        tally.answered += 1;
        tally.times.push(took);
        *tally.workers.entry(worker).or_default() += 1;
    }

    fn failed(&mut self, tally: &mut Tally, failure: Failure) {
        let worker = self.connection.take().and_then(|(_, worker)| worker);
        *tally.failures.entry((failure, worker)).or_default() += 1;
        // Whoever is refused does not come back at once.
        std::thread::sleep(Duration::from_millis(2));
    }

    /// One request; the worker that answered it.
    fn request(&mut self) -> Result<String, Failure> {
        self.sent += 1;
        if self.connection.is_none() {
            self.connection = Some((Client::connect(self.address, self.plan.timeout)?, None));
        }
        let (client, known) = self.connection.as_mut().expect("it was just made");
        let answer = ask(
            client,
            self.plan.path,
            &format!("{}-{}", self.id, self.sent),
        )?;
        *known = Some(answer.worker());
        if answer.closes() || self.plan.reconnect {
            self.connection = None;
        }
        Ok(answer.worker())
    }
}

/// Sends a request and checks its answer.
fn ask(client: &mut Client, path: &str, body: &str) -> Result<Answer, Failure> {
    let answer = if path == "/echo" {
        client.post(path, body.as_bytes())?
    } else {
        client.get(path)?
    };
    let expected = match path {
        "/echo" => body.as_bytes(),
        "/" => b"Hello, World!",
        _ => answer.body.as_slice(),
    };
    match answer.status {
        200 if answer.body == expected => Ok(answer),
        200 => Err(Failure::WrongBody),
        other => Err(Failure::Status(other)),
    }
}
