//! One job, one process: a failing check may abort, loop or exhaust the stack, and must not take the others along.

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::panic::{self, PanicHookInfo};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::check::{Report, check};
use crate::job::Job;
use crate::watch::{Run, STOPPED};

/// The hidden flag by which a program says that it is to do one job.
pub const FLAG: &str = "--job";

/// A process that takes longer than this does not end.
const LIMIT: Duration = Duration::from_secs(600);

/// What became of a job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Outcome {
    /// Nothing failed.
    Holds {
        /// How many executions.
        executions: u64,
        /// Whether those are all within the bound.
        exhaustive: bool,
        /// The atomic operations that were reached.
        sites: Vec<String>,
        /// How long it took.
        seconds: f64,
    },
    /// Something did.
    Fails(Failure),
}

/// The first thing that failed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Failure {
    /// The panic's message, with its place.
    pub message: String,
    /// The job that shows just this.
    pub replay: String,
    /// In which execution it failed, from 1; 0 where executions are not counted.
    pub execution: u64,
    /// The atomic steps of that execution, in their order.
    pub steps: Vec<String>,
    /// How long it took to find.
    pub seconds: f64,
}

/// The child's side: does `job`, prints its [`Outcome`] as a line of JSON. A failure ends the process.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a check took is not part of what it checks"
)]
pub fn work(job: Job) {
    end_with_parent();
    let started = Instant::now();
    let failing = Failing { job, started };
    panic::set_hook(Box::new(move |panic| failing.report(panic)));
    let Report {
        executions,
        exhaustive,
        sites,
    } = check(&job.property, job.checker, job.change);
    print(&Outcome::Holds {
        executions,
        exhaustive,
        sites: sites.iter().map(ToString::to_string).collect(),
        seconds: started.elapsed().as_secs_f64(),
    });
}

/// Whoever asked for the work holds the other end of this process's input, and nothing comes through it but its end.
fn end_with_parent() {
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        std::process::exit(1);
    });
}

fn print(outcome: &Outcome) {
    let line = serde_json::to_string(outcome).expect("an outcome has only strings for keys");
    println!("{line}");
}

/// What the panic hook needs to know.
struct Failing {
    job: Job,
    started: Instant,
}

impl Failing {
    /// Prints the first panic's story and ends the process: unwinding through a half-run model may abort it.
    fn report(&self, panic: &PanicHookInfo<'_>) {
        // loom's coroutines are cancelled by panics of their own, with other payloads.
        let payload = panic.payload();
        let text = match (
            payload.downcast_ref::<&str>(),
            payload.downcast_ref::<String>(),
        ) {
            (Some(text), _) => (*text).to_owned(),
            (_, Some(text)) => text.clone(),
            _ => return,
        };
        static FIRST: AtomicBool = AtomicBool::new(true);
        if !FIRST.swap(false, Ordering::Relaxed) {
            return;
        }
        let place = panic.location().map(|place| format!(" ({place})"));
        let mut failure = Failure {
            message: text + &place.unwrap_or_default(),
            replay: self.job.to_string(),
            seconds: self.started.elapsed().as_secs_f64(),
            ..Failure::default()
        };
        if let Some(run) = Run::current() {
            failure.execution = run.executions();
            failure.steps = run.schedule().iter().map(ToString::to_string).collect();
            failure.replay = self.replay(&run).to_string();
        }
        print(&Outcome::Fails(failure));
        std::process::exit(3);
    }

    fn replay(&self, run: &Run) -> Job {
        let mut replay = self.job;
        // What shuttle varies from one execution to the next it varies again.
        if !run.varies() {
            replay.change = run.change();
        }
        replay.change.stop_after = Some(run.executions());
        replay
    }
}

impl Outcome {
    /// Whether the execution asked for was shown and held.
    pub fn is_shown(&self) -> bool {
        matches!(self, Outcome::Fails(failure) if failure.message.starts_with(STOPPED))
    }
}

/// The parent's side: runs `job` in a process of its own, by the same program. The process has a group of its own, so that
/// Ctrl-C ends the parent's plan and not the child's check; and it ends when the parent does.
///
/// # Errors
/// If the process could not be started, or came to another end than an outcome: it was killed, aborted, or took too long.
/// That says nothing about the property.
pub fn run(program: &Path, job: &Job) -> io::Result<Outcome> {
    let mut child = Command::new(program)
        .args([FLAG, &job.to_string()])
        // shuttle would take it instead of the job's.
        .env_remove("SHUTTLE_RANDOM_SEED")
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    // Its end tells the child that nobody waits any more.
    let lifeline = child.stdin.take();
    let said = gather(child.stdout.take());
    let complaints = gather(child.stderr.take());
    let said = said.recv_timeout(LIMIT);
    drop(lifeline);
    let status = child.wait()?;
    if let Some(outcome) = said.as_deref().ok().and_then(read_outcome) {
        return Ok(outcome);
    }
    let complaints = complaints.recv().unwrap_or_default();
    let why = match said {
        Ok(_) => {
            let last = complaints.lines().last().unwrap_or("it said nothing");
            format!("the process ended with {status}: {last}")
        }
        Err(_) => format!("it did not end in {} s", LIMIT.as_secs()),
    };
    Err(io::Error::other(format!(
        "the check `{job}` came to no result: {why}"
    )))
}

fn read_outcome(said: &str) -> Option<Outcome> {
    said.lines()
        .find_map(|line| serde_json::from_str(line).ok())
}

/// Reads a pipe to its end, so that the child never waits for a reader.
fn gather(pipe: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What came before an error is still worth reading.
            let _ = pipe.read_to_end(&mut bytes);
        }
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}
