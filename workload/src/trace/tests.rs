//! Whole files, tiny ones made up here and, where they are at hand, real ones recorded by others.

use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;
use crate::key::key_of;

const LOG: &str = r#"10.0.0.1 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1000
10.0.0.2 - - [17/May/2015:10:05:05 +0000] "GET /a HTTP/1.1" 304 - "-" "agent"
10.0.0.1 - - [17/May/2015:10:05:04 +0000] "GET /b HTTP/1.1" 200 500
broken
10.0.0.3 - - [17/May/2015:10:05:05 +0000] "POST /c HTTP/1.1" 200 1
"#;

fn read(text: impl AsRef<[u8]>, options: &Options) -> Result<Trace, TraceError> {
    Trace::from_reader("x.log", text.as_ref(), options)
}

fn refusal(text: impl AsRef<[u8]>, options: &Options) -> String {
    read(text, options).unwrap_err().to_string()
}

fn options(time: &str, demand: &str, key: &str) -> Options {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Options {
        time: given(time),
        demand: given(demand),
        key: given(key),
        strict: false,
    }
}

fn seconds<const N: usize>(seconds: [u64; N]) -> [Instant; N] {
    seconds.map(|second| Instant(second * 1_000_000_000))
}

#[test]
fn an_access_log_is_sorted_and_its_oddities_are_counted() {
    let trace = read(LOG, &options("", "bytes*10us", "")).unwrap();
    assert_eq!(trace.recorded, seconds([0, 1, 2, 2]));
    let hosts = ["10.0.0.1", "10.0.0.1", "10.0.0.2", "10.0.0.3"].map(key_of);
    assert_eq!(trace.keys.as_deref(), Some(&hosts[..]));
    let demands = [10_000_000, 5_000_000, 0, 10_000].map(Duration);
    assert_eq!(trace.demands.as_deref(), Some(&demands[..]));
    let report = &trace.report;
    assert_eq!((report.lines, report.malformed, report.requests), (5, 1, 4));
    assert_eq!((report.inversions, report.ties), (1, 1));
    assert_eq!(report.tick, Duration(1_000_000_000));
    assert_eq!(report.first_malformed[0].line, 4);
    assert_eq!(trace.rate(), 1.5);
    assert!((report.scv - 0.5).abs() < 1e-12);
    assert_eq!(
        report.to_string(),
        "4 requests over 2.0s (access log): 1.500000 requests/s, squared coefficient of variation of the \
         gaps 0.500; the clock's tick is 1s, 1 ties, 1 out of order, 1 malformed\n  \
         line 4: it is not a line of an access log"
    );
}

#[test]
fn csv_with_columns_that_are_computed() {
    let text = "app,end_timestamp,duration\na,0.08,0.078\nb,57.158,57.154\nc,57.2,0.1\n";
    let trace = read(text, &options("end_timestamp-duration", "duration", "app")).unwrap();
    let arrivals = [0, 2_000_000, 57_098_000_000].map(Instant);
    assert_eq!(trace.recorded, arrivals);
    assert_eq!(trace.report.tick, Duration(1_000_000));
    assert_eq!(trace.keys.unwrap()[1], key_of("b"));
    assert_eq!(trace.demands.unwrap()[1], Duration(57_154_000_000));
}

#[test]
fn json_lines() {
    let text =
        "{\"ts\": 1700158623.25, \"user\": \"x\"}\n\n{\"ts\": \"2023-11-16T18:17:03.75Z\"}\n";
    let trace = read(text, &Options::default()).unwrap();
    assert_eq!(trace.recorded, [0, 500_000_000].map(Instant));
    assert_eq!((trace.keys, trace.demands), (None, None));
    let keyed = read(text, &options("", "", "user"));
    assert!(keyed.unwrap_err().to_string().contains("one request"));
}

#[test]
fn gzip_is_told_by_its_first_bytes() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(LOG.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let trace = read(&packed, &Options::default()).unwrap();
    assert!(trace.report.compressed);
    assert_eq!(trace.len(), 4);
    let cut = refusal(&packed[..packed.len() / 2], &Options::default());
    assert!(cut.starts_with("x.log: cannot be read: "), "{cut}");
}

#[test]
fn refusals_are_sentences() {
    let default = Options::default();
    assert_eq!(refusal("", &default), "x.log: is empty");
    assert_eq!(refusal("\n\n", &default), "x.log: is empty");
    assert_eq!(
        refusal("time\n", &default),
        "x.log: has a header, but no requests"
    );
    assert_eq!(
        refusal("time\n1\n", &default),
        "x.log: holds one request, but a rate needs two"
    );
    assert_eq!(
        refusal("time\n1\n1.0\n", &default),
        "x.log: holds 2 requests, all of the same time: it has no rate"
    );
    assert_eq!(refusal([0; 100], &default), "x.log: is not a text");
    assert!(refusal("a,b\n1,2\n", &default).ends_with("the columns are `a`, `b`"));
    assert!(refusal("time\nx\n", &default).contains("line 2: `x` is not a time"));
    let unknown = refusal(LOG, &options("", "size*1us", ""));
    assert_eq!(
        unknown,
        "x.log: `size` is not a column; the columns are `time`, `host`, `method`, `path`, `status`, `bytes`"
    );
    let strict = Options {
        strict: true,
        ..Options::default()
    };
    assert_eq!(
        refusal(LOG, &strict),
        "x.log: line 4: it is not a line of an access log"
    );
    let missing = Trace::read(Path::new("/no/such.csv"), &default).unwrap_err();
    assert!(
        missing
            .to_string()
            .starts_with("/no/such.csv: cannot be read: ")
    );
}

