//! Ctrl-C.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use super::{directory, names};

/// As many requests as nobody would wait for.
const LONG: &str = "--requests 1e11 --replications 3 --strategy random,round-robin --format json";

/// Starts `sim` and waits until it is in the middle of its work.
fn started(arguments: &str, directory: &Path) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sim"))
        .args(arguments.split(' '))
        .current_dir(directory)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let patience = 3000;
    let works = (0..patience).any(|_| {
        wait(Duration::from_millis(10));
        listens(&child) && ticks(&child) >= 30
    });
    if !works {
        child.kill().unwrap();
        child.wait().unwrap();
        panic!("it never got to work");
    }
    child
}

/// User CPU time so far, in hundredths of a second.
fn ticks(child: &Child) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    fields.split_whitespace().nth(11).unwrap().parse().unwrap()
}

fn listens(child: &Child) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    u64::from_str_radix(caught.unwrap().trim(), 16).unwrap() & SIGINT_BIT != 0
}

const SIGINT_BIT: u64 = 1 << 1;

#[expect(clippy::disallowed_methods, reason = "another process is waited for")]
fn wait(span: Duration) {
    std::thread::sleep(span);
}

fn interrupt(child: &Child) {
    let pid = child.id().to_string();
    let killed = Command::new("kill").args(["-INT", &pid]).status();
    assert!(killed.unwrap().success());
}

fn interrupted(arguments: &str, directory: &Path) -> Output {
    let child = started(arguments, directory);
    interrupt(&child);
    child.wait_with_output().unwrap()
}

#[test]
fn partial_results_are_written() {
    let home = directory(&[]);
    let output = interrupted(LONG, home.path());
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["interrupted"], true);
    let first = &result["results"][0];
    let (requests, completed) = (&first["requests"], &first["completed"]);
    assert!(
        requests.as_u64().unwrap() > 0 && requests == completed,
        "{first}"
    );
}

#[test]
fn partial_results_go_to_files_too() {
    let home = directory(&[]);
    let output = interrupted(&format!("{LONG} --output a.json"), home.path());
    assert_eq!(output.status.code(), Some(130));
    let text = std::fs::read_to_string(home.path().join("a.json")).unwrap();
    let result: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(result["interrupted"], true);
    assert_eq!(names(home.path()), ["a.json"]);
}

#[test]
fn a_second_ctrl_c_ends_at_once() {
    let home = directory(&[]);
    // Drawing up a table for every one of so many backends takes a while and looks at nothing.
    let arguments = "--backends 200k --strategy maglev --requests 1000 --replications 1";
    let child = started(arguments, home.path());
    interrupt(&child);
    // Two signals at once are one.
    wait(Duration::from_millis(300));
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(output.stdout, b"");
}
