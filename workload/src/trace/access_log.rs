//! The common and combined log formats of Apache and nginx.
//!
//! `host ident user [time] "method path protocol" status bytes`, and in the combined format referer and
//! agent, which are not read. Quotes inside a request are escaped with a backslash.

use std::borrow::Cow;

/// What a line's columns are called.
pub(super) const COLUMNS: [&str; 6] = ["time", "host", "method", "path", "status", "bytes"];

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
        }
    }
}