#[test]
fn times_far_apart_are_malformed_not_a_panic() {
    let text = "time\n0\n1\n1e28\n-1e28\n9e9\n-9e9\n";
    let trace = read(text, &Options::default()).unwrap();
    assert_eq!((trace.len(), trace.report.malformed), (4, 2));
    assert_eq!(trace.report.span, Duration(18_000_000_000_000_000_000));
}

#[test]
fn a_line_that_is_too_long_is_reported() {
    let text = format!("time\n1\n{}\n2\n", "9".repeat(3 << 20));
    let trace = read(text, &Options::default()).unwrap();
    assert_eq!(trace.len(), 2);
    let reason = &trace.report.first_malformed[0];
    assert_eq!(
        (reason.line, reason.reason.as_str()),
        (3, "it is longer than 1048576 bytes")
    );
}

#[test]
fn a_reason_is_short_even_where_the_value_is_not() {
    let text = format!("time\n1\n{}\n2\n", "x".repeat(1 << 19));
    let trace = read(text, &Options::default()).unwrap();
    assert_eq!(trace.report.first_malformed[0].reason.len(), 200);
}

proptest! {
    #[test]
    fn no_file_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes, &Options::default());
    }

    #[test]
    fn times_are_sorted_from_zero(times in prop::collection::vec(-1_000i64..1_000, 2..50)) {
        let lines: Vec<String> = times.iter().map(|time| format!("{time}\n")).collect();
        let trace = read(format!("time\n{}", lines.concat()), &Options::default());
        prop_assume!(trace.is_ok());
        let trace = trace.unwrap();
        let mut expected = times.clone();
        expected.sort();
        let expected: Vec<Instant> = expected
            .iter()
            .map(|time| Instant((time - expected[0]) as u64 * 1_000_000_000))
            .collect();
        prop_assert_eq!(trace.recorded, expected);
    }
}

/// The folder of real recordings, or `None`, and says so.
fn real(file: &str) -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test finds its data by the environment"
    )]
    let folder = std::env::var("EVENKEEL_DATA").map(PathBuf::from);
    let usual = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let path = folder.unwrap_or_else(|_| usual()).join(file);
    if !path.exists() {
        eprintln!(
            "skipped: {} is not there (EVENKEEL_DATA names its folder)",
            path.display()
        );
        return None;
    }
    Some(path)
}

#[test]
fn real_inference_requests() {
    let Some(path) = real("azure_llm_code_2023.csv") else {
        return;
    };
    let trace = Trace::read(&path, &options("", "GeneratedTokens*2ms", "")).unwrap();
    println!("{}", trace.report);
    assert_eq!(trace.len(), 8819);
    assert_eq!(trace.report.malformed, 0);
    // Seven digits are written, of which the last is always 0.
    assert_eq!(trace.report.tick, Duration(1_000));
    assert!(
        (trace.report.scv - 173.0).abs() < 1.0,
        "{}",
        trace.report.scv
    );
}

#[test]
fn real_function_invocations() {
    let Some(path) = real("azure_functions_2021_200.csv") else {
        return;
    };
    let trace = Trace::read(
        &path,
        &options("end_timestamp-duration", "duration", "func"),
    )
    .unwrap();
    println!("{}", trace.report);
    assert_eq!(trace.len(), 199);
    let demands = trace.demands.unwrap();
    let positive = || demands.iter().filter(|demand| demand.0 > 0);
    let (least, most) = (positive().min().unwrap(), positive().max().unwrap());
    assert!(most.0 / least.0 >= 10_000, "{least:?} {most:?}");
}

#[test]
fn real_access_log() {
    let Some(path) = real("apache_access.log.gz") else {
        return;
    };
    let trace = Trace::read(&path, &options("", "bytes*1us", "")).unwrap();
    println!("{}", trace.report);
    assert_eq!(trace.report.lines, 10_000);
    assert_eq!(trace.report.malformed, 0);
    assert_eq!(trace.report.tick, Duration(1_000_000_000));
    let stream = Stream::new(1, 0, crate::stream::Purpose::Ties);
    let spread = trace.arrivals(Ties::Spread, stream, 1.0);
    assert!(spread.is_sorted() && spread.len() == trace.len());
}
