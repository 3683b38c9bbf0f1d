//! A server under test: started on ports the kernel chooses, asked over its admin pages, ended whatever happens.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rustix::process::{Pid, Signal};
use serde_json::Value;

use super::http::{self, Client};
use super::processes::{Session, send};
use super::wait;

/// A running server.
pub(crate) struct Server {
    child: Child,
    /// Where requests go.
    pub(crate) address: SocketAddr,
    admin: SocketAddr,
    said: Arc<Mutex<Vec<String>>>,
    listener: Option<JoinHandle<()>>,
}

/// What `/status` says of a process.
#[derive(Clone, Debug)]
pub(crate) struct ProcessStatus {
    /// As in `x-worker`.
    pub(crate) id: String,
    /// None between a death and the next start.
    pub(crate) pid: Option<Pid>,
    pub(crate) ready: bool,
    pub(crate) restarts: u64,
    pub(crate) in_flight: u64,
    pub(crate) requests: u64,
}

impl Server {
    /// With these flags, and ready.
    #[track_caller]
    pub(crate) fn start(flags: &[&str]) -> Self {
        Self::run(&[], flags)
    }

    /// With a limit on open descriptors in each of its processes.
    #[track_caller]
    pub(crate) fn start_with_descriptors(limit: u32, flags: &[&str]) -> Self {
        Self::run(
            &[
                "sh",
                "-c",
                &format!("ulimit -n {limit} && exec \"$0\" \"$@\""),
            ],
            flags,
        )
    }

