//! From what was typed to what is to be done.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Command, CommandFactory};

use super::arms::Arms;
use super::failure::Failure;
use super::flags::{Flags, RUN};
use super::job::{Chatter, Job};
use super::named;
use super::output::{Format, Target};
use super::settings::{Given, Origin, Settings, Variants};
use super::value::{count, word};

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
    let matches = match command.clone().try_get_matches() {
        Ok(matches) => matches,
        Err(error) if error.use_stderr() => {
            let typed: Vec<String> = std::env::args_os()
                .map(|argument| argument.to_string_lossy().into_owned())
                .collect();
            return Err(no_value(&command, &error, &typed).unwrap_or_else(|| wrong_usage(&error)));
        }
        Err(help) => return Ok(Action::Help(help)),
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
    let variants = offer_scenario(&mut settings, &keys(&command))?;
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

/// `--timeout -1s` is taken for a flag `-1` that there is not: what it should have been the value of.
fn no_value(command: &Command, error: &clap::Error, typed: &[String]) -> Option<Failure> {
    let (ErrorKind::UnknownArgument, Some(ContextValue::String(unknown))) =
        (error.kind(), error.get(ContextKind::InvalidArg))
    else {
        return None;
    };
    let takes_value = |flag: &str| {
        let known = command
            .get_arguments()
            .find(|it| it.get_long() == flag.strip_prefix("--"));
        known.is_some_and(|it| it.get_long().is_some() && it.get_action().takes_values())
    };
    let is_unknown = |text: &str| text.starts_with(unknown.as_str()) && !text.starts_with("--");
    let pairs = typed.windows(2).find_map(|pair| match pair {
        [flag, text] if takes_value(flag) && is_unknown(text) => Some((flag, text)),
        _ => None,
    });
    let (flag, text) = pairs?;
    Some(Failure::usage(format!(
        "{flag}: `{text}` begins with a dash, which no value does; nothing here is negative"
    )))
}

/// One sentence of what clap says in several paragraphs.
fn wrong_usage(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    let mut lines = text.lines();
    let sentence = lines.next().unwrap_or_default();
    let sentence = sentence.strip_prefix("error: ").unwrap_or(sentence);
    let tip = lines.find_map(|line| line.trim_start().strip_prefix("tip: "));
    Failure::usage(format!(
        "{sentence}; {}",
        tip.unwrap_or("--help lists the flags")
    ))
}

/// Everything typed or in the environment, by long name. An empty variable is as good as none.
fn given(command: &Command, matches: &ArgMatches) -> Settings {
    let mut settings = Settings::default();
    for argument in command.get_arguments() {
        let takes_value = matches!(argument.get_action(), ArgAction::Set | ArgAction::Append);
        let (Some(key), true) = (argument.get_long(), takes_value) else {
            continue;
        };
        let id = argument.get_id().as_str();
        let values = matches.get_many::<String>(id).into_iter().flatten();
        let text = values.cloned().collect::<Vec<_>>().join(",");
        let origin = match matches.value_source(id) {
            Some(ValueSource::CommandLine) => Origin::Flag,
            Some(ValueSource::EnvVariable) if !text.is_empty() => Origin::Environment,
            _ => continue,
        };
        settings.offer(key, Given { text, origin });
    }
    settings
}

/// What a scenario file may say.
fn keys(command: &Command) -> Vec<String> {
    let settings = command.get_arguments().filter(|argument| {
        let of_run = argument.get_help_heading() == Some(RUN);
        !of_run && !argument.is_positional()
    });
    settings
        .filter_map(|argument| Some(argument.get_long()?.to_owned()))
        .collect()
}

/// Offers what the scenario says and returns what its variants say.
fn offer_scenario(settings: &mut Settings, keys: &[String]) -> Result<Variants, Failure> {
    settings.exclusive("scenario", "scenario-name", "there can be one scenario")?;
    if let Some(path) = settings.text("scenario").map(PathBuf::from) {
        return settings.offer_file(&path, keys);
    }
    if let Some(scenario) = settings.given("scenario-name", named::find)? {
        let name = format!("scenario {}", scenario.name);
        return settings.offer_text(&name, scenario.text, keys);
    }
    Ok(Variants::default())
}

fn format(settings: &Settings) -> Result<Format, Failure> {
    let read = |text: &str| word(text, "a format", Format::ALL);
    Ok(settings.given("format", read)?.unwrap_or(Format::Table))
}

fn jobs(settings: &Settings) -> Result<NonZeroUsize, Failure> {
    const MOST: u64 = 1024;
    let given = settings.given("jobs", |text| count(text, 1..=MOST))?;
    let given = given.and_then(|jobs| NonZeroUsize::new(jobs as usize));
    // Where it cannot be told there is one.
    Ok(given
        .or_else(|| std::thread::available_parallelism().ok())
        .unwrap_or(NonZeroUsize::MIN))
}

fn outputs(settings: &Settings, variants: &Variants) -> Result<Vec<Target>, Failure> {
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
