use super::*;
use crate::stats::{Layout, Page};
use policy::time::Duration;
use proptest::prelude::*;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn row() -> ProcessRow {
    let layout = Layout {
        processes: 1,
        balancers: 0,
        backends: 0,
    };
    Page::alone(layout).unwrap().process(0)
}

fn open(path: &Path, format: LogFormat) -> (AccessLog, ProcessRow) {
    let row = row();
    let options = settings::AccessLog {
        path: path.to_owned(),
        format,
    };
    (AccessLog::open(&options, 3, row, Clock).unwrap(), row)
}

fn file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("access.log");
    (folder, path)
}

fn entry<'a>(target: &'a [u8], agent: &'a [u8]) -> Entry<'a> {
    Entry {
        asked: Asked {
            client: "10.0.0.7".parse().unwrap(),
            method: b"GET",
            target,
            is_http10: false,
            referer: None,
            user_agent: Some(agent),
        },
        arrived: Clock.now(),
        status: 200,
        bytes_in: 0,
        bytes_out: 2326,
        service: Duration::from_micros(250),
        response: Duration::from_micros(1_500),
        backend: Some("10.0.0.1:80"),
        attempts: 2,
    }
}

fn lines(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn json_says_everything() {
    let (_folder, path) = file();
    let (log, _) = open(&path, LogFormat::Json);
    let pending = log.begin(&entry(b"/a?b=\"c\"", b"curl/8").asked);
    log.end(pending, &entry(b"forgotten", b"forgotten"));
    log.flush();
    let line: Value = serde_json::from_str(&lines(&path)[0]).unwrap();
    let expected = serde_json::json!({
        "client": "10.0.0.7", "method": "GET", "path": "/a?b=\"c\"", "protocol": "HTTP/1.1", "status": 200,
        "bytes": 2326, "bytes_in": 0, "service_time": 0.00025, "response_time": 0.0015, "worker": 3,
        "backend": "10.0.0.1:80", "attempts": 2, "user_agent": "curl/8",
    });
    let mut without_time = line.clone();
    let object = without_time.as_object_mut().unwrap();
    let time = object.remove("time").unwrap();
    let unix = object.remove("unix_seconds").unwrap().as_f64().unwrap();
    assert_eq!(without_time, expected);
    assert!((unix - Clock.wall() as f64 * 1e-9).abs() < 60.0);
    let time = time.as_str().unwrap();
    assert!(time.len() == 27 && time.ends_with('Z'), "{time}");
}

#[test]
fn combined_is_what_others_read_and_more() {
    let (_folder, path) = file();
    let (log, _) = open(&path, LogFormat::Combined);
    log.write(&Entry {
        status: 0,
        ..entry(b"/a", b"a \"b\"")
    });
    drop(log);
    let line = &lines(&path)[0];
    assert!(line.starts_with("10.0.0.7 - - ["), "{line}");
    let request = "+0000] \"GET /a HTTP/1.1\" 499 2326 \"-\" \"a \\\"b\\\"\" time=2";
    assert!(line.contains(request), "{line}");
    let rest = "Z unix_seconds=";
    assert!(line.contains(rest), "{line}");
    let rest = " service_time=0.000250000 response_time=0.001500000 bytes_in=0 worker=3 \
                backend=\"10.0.0.1:80\" attempts=2";
    assert!(line.ends_with(rest), "{line}");
}

#[test]
fn a_file_that_was_moved_is_opened_anew() {
    let (folder, path) = file();
    let (log, _) = open(&path, LogFormat::Json);
    log.write(&entry(b"/1", b""));
    let moved = folder.path().join("access.log.1");
    std::fs::rename(&path, &moved).unwrap();
    log.write(&entry(b"/2", b""));
    log.reopen();
    log.write(&entry(b"/3", b""));
    log.flush();
    assert_eq!((lines(&moved).len(), lines(&path).len()), (2, 1));
}

#[test]
fn when_it_cannot_be_opened_again_the_old_file_is_written_on() {
    let (folder, path) = file();
    let (log, _) = open(&path, LogFormat::Json);
    let moved = folder.path().join("moved");
    std::fs::rename(&path, &moved).unwrap();
    std::fs::create_dir(&path).unwrap();
    log.reopen();
    log.write(&entry(b"/", b""));
    log.flush();
    assert_eq!(lines(&moved).len(), 1);
}

#[test]
fn what_a_full_disk_does_not_take_is_counted() {
    let (log, row) = open(Path::new("/dev/full"), LogFormat::Json);
    for _ in 0..10 {
        log.write(&entry(b"/", b""));
    }
    log.flush();
    assert_eq!(row.count(Count::LogLinesLost), 10);
}

#[test]
fn processes_share_a_file() {
    let (_folder, path) = file();
    let logs = [(); 4].map(|()| open(&path, LogFormat::Json).0);
    for i in 0..1000 {
        for log in &logs {
            log.write(&entry(&vec![b'x'; i % 300], b"agent"));
        }
    }
    drop(logs);
    let lines = lines(&path);
    assert_eq!(lines.len(), 4000);
    assert!(
        lines
            .iter()
            .all(|line| serde_json::from_str::<Value>(line).is_ok())
    );
}

#[tokio::test(flavor = "current_thread")]
async fn a_line_does_not_wait_for_another() {
    let (_folder, path) = file();
    let (log, _) = open(&path, LogFormat::Json);
    log.write(&entry(b"/", b""));
    let arrives = async {
        while lines(&path).is_empty() {
            tokio::time::sleep(DELAY / 10).await;
        }
    };
    tokio::select! {
        () = arrives => {}
        () = log.keep_flushing() => unreachable!("it goes on for ever"),
    }
    assert_eq!(lines(&path).len(), 1);
}

proptest! {
    #[test]
    fn a_request_is_a_line_whatever_it_says(target in prop::collection::vec(any::<u8>(), 0..80), agent in prop::collection::vec(any::<u8>(), 0..80), is_json: bool) {
        let (_folder, path) = file();
        let format = if is_json { LogFormat::Json } else { LogFormat::Combined };
        let (log, _) = open(&path, format);
        log.write(&entry(&target, &agent));
        log.write(&entry(b"/", b""));
        log.flush();
        let lines = lines(&path);
        prop_assert_eq!(lines.len(), 2);
        if is_json {
            let line: Value = serde_json::from_str(&lines[0]).unwrap();
            let read = line["path"].as_str().unwrap();
            prop_assert_eq!(read, String::from_utf8_lossy(&target));
        }
    }
}
