//! Flags and environment variables: read by clap, refused in one sentence.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Command};

use crate::failure::Failure;
use crate::table::{Given, Origin, Table};

/// What clap made of a command line.
#[derive(Debug)]
pub enum Typed {
    /// Flags.
    Flags(ArgMatches),
    /// `--help` or `--version`: what is to be printed.
    Help(clap::Error),
}

impl Typed {
    /// Reads `arguments`, of which the first is the program's name.
    pub fn read(command: &Command, arguments: &[OsString]) -> Result<Typed, Failure> {
        match command.clone().try_get_matches_from(arguments) {
            Ok(matches) => Ok(Typed::Flags(matches)),
            Err(error) if error.use_stderr() => {
                let lossy = |argument: &OsString| argument.to_string_lossy().into_owned();
                let typed: Vec<String> = arguments.iter().map(lossy).collect();
                Err(no_value(command, &error, &typed).unwrap_or_else(|| wrong_usage(&error)))
            }
            Err(help) => Ok(Typed::Help(help)),
        }
    }
}

/// Everything typed or in the environment, by long name. An empty variable is as good as none.
pub fn given(command: &Command, matches: &ArgMatches) -> Table {
    let mut settings = Table::default();
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

/// What a file may say: every setting but those under the heading `run`, which say how the program is run.
pub fn keys(command: &Command, run: &str) -> Vec<String> {
    let settings = command.get_arguments().filter(|argument| {
        let of_run = argument.get_help_heading() == Some(run);
        !of_run && !argument.is_positional()
    });
    settings
        .filter_map(|argument| Some(argument.get_long()?.to_owned()))
        .collect()
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
