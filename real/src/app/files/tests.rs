use super::*;
use crate::stats::{Layout, Page};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path as FsPath;

const SECOND: Instant = Instant(1_000_000_000);

struct Site {
    folder: tempfile::TempDir,
    files: Files,
    row: ProcessRow,
}

impl Site {
    fn new(cache_bytes: usize) -> Site {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        for (path, content) in [
            ("root/index.html", "home"),
            ("root/a.txt", "0123456789"),
            ("root/sub/index.html", "sub"),
            ("root/empty/x", ""),
            ("root/.env", "secret"),
            ("secret.txt", "secret"),
        ] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let layout = Layout {
            processes: 1,
            balancers: 0,
            backends: 0,
        };
        let row = Page::alone(layout).unwrap().process(0);
        let options = settings::Files { root, cache_bytes };
        let files = Files::open(&options, row).unwrap();
        Site { folder, files, row }
    }

    fn root(&self) -> std::path::PathBuf {
        self.folder.path().join("root")
    }

    fn get(&self, target: &str) -> Answer {
        self.ask(target, &Conditions::default())
    }

    fn ask(&self, target: &str, conditions: &Conditions<'_>) -> Answer {
        let now = Instant::ZERO;
        self.files
            .answer(&Method::Get, target.as_bytes(), conditions, now)
    }

    fn status(&self, target: &str) -> u16 {
        status(&self.get(target))
    }
}

fn status(answer: &Answer) -> u16 {
    match answer {
        Answer::Content(content) => content.status,
        Answer::Elsewhere(_) => 301,
        Answer::Refused { status, .. } => *status,
    }
}

/// Status, body, and the fields of this answer alone.
fn content(answer: Answer) -> (u16, String, String) {
    let Answer::Content(content) = answer else {
        unreachable!("{answer:?}")
    };
    let body = match content.body {
        Body::Nothing => Vec::new(),
        Body::Memory(bytes, range) => bytes[range].to_vec(),
        Body::File(file, range) => {
            let whole = root::read(&file, range.end).unwrap().unwrap();
            whole[range.start as usize..].to_vec()
        }
    };
    if !body.is_empty() {
        assert_eq!(content.length, Some(body.len() as u64));
    }
    (
        content.status,
        String::from_utf8(body).unwrap(),
        content.more,
    )
}

fn body(answer: Answer) -> String {
    let (status, body, _) = content(answer);
    assert_eq!(status, 200);
    body
}

#[test]
fn files_and_index_pages() {
    for cache_bytes in [0, 1 << 20] {
        let site = Site::new(cache_bytes);
        for _ in 0..2 {
            assert_eq!(body(site.get("/a.txt?query")), "0123456789");
            assert_eq!(body(site.get("/")), "home");
            assert_eq!(body(site.get("/sub/")), "sub");
            assert_eq!(body(site.get("/empty/x")), "");
            let moved = site.get("/sub");
            assert!(matches!(moved, Answer::Elsewhere(to) if to == "/sub/"));
            assert_eq!(site.status("/sub/."), 301);
            for nothing in [
                "/empty/",
                "/empty",
                "/none",
                "/a.txt/b",
                "/a.txt/",
                "/.env",
                "/x/../a.txt",
            ] {
                assert_eq!(site.status(nothing), 404, "{nothing}");
            }
        }
    }
}

#[test]
fn nothing_leads_outside() {
    let site = Site::new(1 << 20);
    let (root, outside) = (site.root(), site.folder.path().join("secret.txt"));
    symlink("../secret.txt", root.join("up")).unwrap();
    symlink(&outside, root.join("absolute")).unwrap();
    symlink("..", root.join("parent")).unwrap();
    symlink("/proc/self/root", root.join("proc")).unwrap();
    symlink("loop", root.join("loop")).unwrap();
    symlink("sub/index.html", root.join("inside")).unwrap();
    for target in [
        "/up",
        "/absolute",
        "/parent/secret.txt",
        "/proc/etc/passwd",
        "/loop",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/sub/%2e%2e/%2e%2e/secret.txt",
        "/up%00",
        "/....//secret.txt",
    ] {
        assert_eq!(site.status(target), 404, "{target}");
    }
    assert_eq!(body(site.get("/inside")), "sub");
}

#[test]
fn a_fifo_is_not_waited_for() {
    let site = Site::new(1 << 20);
    let mode = rustix::fs::Mode::from(0o600);
    let path = site.root().join("fifo");
    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    assert_eq!(site.status("/fifo"), 404);
}

#[test]
fn only_reading() {
    let site = Site::new(1 << 20);
    let conditions = Conditions::default();
    let ask = |method| site.files.answer(&method, b"/a.txt", &conditions, SECOND);
    let Answer::Refused { status, fields, .. } = ask(Method::Post) else {
        unreachable!()
    };
    assert_eq!((status, &*fields), (405, "allow: GET, HEAD\r\n"));
    let Answer::Content(head) = ask(Method::Head) else {
        unreachable!()
    };
    assert_eq!((head.status, head.length), (200, Some(10)));
    assert!(matches!(head.body, Body::Nothing));
    assert_eq!(&*head.kind, "text/plain; charset=utf-8");
}

/// The fields that speak of a file.
fn validators(site: &Site, target: &str) -> (String, String) {
    let Answer::Content(content) = site.get(target) else {
        unreachable!()
    };
    let field = |name: &str| {
        let line = content
            .fields
            .lines()
            .find_map(|line| line.strip_prefix(name));
        line.unwrap().to_owned()
    };
    (field("etag: "), field("last-modified: "))
}

