use std::cell::RefCell;
use std::rc::Rc;

use policy::retry::Reason;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::LocalSet;

use super::*;
use crate::stats::{Breaker, Health, Layout, Page, Refusal};

/// A server with two balancers and three workers, the last of which is somebody else's program.
fn overview() -> Overview {
    let process = |role, id, row, port| Process {
        role,
        id,
        row,
        pid: Some(std::process::id()),
        port,
        restarts: u64::from(id),
        ready: true,
    };
    Overview {
        accept: "proxy",
        listen: "127.0.0.1:8080".parse().ok(),
        draining: false,
        reloads: 0,
        config_good: true,
        processes: vec![
            process(Role::Balancer, 0, Some(0), None),
            process(Role::Balancer, 1, Some(1), None),
            process(Role::Worker, 0, Some(2), Some(4001)),
            process(Role::Worker, 1, Some(3), Some(4002)),
            process(Role::Worker, 2, None, Some(4003)),
        ],
    }
}

fn page() -> Page {
    let layout = Layout {
        processes: 4,
        balancers: 2,
        backends: 4,
    };
    let page = Page::alone(layout).unwrap();
    for balancer in 0..2 {
        let row = page.process(balancer);
        row.accepted(1);
        row.heartbeat(Clock.now());
        for _ in 0..3 {
            row.began();
        }
        row.ended(200, Duration::from_millis(4), 10, 20);
        row.ended(503, Duration::from_millis(2), 0, 0);
        row.refused(Refusal::Rate);
        for (slot, port) in (0..).zip(4001..=4003u16) {
            let backend = page.backend(balancer, slot).unwrap();
            backend.occupy(u64::from(port), &format!("127.0.0.1:{port}"));
            backend.picked();
            backend.answered(Duration::from_millis(3));
            backend.picked();
            backend.health(Health::Up);
            backend.eligible(true);
        }
    }
    let one = page.backend(1, 0).unwrap();
    one.failed(Reason::Timeout);
    one.health(Health::Down);
    one.breaker(Breaker::HalfOpen);
    one.eligible(false);
    page
}

type Told = Rc<RefCell<Overview>>;

fn admin() -> (Told, Admin<impl Source>) {
    let told = Rc::new(RefCell::new(overview()));
    let source = Rc::clone(&told);
    let admin = Admin::new(move || source.borrow().clone(), page(), Clock);
    (told, admin)
}

#[test]
fn metrics_follow_the_rules_of_openmetrics() {
    let (_, admin) = admin();
    let text = admin.metrics(metrics::Dialect::OpenMetrics);
    let families = metrics::validate(&text).unwrap();
    let value = |family: &str, labels: &[(&str, &str)]| {
        let mut samples = families[family].samples.iter();
        let has = |(_, of, _): &&(_, std::collections::BTreeMap<String, String>, _)| {
            let mut labels = labels.iter();
            labels.all(|(name, value)| of.get(*name).is_some_and(|of| of == value))
        };
        samples.find(has).unwrap().2
    };
    let balancer = [("role", "balancer"), ("id", "1")];
    for (family, labels, expected) in [
        (
            "evenkeel_requests",
            [balancer[0], balancer[1], ("code", "5xx")],
            1.0,
        ),
        (
            "evenkeel_requests_in_flight",
            [balancer[0], balancer[1], balancer[0]],
            1.0,
        ),
        (
            "evenkeel_requests_refused",
            [balancer[0], balancer[1], ("reason", "rate")],
            1.0,
        ),
        (
            "evenkeel_request_duration_seconds",
            [balancer[0], balancer[1], ("le", "0.0025")],
            1.0,
        ),
        (
            "evenkeel_request_duration_seconds",
            [balancer[0], balancer[1], ("le", "0.005")],
            2.0,
        ),
        (
            "evenkeel_backend_breaker",
            [
                ("backend", "127.0.0.1:4001"),
                ("balancer", "1"),
                ("state", "half_open"),
            ],
            1.0,
        ),
        (
            "evenkeel_backend_failures",
            [
                ("backend", "127.0.0.1:4001"),
                ("balancer", "1"),
                ("reason", "timeout"),
            ],
            1.0,
        ),
        (
            "evenkeel_process_restarts",
            [("role", "worker"), ("id", "2"), ("id", "2")],
            2.0,
        ),
    ] {
        assert_eq!(value(family, &labels), expected, "{family}");
    }
    assert!(families.keys().all(|name| name.starts_with("evenkeel_")));
}

/// The older format has the same samples.
#[test]
fn prometheus_gets_the_same() {
    let (_, admin) = admin();
    let samples = |dialect| -> Vec<String> {
        let text = admin.metrics(dialect);
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let names = lines.map(|line| line.rsplit_once(' ').unwrap().0.to_owned());
        names.collect()
    };
    let new = samples(metrics::Dialect::OpenMetrics);
    assert_eq!(new, samples(metrics::Dialect::Prometheus));
    let text = admin.metrics(metrics::Dialect::Prometheus);
    assert!(text.contains("# TYPE evenkeel_requests_total counter\n"));
    assert!(!text.contains("# UNIT") && !text.contains("# EOF"));
}

/// The names of metrics in `text`.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let part_of_name = |byte: char| byte.is_ascii_alphanumeric() || byte == '_';
    let words = text.split(move |byte| !part_of_name(byte));
    words.filter(|word| word.starts_with("evenkeel_"))
}

