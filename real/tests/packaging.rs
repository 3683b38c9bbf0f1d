//! What lies in `packaging/` is good for this program.
#![cfg(not(loom))]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde::Deserialize;

fn packaging(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("packaging")
        .join(file)
}

fn text(file: &str) -> String {
    std::fs::read_to_string(packaging(file)).expect("it is there")
}

/// Without what happens to be set where the tests run.
fn real() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_real"));
    command.env_clear();
    command
}

fn check(configuration: &str) {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("evenkeel.toml");
    std::fs::write(&path, configuration).expect("there is room");
    real()
        .args(["--check-config", "--config"])
        .arg(path)
        .assert()
        .success();
}

#[test]
fn the_example_is_good() {
    check(&text("evenkeel.toml"));
}

/// A setting that is switched off begins with `#` and no space.
#[test]
fn the_example_is_good_with_everything_switched_on() {
    let logs = tempfile::tempdir().expect("there is room");
    let logs = logs.path().display().to_string();
    let example = text("evenkeel.toml").replace("/var/log/evenkeel", &logs);
    let lines = example.lines().map(|line| match line.strip_prefix('#') {
        Some(setting) if setting.starts_with(|first: char| first.is_ascii_lowercase()) => setting,
        _ => line,
    });
    let everything: Vec<&str> = lines.collect();
    assert!(everything.len() > example.matches("\n#").count() / 2);
    check(&everything.join("\n"));
}

/// A document of Kubernetes, as far as it concerns us.
#[derive(Deserialize)]
struct Resource {
    kind: String,
    data: Option<BTreeMap<String, String>>,
}

#[test]
fn the_config_map_is_good() {
    let resources: Vec<Resource> =
        serde_saphyr::from_multiple(&text("kubernetes/evenkeel.yaml")).expect("it is YAML");
    let kinds: Vec<&str> = resources.iter().map(|resource| &*resource.kind).collect();
    assert_eq!(
        kinds,
        ["ConfigMap", "Deployment", "Service", "PodDisruptionBudget"]
    );
    let data = resources[0].data.as_ref().expect("a ConfigMap has data");
    check(&data["evenkeel.toml"]);
}

#[derive(Deserialize)]
struct Compose {
    services: BTreeMap<String, Service>,
}

#[derive(Deserialize)]
struct Service {
    #[serde(default)]
    environment: BTreeMap<String, String>,
    #[serde(default)]
    command: Vec<String>,
}

#[test]
fn compose_starts_it_with_flags_and_variables_that_it_knows() {
    let compose: Compose = serde_saphyr::from_str(&text("compose.yaml")).expect("it is YAML");
    assert!(compose.services.contains_key("balancer"));
    for service in compose.services.values() {
        real()
            .envs(&service.environment)
            .args(&service.command)
            .arg("--print-config")
            .assert()
            .success();
    }
}

/// In the image nothing else says what is served where.
#[test]
fn the_image_starts_it_with_flags_that_it_knows() {
    let image = text("Dockerfile");
    let command = image
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("CMD "));
    let arguments: Vec<String> =
        serde_json::from_str(command.expect("it has one")).expect("it is a list");
    real()
        .args(arguments)
        .arg("--print-config")
        .assert()
        .success();
}