#[test]
fn what_the_client_has_is_not_sent_again() {
    let site = Site::new(1 << 20);
    let (etag, date) = validators(&site, "/a.txt");
    let weak = format!("\"x\", W/{etag}");
    let early = "Sun, 06 Nov 1994 08:49:37 GMT";
    let none = Conditions::default();
    let some = |text| Some(str::as_bytes(text));
    for (expected, conditions) in [
        (
            304,
            Conditions {
                if_none_match: some(&etag),
                ..none
            },
        ),
        (
            304,
            Conditions {
                if_none_match: some(&weak),
                ..none
            },
        ),
        (
            304,
            Conditions {
                if_none_match: some("*"),
                ..none
            },
        ),
        (
            304,
            Conditions {
                if_modified_since: some(&date),
                ..none
            },
        ),
        (
            200,
            Conditions {
                if_modified_since: some(early),
                ..none
            },
        ),
        (
            200,
            Conditions {
                if_modified_since: some("yesterday"),
                ..none
            },
        ),
        // The date is not looked at beside an entity tag.
        (
            200,
            Conditions {
                if_none_match: some("\"x\""),
                if_modified_since: some(&date),
                ..none
            },
        ),
        (
            200,
            Conditions {
                if_match: some(&etag),
                if_unmodified_since: some(early),
                ..none
            },
        ),
        (
            412,
            Conditions {
                if_match: some("\"x\""),
                ..none
            },
        ),
        (
            412,
            Conditions {
                if_match: some(&weak),
                ..none
            },
        ),
        (
            412,
            Conditions {
                if_unmodified_since: some(early),
                ..none
            },
        ),
        (
            200,
            Conditions {
                if_unmodified_since: some(&date),
                ..none
            },
        ),
    ] {
        assert_eq!(
            status(&site.ask("/a.txt", &conditions)),
            expected,
            "{conditions:?}"
        );
    }
}

#[test]
fn parts() {
    for cache_bytes in [0, 1 << 20] {
        let site = Site::new(cache_bytes);
        let (etag, date) = validators(&site, "/a.txt");
        let ask = |range: &str, if_range: Option<&str>| {
            let conditions = Conditions {
                range: Some(range.as_bytes()),
                if_range: if_range.map(str::as_bytes),
                ..Conditions::default()
            };
            site.ask("/a.txt", &conditions)
        };
        let (status, body, more) = content(ask("bytes=2-4", None));
        assert_eq!((status, &*body), (206, "234"));
        assert_eq!(more, "content-range: bytes 2-4/10\r\n");
        assert_eq!(content(ask("bytes=-1", Some(&etag))).1, "9");
        assert_eq!(content(ask("bytes=-1", Some(&date))).1, "9");
        assert_eq!(content(ask("bytes=-1", Some("\"old\""))).0, 200);
        assert_eq!(content(ask("bytes=1-2,4-5", None)).0, 200);
        let Answer::Refused { status, fields, .. } = ask("bytes=10-", None) else {
            unreachable!()
        };
        assert_eq!((status, &*fields), (416, "content-range: bytes */10\r\n"));
    }
}

#[test]
fn a_change_is_seen_after_a_second() {
    let site = Site::new(1 << 20);
    let path = site.root().join("a.txt");
    let at = |now| {
        let conditions = Conditions::default();
        site.files.answer(&Method::Get, b"/a.txt", &conditions, now)
    };
    assert_eq!(body(at(Instant::ZERO)), "0123456789");
    fs::write(&path, "changed").unwrap();
    assert_eq!(body(at(Instant(999_999_999))), "0123456789");
    assert_eq!(body(at(SECOND)), "changed");
    assert_eq!(site.row.count(Count::CacheHits), 1);
    fs::remove_file(&path).unwrap();
    assert_eq!(status(&at(SECOND + BELIEVED)), 404);
    // It is not remembered that it was there.
    assert_eq!(status(&at(SECOND)), 404);
}

#[test]
fn memory_is_bounded_and_large_files_are_not_kept() {
    let limit = 64 << 10;
    let site = Site::new(limit);
    for i in 0..100 {
        write(&site.root().join(format!("{i}")), 4 << 10);
    }
    write(&site.root().join("large"), (limit / SHARE) + 1);
    for i in 0..100 {
        assert_eq!(site.status(&format!("/{i}")), 200);
        let bytes = site.row.gauge(Gauge::CachedBytes);
        assert!((4 << 10..=limit as u64).contains(&bytes), "{bytes}");
    }
    let Answer::Content(large) = site.get("/large") else {
        unreachable!()
    };
    assert!(matches!(large.body, Body::File(..)));
    // The last one is there, the first one gone.
    for (target, hits) in [("/99", 1), ("/0", 1)] {
        assert_eq!(site.status(target), 200);
        assert_eq!(site.row.count(Count::CacheHits), hits);
    }
}

fn write(path: &FsPath, bytes: usize) {
    fs::write(path, vec![b'x'; bytes]).unwrap();
}

#[test]
fn a_root_that_is_no_folder_is_refused() {
    let site = Site::new(0);
    let options = settings::Files {
        root: site.root().join("a.txt"),
        cache_bytes: 0,
    };
    assert!(Files::open(&options, site.row).is_err());
}
