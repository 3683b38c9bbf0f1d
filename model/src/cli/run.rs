//! Doing what was asked for.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use model::child::{Failure as Failed, Outcome};
use model::examine::{exhibit, prove, search, searched, solve, weaken};
use model::explicit::{self, Explicit};
use model::findings::{Findings, Proof};
use model::job::Job;
use model::suite::Workers;
use model::{museum, mutate, property, report};

use super::flags::{Format, Part, Settings};
use super::progress::Bar;
use super::{Failure, complain};

/// A property fails, or a mutant lives.
const VIOLATED: u8 = 3;
const INTERRUPTED: u8 = 130;

pub(super) fn examine(settings: &Settings) -> Result<ExitCode, Failure> {
    let program = program()?;
    let stop = stop_on_interrupt()?;
    let workers = Workers {
        program: &program,
        at_once: settings.jobs,
        stop: &stop,
    };
    let mut findings = Findings {
        schema: 1,
        version: env!("CARGO_PKG_VERSION"),
        seed: settings.plan.seed,
        scenario: settings.scenario(),
        ..Findings::default()
    };
    let mut bar = Bar::new();
    find_out(settings, &workers, &mut bar, &mut findings).map_err(Failure::running)?;
    bar.clear();
    findings.interrupted = stop.load(Ordering::Relaxed);
    to_stdout(&match settings.format {
        Format::Table => report::table(&findings),
        Format::Json => report::json(&findings),
    })?;
    Ok(match () {
        () if findings.interrupted => ExitCode::from(INTERRUPTED),
        () if !findings.are_good() => ExitCode::from(VIOLATED),
        () => ExitCode::SUCCESS,
    })
}

fn find_out(
    settings: &Settings,
    workers: &Workers<'_>,
    bar: &mut Bar,
    findings: &mut Findings,
) -> io::Result<()> {
    let Settings { plan, parts, .. } = settings;
    let wants = |part| parts.contains(&part);
    // Read first: a missing source is said before the work, not after it.
    let sites = wants(Part::Mutants).then(|| mutate::inventory(root(), mutate::FOLDER));
    let sites = sites.transpose()?;
    if wants(Part::Proofs) || wants(Part::Mutants) {
        let reached = prove(plan, workers, bar, findings)?;
        match sites {
            Some(sites) if findings.are_good() => {
                weaken(plan, &reached, &sites, workers, bar, findings)?;
            }
            Some(_) => complain("no mutants: what does not hold says nothing of them"),
            None => {}
        }
    }
    if wants(Part::States) {
        search(plan, workers, bar, findings)?;
    }
    if wants(Part::Museum) {
        exhibit(plan, workers, bar, findings)?;
    }
    if wants(Part::Exact) {
        solve(plan, workers, bar, findings)?;
    }
    Ok(())
}

/// Runs one job again and prints the steps of its last execution.
pub(super) fn replay(job: &Job) -> Result<ExitCode, Failure> {
    let workers = Workers {
        program: &program()?,
        at_once: 1,
        stop: &AtomicBool::new(false),
    };
    let outcome = workers.run(job).map_err(Failure::running)?;
    match &outcome {
        Outcome::Holds { executions, .. } if job.change.stop_after.is_some() => {
            Err(Failure::usage(format!(
                "--replay {job}: there are only {executions} executions"
            )))
        }
        Outcome::Holds { executions, .. } => {
            let shown = format!("{job} holds in all its {executions} executions.\n");
            to_stdout(&shown)
        }
        Outcome::Fails(shown) if outcome.is_shown() => {
            let held = Failed {
                message: "this execution holds".into(),
                ..shown.clone()
            };
            to_stdout(&report::told(&job.to_string(), &held))
        }
        Outcome::Fails(failure) => {
            to_stdout(&report::told(&job.to_string(), failure))?;
            Ok(ExitCode::from(VIOLATED))
        }
    }
}

/// Searches one system again and prints the way to what does not hold.
pub(super) fn search_again(system: &Explicit) -> Result<ExitCode, Failure> {
    let proof = searched(system);
    let Some(failure) = &proof.failure else {
        let Proof {
            name, executions, ..
        } = &proof;
        return to_stdout(&format!("{name} holds in all its {executions} states.\n"));
    };
    to_stdout(&report::told(&proof.name, failure))?;
    Ok(ExitCode::from(VIOLATED))
}

/// All properties, systems and exhibits.
pub(super) fn list() -> String {
    let properties = [property::all(), museum::properties()].concat();
    let properties = properties.iter().map(ToString::to_string);
    let systems = [explicit::all(), explicit::deep()].concat();
    let systems = systems
        .iter()
        .map(|system| format!("{},states", system.name));
    properties.chain(systems).map(|name| name + "\n").collect()
}

pub(super) fn to_stdout(text: &str) -> Result<ExitCode, Failure> {
    match io::stdout().write_all(text.as_bytes()) {
        // Who closed the pipe has read enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::running(format!(
            "stdout cannot be written: {error}"
        ))),
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn program() -> Result<PathBuf, Failure> {
    let path = std::env::current_exe();
    path.map_err(|error| Failure::running(format!("this program cannot find itself: {error}")))
}

/// The workspace that this program was built in: its sources are read for atomic operations.
pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
}

/// The first Ctrl-C starts no further check; the second ends the program.
fn stop_on_interrupt() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    let handler = move || {
        if told.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(INTERRUPTED));
        }
    };
    ctrlc::set_handler(handler)
        .map_err(|error| Failure::running(format!("Ctrl-C cannot be listened for: {error}")))?;
    Ok(stop)
}
