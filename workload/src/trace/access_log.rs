//! The common and combined log formats of Apache and nginx.
//!
//! `host ident user [time] "method path protocol" status bytes`, and in the combined format referer and
//! agent, which are not read. Quotes inside a request are escaped with a backslash. Behind these may be
//! `name=value`, of which are read the [`MORE`] that `real` writes, and a `time` that is finer than the format's.

use std::borrow::Cow;

/// What a line's columns are called.
const COLUMNS: [&str; 6] = ["time", "host", "method", "path", "status", "bytes"];

/// Columns that a line may have besides.
const MORE: [&str; 6] = [
    "service_time",
    "response_time",
    "bytes_in",
    "worker",
    "backend",
    "attempts",
];

/// The columns of a log that begins with `lines`.
pub(super) fn columns<'l>(lines: impl Iterator<Item = &'l str> + Clone) -> Vec<String> {
    let has = |name: &&str| lines.clone().any(|line| more(line, name).is_some());
    let more = MORE.into_iter().filter(has);
    COLUMNS.into_iter().chain(more).map(str::to_owned).collect()
}

/// The value of one of [`columns`] of a line whose [`fields`] these are.
pub(super) fn value<'l>(
    line: &'l str,
    fields: &[Cow<'l, str>; 6],
    column: &str,
) -> Option<Cow<'l, str>> {
    let usual = COLUMNS.iter().position(|usual| *usual == column);
    let usual = usual.map(|place| fields[place].clone());
    match column {
        "time" => more(line, column).map(Cow::Borrowed).or(usual),
        _ => usual.or_else(|| more(line, column).map(Cow::Borrowed)),
    }
}

/// The value of `name=value` behind the usual fields. Quoted ones are not unescaped.
fn more<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    let (_, rest) = line.split_once(']')?;
    let (_, mut rest) = quoted(rest.trim_start())?;
    loop {
        rest = rest.trim_start();
        if let Some((_, after)) = quoted(rest) {
            rest = after;
            continue;
        }
        let word = rest.find([' ', '=']).filter(|&end| end > 0)?;
        let (key, after) = rest.split_at(word);
        let Some(text) = after.strip_prefix('=') else {
            rest = after;
            continue;
        };
        let (value, after) =
            quoted(text).unwrap_or_else(|| text.split_at(text.find(' ').unwrap_or(text.len())));
        if key == name {
            return Some(value);
        }
        rest = after;
    }
}

/// The values of [`COLUMNS`]; bytes `-` is 0. A request that is no request line is all path.
pub(super) fn fields(line: &str) -> Option<[Cow<'_, str>; 6]> {
    let (host, rest) = line.trim_start().split_once(' ')?;
    let (_, rest) = rest.split_once('[')?;
    let (time, rest) = rest.split_once(']')?;
    let (request, rest) = quoted(rest.trim_start())?;
    let mut rest = rest.split_ascii_whitespace();
    let (status, bytes) = (rest.next()?, rest.next()?);
    if status.len() != 3 || !is_number(status) || !(bytes == "-" || is_number(bytes)) {
        return None;
    }
    let (method, path) = match request.split_once(' ') {
        Some((method, rest)) => (method, rest.rsplit_once(' ').map_or(rest, |(path, _)| path)),
        None => ("-", request),
    };
    let bytes = if bytes == "-" { "0" } else { bytes };
    Some([time, host, method, path, status, bytes].map(Cow::Borrowed))
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What stands between quotes, and what follows them.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix('"')?;
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })?;
    Some((&text[..end], &text[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn common_and_combined() {
        let common =
            r#"10.0.0.7 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif?b=c HTTP/1.0" 200 2326"#;
        let expected = [
            "10/Oct/2000:13:55:36 -0700",
            "10.0.0.7",
            "GET",
            "/a.gif?b=c",
            "200",
            "2326",
        ];
        assert_eq!(fields(common).unwrap(), expected);
        let combined = format!(r#"{common} "http://example.com/" "Mozilla/4.08 [en]""#);
        assert_eq!(fields(&combined).unwrap(), expected);
    }

    #[test]
    fn odd_requests() {
        let with =
            |request: &str| format!(r#"::1 - - [10/Oct/2000:13:55:36 -0700] "{request}" 400 -"#);
        assert_eq!(fields(&with("-")).unwrap()[2..], ["-", "-", "400", "0"]);
        assert_eq!(
            fields(&with(r#"GET /\"quoted\" HTTP/1.1"#)).unwrap()[3],
            r#"/\"quoted\""#
        );
        assert_eq!(fields(&with("GET /a b HTTP/1.1")).unwrap()[3], "/a b");
    }

    #[test]
    fn what_stands_behind_the_usual_fields() {
        let common = r#"::1 - - [10/Oct/2000:13:55:36 -0700] "GET /a=b] HTTP/1.0" 200 1"#;
        let ours = format!(
            r#"{common} "http://x/service_time=1" "agent \" service_time=2" time=2000-10-10T20:55:36.5Z service_time=0.25 backend="a b" attempts=2"#
        );
        let columns = |lines: &[&str]| columns(lines.iter().copied());
        assert_eq!(columns(&[common]), COLUMNS);
        let more = ["service_time", "backend", "attempts"];
        assert_eq!(columns(&[common, &ours])[6..], more);
        let of =
            |line: &str, column| value(line, &fields(line).unwrap(), column).map(Cow::into_owned);
        for (column, expected) in [
            ("time", "2000-10-10T20:55:36.5Z"),
            ("host", "::1"),
            ("service_time", "0.25"),
            ("backend", "a b"),
            ("attempts", "2"),
        ] {
            assert_eq!(of(&ours, column).as_deref(), Some(expected));
        }
        assert_eq!(
            of(common, "time").as_deref(),
            Some("10/Oct/2000:13:55:36 -0700")
        );
        assert_eq!(of(common, "service_time"), None);
    }

    #[test]
    fn other_lines_are_none() {
        for line in [
            "",
            "time,key",
            r#"{"time": 1}"#,
            "a - - [b] \"c\" 20 1",
            "a - - [b] \"c\" 200",
        ] {
            assert_eq!(fields(line), None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_line_panics(line in ".{0,80}", near in r#"[a-z. -]{0,9}\[?[0-9]{0,3}\]? "?[a-z\\"é ]{0,9}"? [0-9]{0,4} [-0-9]{0,3}"#) {
            let _ = (fields(&line), fields(&near));
            let _ = (more(&line, "time"), more(&near, "time"));
        }

        #[test]
        fn no_rest_of_a_line_panics_or_hangs(rest in r#"[a= "\\é]{0,20}"#) {
            let _ = more(&format!(r#"] "" {rest}"#), "a");
        }
    }
}
