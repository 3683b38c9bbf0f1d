//! The command line: `main` -> `run(parse())` -> one `match`.

use std::ffi::OsString;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use spec::typed::{Typed, given};
use spec::{Failure, Status};

use crate::config::{self, Document};
use crate::settings::Settings;

/// What is to be done.
#[derive(Debug)]
pub enum Command {
    /// The main job, with what was given and what was made of it.
    Serve(Box<(Document, Settings)>),
    /// `--check-config`: what to say.
    CheckConfig(String),
    /// `--print-config`: a file.
    PrintConfig(String),
    /// `--help` and `--version`.
    Help(clap::Error),
}

/// Runs the program: `serve` does the main job.
pub fn main(serve: impl FnOnce(Document, Settings) -> Result<Status, Failure>) -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    match parse(&arguments).and_then(|command| run(command, serve)) {
        Ok(status) => status.into(),
        Err(failure) => failure.report().into(),
    }
}

/// Reads the command line `arguments`, of which the first is the program's name, the environment, and the file that
/// they name.
pub fn parse(arguments: &[OsString]) -> Result<Command, Failure> {
    let command = config::command();
    let matches = match Typed::read(&command, arguments)? {
        Typed::Flags(matches) => matches,
        Typed::Help(help) => return Ok(Command::Help(help)),
    };
    let typed = given(&command, &matches);
    let is_check = matches.get_flag("check_config");
    if is_check && !typed.has("config") {
        let sentence = "--check-config: there is no file to check; name one with --config";
        return Err(Failure::usage(sentence));
    }
    let document = Document::new(typed)?;
    let resolved = document.resolve()?;
    if matches.get_flag("print_config") && !is_check {
        return Ok(Command::PrintConfig(resolved.to_toml()));
    }
    resolved.check()?;
    if is_check {
        let name = document.file().unwrap_or("".as_ref()).display();
        return Ok(Command::CheckConfig(format!("{name}: good\n")));
    }
    Ok(Command::Serve(Box::new((document, resolved.settings))))
}

fn run(
    command: Command,
    serve: impl FnOnce(Document, Settings) -> Result<Status, Failure>,
) -> Result<Status, Failure> {
    match command {
        Command::Serve(both) => serve(both.0, both.1),
        Command::CheckConfig(text) | Command::PrintConfig(text) => to_stdout(&text),
        Command::Help(help) => {
            // Who closed the pipe has read enough.
            let _ = help.print();
            Ok(Status::Done)
        }
    }
}

fn to_stdout(text: &str) -> Result<Status, Failure> {
    let mut stdout = std::io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::Running(format!("stdout: {error}")))
        }
        _ => Ok(Status::Done),
    }
}
