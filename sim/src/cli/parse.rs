//! From what was typed to what is to be done.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::CommandFactory;
use spec::typed::{Typed, given, keys};
use spec::value::{count, word};
use spec::{Failure, Table};

use super::arms::Arms;
use super::flags::{Flags, RUN};
use super::job::{Chatter, Job};
use super::named;
use super::output::{Format, Target};
use super::settings::{Variants, offer_file, offer_text};

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Action {
    /// The main job.
    Simulate(Box<Job>),
    /// `--print-config`
    PrintConfig(Box<Arms>),
    /// `--strategy list`
    ListStrategies(Format),
    /// `--sizing list`
    ListSizers(Format),
    /// `--scenario-name list`
    ListScenarios,
    /// `--help` and `--version`
    Help(clap::Error),
}

/// Reads the command line, the environment, and the scenario file that they name.
pub(crate) fn parse() -> Result<Action, Failure> {
    // Their names follow from the flags', so a sentence in the help says them all.
    let command = Flags::command().mut_args(|argument| argument.hide_env(true));
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let matches = match Typed::read(&command, &arguments)? {
        Typed::Flags(matches) => matches,
        Typed::Help(help) => return Ok(Action::Help(help)),
    };
    let mut settings = given(&command, &matches);
    let format = format(&settings)?;
    if settings.text("strategy").is_some_and(is_list) {
        return Ok(Action::ListStrategies(format));
    }
    if settings.text("sizing").is_some_and(is_list) {
        return Ok(Action::ListSizers(format));
    }
    if settings.text("scenario-name").is_some_and(is_list) {
        return Ok(Action::ListScenarios);
    }
    let variants = offer_scenario(&mut settings, &keys(&command, RUN))?;
    let (jobs, outputs) = (jobs(&settings)?, outputs(&settings, &variants)?);
    let arms = Arms::resolve(settings, variants)?;
    if matches.get_flag("print_config") {
        return Ok(Action::PrintConfig(Box::new(arms)));
    }
    let chatter = match (matches.get_flag("quiet"), matches.get_flag("verbose")) {
        (true, _) => Chatter::Never,
        (_, true) => Chatter::Always,
        _ => Chatter::OnTerminals,
    };
    Ok(Action::Simulate(Box::new(Job {
        arms,
        format,
        outputs,
        jobs,
        chatter,
    })))
}

fn is_list(text: &str) -> bool {
    text.trim() == "list"
}

/// Offers what the scenario says and returns what its variants say.
fn offer_scenario(settings: &mut Table, keys: &[String]) -> Result<Variants, Failure> {
    settings.exclusive("scenario", "scenario-name", "there can be one scenario")?;
    if let Some(path) = settings.text("scenario").map(PathBuf::from) {
        return offer_file(settings, &path, keys);
    }
    if let Some(scenario) = settings.given("scenario-name", named::find)? {
        let name = format!("scenario {}", scenario.name);
        return offer_text(settings, &name, scenario.text, keys);
    }
    Ok(Variants::default())
}

fn format(settings: &Table) -> Result<Format, Failure> {
    let read = |text: &str| word(text, "a format", Format::ALL);
    Ok(settings.given("format", read)?.unwrap_or(Format::Table))
}

fn jobs(settings: &Table) -> Result<NonZeroUsize, Failure> {
    const MOST: u64 = 1024;
    let given = settings.given("jobs", |text| count(text, 1..=MOST))?;
    let given = given.and_then(|jobs| NonZeroUsize::new(jobs as usize));
    // Where it cannot be told there is one.
    Ok(given
        .or_else(|| std::thread::available_parallelism().ok())
        .unwrap_or(NonZeroUsize::MIN))
}

fn outputs(settings: &Table, variants: &Variants) -> Result<Vec<Target>, Failure> {
    let mut inputs = Vec::new();
    for (key, before) in [
        ("scenario", ""),
        ("trace", ""),
        ("arrivals", "trace:"),
        ("service", "empirical:"),
        ("think", "empirical:"),
    ] {
        let texts = settings.text(key).into_iter().chain(variants.texts(key));
        let files = texts.filter_map(|text| text.strip_prefix(before));
        inputs.extend(files.map(PathBuf::from));
    }
    let mut targets: Vec<Target> = Vec::new();
    for kind in super::output::Kind::ALL {
        let read = |text: &str| Target::new(*kind, text, &inputs, &targets);
        let target = settings.given(kind.key(), read)?;
        targets.extend(target);
    }
    Ok(targets)
}