    #[track_caller]
    fn run(shell: &[&str], flags: &[&str]) -> Self {
        // A session of its own outlives its master, and can be ended as a whole.
        let mut command = Command::new("setsid");
        command
            .args(shell)
            .arg(env!("CARGO_BIN_EXE_real"))
            .args(flags);
        command.args(["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let said = Arc::<Mutex<Vec<String>>>::default();
        let stderr = child.stderr.take().expect("it is piped");
        let listener = Some(std::thread::spawn({
            let said = said.clone();
            move || listen(stderr, &said)
        }));
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Self {
            child,
            address: nowhere,
            admin: nowhere,
            said,
            listener,
        };
        server.address = server.announced("listening on ");
        server.admin = server.announced("admin pages at ");
        server.until_ready();
        server
    }

    /// Waits until it says where something is.
    #[track_caller]
    fn announced(&mut self, what: &str) -> SocketAddr {
        wait::for_some(what, || {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                panic!("the server ended with {status}");
            }
            let said = self.said.lock().expect("nobody panics with it");
            said.iter().find_map(|line| {
                line.split_once(what)?
                    .1
                    .split_whitespace()
                    .next()?
                    .parse()
                    .ok()
            })
        })
    }

    /// Waits until it takes requests.
    #[track_caller]
    pub(crate) fn until_ready(&self) {
        wait::until("/readyz says 200", || self.ready() == Some(true));
    }

    /// What `/readyz` says; nothing when nobody is there.
    pub(crate) fn ready(&self) -> Option<bool> {
        http::get(self.admin, "/readyz")
            .ok()
            .map(|answer| answer.status == 200)
    }

    /// A page of the admin's.
    #[track_caller]
    pub(crate) fn page(&self, path: &str) -> String {
        let answer =
            http::get(self.admin, path).unwrap_or_else(|failure| panic!("no {path}: {failure:?}"));
        assert_eq!(answer.status, 200, "{path}");
        answer.text().to_owned()
    }

    /// What `/status` says.
    #[track_caller]
    pub(crate) fn status(&self) -> Value {
        serde_json::from_str(&self.page("/status")).expect("JSON")
    }

    /// What it says of the workers.
    #[track_caller]
    pub(crate) fn workers(&self) -> Vec<ProcessStatus> {
        self.processes("workers")
    }

    /// What it says of the processes in one of its lists.
    #[track_caller]
    pub(crate) fn processes(&self, list: &str) -> Vec<ProcessStatus> {
        let status = self.status();
        let processes = status[list].as_array().expect("a list of processes");
        processes.iter().map(ProcessStatus::read).collect()
    }

    /// Waits until there are `count` workers and all are ready.
    #[track_caller]
    pub(crate) fn until_workers(&self, count: usize) {
        wait::until(&format!("{count} workers are ready"), || {
            let workers = self.workers();
            workers.len() == count && workers.iter().all(|worker| worker.ready)
        });
    }

    /// Clients' connections.
    #[track_caller]
    pub(crate) fn connections(&self) -> u64 {
        self.status()["connections"].as_u64().expect("a count")
    }

    /// The sum over all series of a metric whose labels contain `having`.
    #[track_caller]
    pub(crate) fn metric(&self, name: &str, having: &str) -> f64 {
        let page = self.page("/metrics");
        let mut values = page.lines().filter_map(|line| {
            let (series, value) = line.rsplit_once(' ')?;
            let (series, labels) = series.split_once('{').unwrap_or((series, ""));
            (series == name && labels.contains(having))
                .then(|| value.parse::<f64>().expect("a number"))
        });
        let first = values
            .next()
            .unwrap_or_else(|| panic!("no metric {name} with {having:?} in\n{page}"));
        first + values.sum::<f64>()
    }

    /// The process that was started.
    pub(crate) fn master(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Who is the master now: another process after an upgrade.
    #[track_caller]
    pub(crate) fn serving_master(&self) -> Pid {
        wait::for_some("somebody says who is the master", || {
            self.try_serving_master()
        })
    }

    /// The same, if anybody answers just now.
    pub(crate) fn try_serving_master(&self) -> Option<Pid> {
        let answer = http::get(self.admin, "/status").ok()?;
        let status: Value = serde_json::from_str(answer.text()).ok()?;
        Pid::from_raw(status["pid"].as_i64()? as i32)
    }

    /// All processes, also those whose master is gone.
    pub(crate) fn session(&self) -> Session {
        Session(self.master())
    }

    /// Sends a signal to the process that was started.
    #[track_caller]
    pub(crate) fn signal(&self, signal: Signal) {
        send(self.master(), signal);
    }

    /// Waits for the end of the process that was started.
    #[track_caller]
    pub(crate) fn ended(&mut self) -> ExitStatus {
        wait::for_some("the master ends", || {
            self.child.try_wait().expect("it is our child")
        })
    }

    /// Waits until it says a line that contains `words`.
    #[track_caller]
    pub(crate) fn until_said(&self, words: &str) {
        wait::until(&format!("the server says {words:?}"), || {
            self.said
                .lock()
                .expect("nobody panics with it")
                .iter()
                .any(|line| line.contains(words))
        });
    }

    /// A client of its own.
    pub(crate) fn client(&self) -> Client {
        Client::to(self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.session().kill();
        let _ = self.child.wait();
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
        if std::thread::panicking() {
            let said = self
                .said
                .lock()
                .map(|lines| lines.join("\n"))
                .unwrap_or_default();
            eprintln!("--- the server said:\n{said}\n---");
        }
    }
}

impl ProcessStatus {
    fn read(value: &Value) -> Self {
        let number = |key: &str| {
            value[key]
                .as_u64()
                .unwrap_or_else(|| panic!("no {key} in {value}"))
        };
        Self {
            id: number("id").to_string(),
            pid: value["pid"]
                .as_i64()
                .and_then(|pid| Pid::from_raw(pid as i32)),
            ready: value["ready"].as_bool().expect("ready or not"),
            restarts: number("restarts"),
            in_flight: number("in_flight"),
            requests: number("requests"),
        }
    }
}

/// Keeps what is said until everybody who could say something has gone.
fn listen(stderr: ChildStderr, said: &Mutex<Vec<String>>) {
    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
        said.lock().expect("nobody panics with it").push(line);
    }
}
