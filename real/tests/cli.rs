//! The command line from outside: what is refused, what wins, what is written, and how it ends. No server is started.
#![cfg(not(loom))]

use std::path::Path;
use std::time::Duration;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use tempfile::TempDir;

/// `real` in a directory of its own, and nothing of this process's environment.
fn real(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_real"));
    command.current_dir(directory).env_clear();
    // Where nothing is wrong that should be, it would serve for ever.
    command.timeout(Duration::from_secs(60));
    command
}

/// Runs `real` with `arguments`, which spaces separate.
fn run(directory: &Path, arguments: &str) -> Assert {
    real(directory).args(arguments.split_whitespace()).assert()
}

fn stdout(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

fn stderr(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

/// What `--print-config` says with these `arguments`.
fn config(directory: &Path, arguments: &str) -> String {
    stdout(&run(directory, &format!("{arguments} --print-config")).success())
}

/// A directory with these files in it.
fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = TempDir::new().unwrap();
    for (name, content) in files {
        std::fs::write(directory.path().join(name), content).unwrap();
    }
    directory
}

/// The line of `config` about `key` without its comment, and the comment.
fn line(config: &str, key: &str) -> (String, String) {
    let begins = |line: &&str| line.split(" =").next() == Some(key);
    let line = config.lines().find(begins);
    let line = line.unwrap_or_else(|| panic!("no {key} in\n{config}"));
    let (value, origin) = line.rsplit_once("  # ").unwrap();
    (value.trim().to_owned(), origin.to_owned())
}

/// The lines without their comments.
fn values(config: &str) -> Vec<&str> {
    let lines = config.lines().filter(|line| !line.starts_with('#'));
    let values = lines.map(|line| line.rsplit_once("  # ").unwrap().0.trim());
    values.collect()
}

const FILES: &[(&str, &str)] = &[
    ("good.toml", "workers = 2\n"),
    ("unknown.toml", "seed = 2\n\nworker = 8\n"),
    ("unknown.yaml", "seed: 2\n\nworker: 8\n"),
    ("underscore.toml", "max_body = 8\n"),
    ("type.toml", "seed = 2\nworkers = [8]\n"),
    ("type.yaml", "seed: 2\nworkers: [8]\n"),
    ("value.toml", "seed = 2\n\nbacklog = 0\n"),
    ("value.yaml", "seed: 2\n\nbacklog: 0\n"),
    ("syntax.toml", "seed = 2\nworkers 8\n"),
    ("syntax.yaml", "seed: 2\nworkers: 'a\n"),
    ("twice.toml", "seed = 1\nseed = 2\n"),
    ("twice.yaml", "seed: 1\nseed: 2\n"),
    ("both.toml", "accept = \"shared\"\nupstream = [\"a:80\"]\n"),
    ("table.yaml", "upstream:\n- address: a:80\n- adress: b:80\n"),
    ("run.toml", "config = \"good.toml\"\n"),
    ("plain.conf", "workers = 2\n"),
    ("short.key", "0123456789abcde\n"),
    ("long.key", "0123456789abcdef\n"),
    ("empty.pem", ""),
    ("some.pem", "-----BEGIN"),
];

/// Arguments, and what the sentence must contain.
const CASES: &[(&str, &[&str])] = &[
    // What is no flag.
    ("--worker 8", &["--worker", "--workers"]),
    ("eight", &["unexpected argument 'eight'"]),
    ("--workers", &["a value is required", "--workers"]),
    ("--workers 1 --workers 2", &["--workers", "multiple times"]),
    (
        "--drain-timeout -1s",
        &["--drain-timeout", "`-1s`", "begins with a dash"],
    ),
    ("--check-config", &["--check-config", "--config"]),
    // Listening.
    ("--listen 8080", &["--listen", "`8080`", "IP:PORT"]),
    ("--listen localhost:80", &["--listen", "IP:PORT"]),
    ("--admin here", &["--admin", "`here`", "or none"]),
    ("--admin 127.0.0.1:8080", &["--admin", "where --listen is"]),
    (
        "--accept carrier-pigeon",
        &["--accept", "shared, reuseport, handoff, proxy, single"],
    ),
    ("--steering cpu", &["--steering", "--accept reuseport"]),
    (
        "--accept reuseport --steering wheel",
        &["--steering", "hash, cpu"],
    ),
    (
        "--accept handoff --accept-delay 1ms",
        &["--accept-delay", "--accept shared"],
    ),
    ("--backlog 0", &["--backlog", "1 to 65535"]),
    (
        "--proxy-protocol=2",
        &["--proxy-protocol", "true nor false"],
    ),
    (
        "--trusted-proxies 10.0.0.0/33",
        &["--trusted-proxies", "0 to 32 bits"],
    ),
    ("--drain-timeout 5", &["--drain-timeout", "no unit"]),
    ("--seed much", &["--seed", "`much`"]),
    // Workers.
    ("--workers 0", &["--workers", "1 to 254"]),
    ("--workers 255", &["--workers", "1 to 254"]),
    ("--concurrency 0", &["--concurrency", "1 to"]),
    (
        "--accept single --workers 2",
        &["--workers", "must be 1", "single"],
    ),
    (
        "--accept single --restart default",
        &["--restart", "single"],
    ),
    ("--min-workers 2", &["--min-workers", "--sizing"]),
    ("--sizing guess", &["--sizing", "`guess`", "thresholds"]),
    (
        "--sizing staffing --min-workers 5 --max-workers 3",
        &["--min-workers", "`5` is more than the 3 of --max-workers"],
    ),
    (
        "--sizing staffing --workers 9 --max-workers 3",
        &["--workers", "not within the 1 to 3"],
    ),
    ("--sizing doubling:min-spare=9,max-spare=1", &["--sizing"]),
    ("--max-requests 0", &["--max-requests", "1 to"]),
    ("--max-rss 1KiB", &["--max-rss", "1MiB to"]),
    ("--restart crashes=many", &["--restart", "`many`"]),
    ("--exec 'serve", &["--exec", "a quote that is not closed"]),
    ("--exec=", &["--exec", "names no program"]),
    ("--ready-path /", &["--ready-path", "--exec"]),
    (
        "--exec serve --ready-path x",
        &["--ready-path", "begins with /"],
    ),
    // Balancing.
    ("--upstream a", &["--upstream", "it has no port", "a:80*2"]),
    ("--upstream a:80,a:80", &["--upstream", "named twice"]),
    ("--upstream a:80*0", &["--upstream", "0.001 to 65535"]),
    (
        "--upstream a:80 --upstream",
        &["--upstream", "a value is required"],
    ),
    (
        "--upstream a:80 --exec serve",
        &["--upstream", "--exec", "not both"],
    ),
    (
        "--upstream a:80 --accept shared",
        &["--accept", "--upstream", "proxy"],
    ),
    (
        "--upstream a:80 --workers 8",
        &["--workers", "--upstream", "--balancers"],
    ),
    ("--upstream a:80 --root .", &["--root", "--upstream"]),
    ("--exec serve --root .", &["--root", "--exec"]),
    ("--balancers 2", &["--balancers", "--accept proxy"]),
    (
        "--accept proxy --balancers 255",
        &["--balancers", "1 to 254"],
    ),
    ("--shared-board", &["--shared-board", "--accept proxy"]),
    (
        "--strategy weighted",
        &["--strategy", "nobody chooses", "handoff"],
    ),
    (
        "--accept proxy --strategy best",
        &["--strategy", "`best`", "round-robin"],
    ),
    ("--accept proxy --choices 65", &["--choices", "1 to 64"]),
    ("--key path", &["--key", "--rate-limit"]),
    (
        "--accept proxy --key cookie:a;b",
        &["--key", "`a;b` is no name"],
    ),
    (
        "--accept proxy --key luck",
        &["--key", "client, path, header:NAME"],
    ),
    ("--accept handoff --key path", &["--key", "only `client`"]),
    ("--sticky b", &["--sticky", "--accept proxy"]),
    (
        "--accept proxy --sticky b,same-site=none,secure=false",
        &["--sticky", "secure=true"],
    ),
    (
        "--accept proxy --sticky b,max-age=1ms",
        &["--sticky", "whole seconds"],
    ),
    (
        "--accept proxy --sticky-secret long.key",
        &["--sticky-secret", "--sticky"],
    ),
    (
        "--accept proxy --sticky b --sticky-secret short.key",
        &["--sticky-secret", "15 bytes", "at least 16"],
    ),
    (
        "--accept proxy --sticky b --sticky-secret missing.key",
        &["--sticky-secret", "missing.key cannot be read"],
    ),
    // Requests and backends.
    ("--retries 3", &["--retries", "--accept proxy"]),
    ("--accept proxy --retries 101", &["--retries", "0 to 100"]),
    (
        "--accept proxy --retry-on luck",
        &["--retry-on", "refused, unreachable"],
    ),
    (
        "--accept proxy --retry-budget 101%",
        &["--retry-budget", "0% to 100%"],
    ),
    (
        "--accept proxy --hedge-after P10",
        &["--hedge-after", "P50 to P99.9"],
    ),
    (
        "--accept proxy --upstream-keepalive 1,idle=0s",
        &["--upstream-keepalive", "longer than 0s"],
    ),
    (
        "--accept proxy --attempt-timeout 0s",
        &["--attempt-timeout", "longer than 0s"],
    ),
    (
        "--accept proxy --breaker failures=0",
        &["--breaker", "1 to"],
    ),
    ("--breaker default", &["--breaker", "--accept proxy"]),
    (
        "--accept proxy --health-fall 2",
        &["--health-fall", "--health-interval"],
    ),
    (
        "--accept proxy --health-path /",
        &["--health-path", "--health-interval"],
    ),
    (
        "--accept proxy --fail-timeout 2s",
        &["--fail-timeout", "--max-fails"],
    ),
    ("--accept proxy --panic 10%", &["--panic", "--outlier"]),
    // Admission and limits.
    (
        "--rate-limit 5",
        &["--rate-limit", "means nothing without balancers"],
    ),
    (
        "--accept proxy --rate-limit 0",
        &["--rate-limit", "out of range"],
    ),
    (
        "--accept proxy --concurrency-limit aimd:max=0",
        &["--concurrency-limit", "1 to"],
    ),
    ("--slots 0", &["--slots", "1 to 1000000"]),
    ("--slot-wait patience=none", &["--slot-wait", "a limit"]),
    ("--max-head 1", &["--max-head", "256 to 1MiB"]),
    ("--max-body 1.5KiB", &["--max-body", "not a size"]),
    ("--idle-timeout 2y", &["--idle-timeout", "none of these"]),
    // Files.
    ("--tls-key some.pem", &["--tls-key", "--tls-certificate"]),
    (
        "--tls-certificate some.pem",
        &["--tls-certificate", "--tls-key"],
    ),
    (
        "--tls-certificate empty.pem --tls-key some.pem",
        &["--tls-certificate", "empty.pem is empty"],
    ),
    (
        "--tls-certificate some.pem --tls-key some.pem",
        &["some.pem", "no certificate"],
    ),
    (
        "--tls-certificate missing.pem --tls-key some.pem",
        &["--tls-certificate", "missing.pem cannot be read"],
    ),
    ("--upstream-ca some.pem", &["--upstream-ca", "--upstream"]),
    ("--root good.toml", &["--root", "not a folder"]),
    ("--cache 1MiB", &["--cache", "--root"]),
    ("--access-log no/where", &["--access-log", "no folder"]),
    ("--access-log .", &["--access-log", "not a file"]),
    (
        "--access-log-format json",
        &["--access-log-format", "--access-log"],
    ),
    ("--log frob", &["--log", "`frob` is not a level"]),
    ("--log a=loud", &["--log", "not a filter"]),
    // Configuration files.
    (
        "--config missing.toml",
        &["--config", "missing.toml cannot be read"],
    ),
    (
        "--config plain.conf",
        &["--config", "plain.conf", ".toml", ".yaml"],
    ),
    (
        "--config unknown.toml",
        &["unknown.toml:3: `worker` is not a setting"],
    ),
    (
        "--config unknown.yaml",
        &["unknown.yaml:3: `worker` is not a setting"],
    ),
    (
        "--config underscore.toml",
        &["underscore.toml:1:", "much like it is `max-body`"],
    ),
    (
        "--config type.toml",
        &["type.toml:2: workers: this is a list"],
    ),
    (
        "--config type.yaml",
        &["type.yaml:2: workers: this is a list"],
    ),
    (
        "--config value.toml",
        &["value.toml:3: backlog: `0` is out of range"],
    ),
    (
        "--config value.yaml",
        &["value.yaml:3: backlog: `0` is out of range"],
    ),
    ("--config syntax.toml", &["syntax.toml:2:9: "]),
    ("--config syntax.yaml", &["syntax.yaml:"]),
    ("--config twice.toml", &["twice.toml:2:1: duplicate key"]),
    ("--config twice.yaml", &["twice.yaml:2:1: ", "duplicate"]),
    (
        "--config both.toml",
        &["both.toml:1: accept: contradicts both.toml:2: upstream"],
    ),
    (
        "--config table.yaml",
        &["table.yaml:3: upstream: `adress` is not known"],
    ),
    (
        "--config run.toml",
        &["run.toml:1: `config` is not a setting"],
    ),
    (
        "--config value.toml --check-config",
        &["value.toml:3: backlog"],
    ),
];

#[test]
fn whatever_is_wrong_ends_with_2_and_one_sentence() {
    let home = directory(FILES);
    for (arguments, parts) in CASES {
        let assert = run(home.path(), arguments).code(2);
        let sentence = stderr(&assert);
        for part in *parts {
            assert!(
                sentence.contains(part),
                "{arguments}: {part} is not in {sentence}"
            );
        }
        assert!(sentence.starts_with("error: "), "{sentence}");
        assert_eq!(sentence.trim_end().lines().count(), 1, "{sentence}");
        assert_eq!(stdout(&assert), "", "{arguments}");
    }
}

#[test]
fn a_good_file_is_said_to_be_good() {
    let home = directory(FILES);
    let assert = run(home.path(), "--config good.toml --check-config").success();
    assert_eq!(stdout(&assert), "good.toml: good\n");
    assert_eq!(stderr(&assert), "");
}

#[test]
fn flag_then_environment_then_file_then_default() {
    let home = directory(&[("a.toml", "# A\nworkers = 4\nbacklog = 7\nseed = 7\n")]);
    let assert = real(home.path())
        .args(["--config", "a.toml", "--workers", "2", "--print-config"])
        .env("EVENKEEL_WORKERS", "3")
        .env("EVENKEEL_BACKLOG", "8")
        .env("EVENKEEL_DRAIN_TIMEOUT", "")
        .assert()
        .success();
    let config = stdout(&assert);
    for (key, value, origin) in [
        ("workers", "workers = 2", "--workers"),
        ("backlog", "backlog = 8", "EVENKEEL_BACKLOG"),
        ("seed", "seed = 7", "a.toml:4: seed"),
        ("drain-timeout", "drain-timeout = \"30s\"", "default"),
    ] {
        assert_eq!(line(&config, key), (value.to_owned(), origin.to_owned()));
    }
}

#[test]
fn what_is_more_urgent_displaces_what_it_contradicts() {
    let proxy = "accept = \"proxy\"\nupstream = [\"a:80\"]\nretries = 3\nstrategy = \"maglev\"\n";
    let shared = "accept = \"shared\"\naccept-delay = \"1ms\"\nworkers = 3\nroot = \".\"\n";
    let home = directory(&[("proxy.toml", proxy), ("shared.toml", shared)]);
    let says = |config: &str, key: &str| config.contains(&format!("\n{key} ="));
    let workers = config(home.path(), "--config proxy.toml --accept shared");
    for gone in ["upstream", "retries", "strategy"] {
        assert!(!says(&workers, gone), "{workers}");
    }
    let balancer = config(home.path(), "--config shared.toml --upstream b:80");
    assert_eq!(line(&balancer, "accept").0, "accept = \"proxy\"");
    for gone in ["accept-delay", "workers", "root"] {
        assert!(!says(&balancer, gone), "{balancer}");
    }
    let single = config(home.path(), "--config shared.toml --accept single");
    assert!(!says(&single, "workers"), "{single}");
}

#[test]
fn a_printed_config_is_read_back_as_the_same() {
    let home = directory(FILES);
    for arguments in [
        "",
        "--workers 3 --concurrency 10 --seed 18446744073709551615 --admin none",
        "--accept single --workers 1 --root . --cache 1GiB --max-body none --access-log -",
        "--accept reuseport --steering cpu --pin --backlog 65535 --max-requests 10k,jitter=10%",
        "--accept shared --accept-delay 5ms",
        "--accept handoff --strategy least-connections --sizing utilization:target=60% --max-workers 9",
        "--upstream 10.0.0.1:80,https://[::1]:8443*2.5 --upstream c:1 --balancers 3 --shared-board",
        "--upstream a:1 --rate-limit 500,burst=20 --key header:X-User --retries 0 --retry-budget none --hedge-after P95 --breaker default --outlier default",
        "--upstream a:1 --health-interval 1s --health-path /h --panic 0% --slow-start 30s --max-fails 1",
        "--exec serve --ready-path /ok --sticky b,max-age=1h,same-site=strict --sticky-secret long.key",
        "--upstream a:1 --upstream-ca some.pem --upstream-keepalive 3,idle=1s,order=fifo --retry-on none",
        "--tls-certificate some.pem --tls-key some.pem --proxy-protocol --trusted-proxies 10.0.0.0/8,::1",
        "--accept proxy --concurrency-limit gradient:initial=5 --slots 7 --slot-wait retries=3 --max-rss 512MiB --log warn,real=debug",
    ] {
        let printed = config(home.path(), arguments);
        std::fs::write(home.path().join("again.toml"), &printed).unwrap();
        let again = config(home.path(), "--config again.toml");
        assert_eq!(values(&printed), values(&again), "{arguments}");
    }
}

#[test]
fn a_command_keeps_its_words() {
    let home = directory(&[("a.yaml", "exec: [sh, -c, 'serve --port \"$PORT\"']\n")]);
    let typed = real(home.path())
        .args(["--exec", "sh -c 'serve --port \"$PORT\"'", "--print-config"])
        .assert()
        .success();
    for config in [config(home.path(), "--config a.yaml"), stdout(&typed)] {
        let (line, _) = line(&config, "exec");
        let text: String = serde_json::from_str(line.strip_prefix("exec = ").unwrap()).unwrap();
        let words = shlex::split(&text).unwrap();
        assert_eq!(words, ["sh", "-c", "serve --port \"$PORT\""]);
    }
}

#[test]
fn yaml_says_what_toml_says() {
    let in_toml = "strategy = \"weighted\"\nretries = 2\nshared-board = true\nretry-on = []\nbound = 1.5\n\
                   retry-budget = \"20%\"\n[[upstream]]\naddress = \"a:80\"\nweight = 2\n\
                   [[upstream]]\naddress = \"[::1]:443\"\ntls = true\n";
    let in_yaml = "strategy: weighted\nretries: 2\nshared-board: true\nretry-on: []\nbound: 1.5\n\
                   retry-budget: 20%\nupstream:\n  - address: a:80\n    weight: 2\n\
                   \x20 - address: '[::1]:443'\n    tls: true\n";
    let home = directory(&[("a.toml", in_toml), ("a.yaml", in_yaml)]);
    let from_toml = config(home.path(), "--config a.toml");
    let from_yaml = config(home.path(), "--config a.yaml");
    assert_eq!(values(&from_toml), values(&from_yaml));
    let (upstream, origin) = line(&from_yaml, "upstream");
    assert_eq!(upstream, "upstream = [\"a:80*2\", \"https://[::1]:443\"]");
    assert_eq!(origin, "a.yaml:7: upstream");
}

#[test]
fn help_and_version_are_data() {
    let home = directory(&[]);
    let help = stdout(&run(home.path(), "--help").success());
    for text in ["Examples:", "--upstream", "Exit status", "Precedence"] {
        assert!(help.contains(text), "{text}");
    }
    let version = stdout(&run(home.path(), "--version").success());
    assert_eq!(version, format!("real {}\n", env!("CARGO_PKG_VERSION")));
}
