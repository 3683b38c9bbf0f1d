//! The command line from outside: what is refused, what wins, what is written, and how it ends.

mod controls;
mod interrupt;
mod operations;
mod outputs;
mod presets;
mod refusals;
mod settings;
mod traces;
mod variants;

use std::path::Path;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use tempfile::TempDir;

/// `sim` in a directory of its own, and nothing of this process's environment.
fn sim(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
    command.current_dir(directory).env_clear();
    command
}

/// Runs `sim` with `arguments`, which spaces separate.
fn run(directory: &Path, arguments: &str) -> Assert {
    sim(directory).args(arguments.split_whitespace()).assert()
}

fn stdout(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

fn stderr(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

fn json(assert: &Assert) -> serde_json::Value {
    serde_json::from_str(&stdout(assert)).unwrap()
}

/// A directory with these files in it.
fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = TempDir::new().unwrap();
    for (name, content) in files {
        std::fs::write(directory.path().join(name), content).unwrap();
    }
    directory
}

/// The names of what is in `directory`.
fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A run of a moment.
const SHORT: &str = "--requests 2000 --replications 2 --format json";