#[test]
fn what_is_drawn_and_warned_of_is_there() {
    let (_, admin) = admin();
    let metrics = admin.metrics(metrics::Dialect::OpenMetrics);
    let samples = metrics.lines().filter(|line| !line.starts_with('#'));
    let known: std::collections::BTreeSet<&str> = samples.flat_map(names).collect();
    let dashboard = include_str!("../../packaging/grafana/evenkeel.json");
    assert!(serde_json::from_str::<Value>(dashboard).is_ok());
    for text in [dashboard, include_str!("../../packaging/README.md")] {
        assert!(names(text).count() > 5);
        for name in names(text) {
            assert!(known.contains(name), "there is no metric {name}");
        }
    }
}

#[test]
fn status_says_what_was_promised() {
    let (_, admin) = admin();
    let status: Value = serde_json::from_str(&admin.status()).unwrap();
    let part = |keys: &[&str]| -> Value {
        let part = keys
            .iter()
            .map(|key| ((*key).to_owned(), status[*key].clone()));
        Value::Object(part.collect())
    };
    let expected = json!({
        "schema": 1, "version": env!("CARGO_PKG_VERSION"), "accept": "proxy", "listen": "127.0.0.1:8080",
        "ready": true, "draining": false, "config_good": true,
        "requests": 4, "in_flight": 2, "refused": 2, "connections": 2, "queued": 0,
    });
    let keys: Vec<&str> = expected
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(part(&keys), expected);
    let average = status["average_latency_seconds"].as_f64().unwrap();
    assert!((average - 0.003).abs() < 1e-9, "{average}");
    assert!(status["uptime_seconds"].as_f64().unwrap() >= 0.0);
    // A program that does not count itself is counted by those who ask it.
    let other = &status["workers"][2];
    let expected = json!([2, 4003, 2, 2, true, 2, std::process::id()]);
    let keys = [
        "id",
        "port",
        "requests",
        "in_flight",
        "ready",
        "restarts",
        "pid",
    ];
    assert_eq!(
        Value::from_iter(keys.map(|key| other[key].clone())),
        expected
    );
    assert_eq!(status["balancers"].as_array().unwrap().len(), 2);
    let backend = &status["backends"][0];
    let keys = [
        "name",
        "health",
        "breaker",
        "eligible",
        "requests",
        "failures",
        "in_flight",
    ];
    let expected = json!(["127.0.0.1:4001", "down", "half_open", true, 2, 1, 1]);
    assert_eq!(
        Value::from_iter(keys.map(|key| backend[key].clone())),
        expected
    );
    assert_eq!(backend["balancers"][0]["health"], "up");
}

#[test]
fn readiness_is_lost_first() {
    let ready = |change: fn(&mut Overview)| {
        let mut overview = overview();
        change(&mut overview);
        overview.readiness()
    };
    assert_eq!(ready(|_| ()), Ok(()));
    assert_eq!(ready(|all| all.processes[0].ready = false), Ok(()));
    assert_eq!(ready(|all| all.draining = true), Err("it is draining"));
    let no_balancer = |all: &mut Overview| {
        all.processes[..2]
            .iter_mut()
            .for_each(|one| one.ready = false)
    };
    assert_eq!(ready(no_balancer), Err("no balancer is ready"));
    let no_worker = |all: &mut Overview| {
        all.processes[2..]
            .iter_mut()
            .for_each(|one| one.ready = false)
    };
    assert_eq!(ready(no_worker), Err("no worker is ready"));
    assert_eq!(ready(|all| all.processes.truncate(2)), Ok(()));
    assert_eq!(
        ready(|all| all.processes.clear()),
        Err("there are no processes")
    );
}

/// Sends `request` and reads to the end.
async fn ask(address: std::net::SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "current_thread")]
async fn over_sockets() {
    let (told, admin) = admin();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let get = |target: &str| {
        let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        async move { ask(address, &request).await }
    };
    let all = async {
        for (target, status, content) in [
            ("/healthz", "200 OK", "\r\n\r\nok\n"),
            ("/readyz", "200 OK", "\r\n\r\nready\n"),
            ("/status?x", "200 OK", "\"schema\":1"),
            ("/metrics", "200 OK", "\nevenkeel_build_info{version="),
            ("/", "404 Not Found", "there are /metrics"),
        ] {
            let answer = get(target).await;
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status}\r\n")),
                "{answer}"
            );
            assert!(answer.contains(content), "{answer}");
        }
        told.borrow_mut().draining = true;
        let answer = get("/readyz").await;
        assert!(
            answer.starts_with("HTTP/1.1 503") && answer.ends_with("not ready: it is draining\n")
        );
        let post =
            "POST /status HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        let answer = ask(address, post).await;
        assert!(
            answer.starts_with("HTTP/1.1 405") && answer.contains("\r\nallow: GET, HEAD\r\n"),
            "{answer}"
        );
        let head = "HEAD /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        assert!(ask(address, head).await.ends_with("\r\n\r\n"));
        let long = format!(
            "GET /status HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n",
            "x".repeat(20_000)
        );
        assert!(ask(address, &long).await.starts_with("HTTP/1.1 431"));
    };
    let local = LocalSet::new();
    local
        .run_until(async {
            tokio::select! {
                () = Rc::new(admin).serve(listener) => unreachable!("it serves for ever"),
                () = all => {}
            }
        })
        .await;
}
