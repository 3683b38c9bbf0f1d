//! Where results go, and that they are the same bytes whenever and however they are computed.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{SHORT, directory, json, names, run, sim, stderr, stdout};

const ALL: &str = "--strategy all --backends 6 --dispatchers 2 --requests 20k --replications 3";

#[test]
fn equal_seeds_give_equal_bytes_whatever_the_threads() {
    let home = directory(&[]);
    for format in ["json", "csv", "table"] {
        let with = |more: &str| {
            let assert = run(home.path(), &format!("{ALL} --format {format} {more}"));
            stdout(&assert.success())
        };
        let one = with("--jobs 1");
        assert_eq!(one, with("--jobs 2"));
        assert_eq!(one, with("--jobs 1"));
        assert_ne!(one, with("--seed 2"));
    }
}

#[test]
fn nothing_is_said_on_stderr_unless_asked_for() {
    let home = directory(&[]);
    let silent = run(home.path(), SHORT).success();
    assert_eq!(stderr(&silent), "");
    let talking = run(home.path(), &format!("{SHORT} --verbose")).success();
    assert!(
        stderr(&talking).contains("4000 requests in "),
        "{}",
        stderr(&talking)
    );
    assert_eq!(stdout(&silent), stdout(&talking));
}

#[test]
fn a_table_in_a_pipe_has_no_colour() {
    let home = directory(&[]);
    for variables in [&[][..], &[("NO_COLOR", "1")], &[("TERM", "xterm-256color")]] {
        let mut command = sim(home.path());
        let assert = command
            .args("--requests 2000 --replications 2".split(' '))
            .envs(variables.iter().copied())
            .assert()
            .success();
        assert!(!stdout(&assert).contains('\u{1b}'), "{variables:?}");
    }
    let help = sim(home.path()).arg("--help").env("NO_COLOR", "1").assert();
    let help = stdout(&help.success());
    assert!(help.contains("Examples:") && !help.contains('\u{1b}'));
}

#[test]
fn version() {
    let assert = run(Path::new("."), "--version").success();
    assert_eq!(
        stdout(&assert),
        format!("sim {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn files_hold_what_stdout_would() {
    let home = directory(&[("old.json", "precious")]);
    let printed = stdout(&run(home.path(), SHORT).success());
    let arguments = format!("{SHORT} --output old.json --plot a.html --timeline t.json");
    let assert = run(home.path(), &arguments).success();
    assert_eq!(stdout(&assert), "");
    let read = |name: &str| std::fs::read_to_string(home.path().join(name)).unwrap();
    assert_eq!(read("old.json"), printed);
    assert!(read("a.html").contains("<html"));
    assert!(serde_json::from_str::<serde_json::Value>(&read("t.json")).is_ok());
    run(home.path(), &format!("{SHORT} --plot a.svg")).success();
    assert!(read("a.svg").contains("<svg"));
    assert_eq!(
        names(home.path()),
        ["a.html", "a.svg", "old.json", "t.json"]
    );
}

#[test]
fn a_refused_run_leaves_files_alone() {
    let home = directory(&[("old.json", "precious")]);
    run(home.path(), "--load 0 --output old.json").code(2);
    run(home.path(), "--output old.json --plot missing/a.svg").code(2);
    let old = std::fs::read_to_string(home.path().join("old.json")).unwrap();
    assert_eq!(old, "precious");
    assert_eq!(names(home.path()), ["old.json"]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_devices_are_not_replaced() {
    use std::os::unix::fs::{FileTypeExt, symlink};
    let home = directory(&[("real.json", "")]);
    symlink("real.json", home.path().join("link.json")).unwrap();
    run(home.path(), &format!("{SHORT} --output link.json")).success();
    let link = std::fs::symlink_metadata(home.path().join("link.json")).unwrap();
    assert!(link.is_symlink());
    assert!(
        std::fs::metadata(home.path().join("real.json"))
            .unwrap()
            .len()
            > 0
    );
    run(home.path(), &format!("{SHORT} --output /dev/null")).success();
    assert!(
        std::fs::metadata("/dev/null")
            .unwrap()
            .file_type()
            .is_char_device()
    );
    let both = run(home.path(), "--output real.json --timeline link.json").code(2);
    assert!(stderr(&both).contains("--output"), "{}", stderr(&both));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure_while_running() {
    let home = directory(&[]);
    let assert = run(home.path(), &format!("{SHORT} --output /dev/full")).code(1);
    let sentence = stderr(&assert);
    assert!(
        sentence.contains("--output: `/dev/full` cannot be written"),
        "{sentence}"
    );
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let home = directory(&[]);
    // More than fits into a pipe, so that writing does meet the closed end.
    let arguments = "--backends 20k --requests 2000 --replications 1 --format json";
    let mut child = Command::new(env!("CARGO_BIN_EXE_sim"))
        .args(arguments.split(' '))
        .current_dir(home.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn overload_is_said() {
    let home = directory(&[]);
    let result = json(&run(home.path(), &format!("--load 1.2 {SHORT}")).success());
    assert!(result.to_string().contains("without bound"), "{result}");
}
