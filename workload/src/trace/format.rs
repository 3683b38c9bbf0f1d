//! Which format a file has: told by its first lines, whatever its name.

use std::borrow::Cow;
use std::fmt;

use super::csv::Csv;
use super::{access_log, json};

/// The formats that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values whose first line names the columns.
    Csv,
    /// One JSON object a line.
    JsonLines,
    /// The common or combined log format of Apache and nginx.
    AccessLog,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Csv => "CSV",
            Format::JsonLines => "JSON lines",
            Format::AccessLog => "access log",
        })
    }
}

/// Takes lines of one format apart.
pub(super) enum Splitter {
    /// Boxed, because its state machine takes half a kilobyte.
    Csv(Box<Csv>),
    JsonLines {
        columns: Vec<String>,
    },
    AccessLog {
        columns: Vec<String>,
    },
}

impl Splitter {
    /// Chooses by the first lines that are not empty; `Err` is why they cannot be read.
    pub(super) fn detect(first: &[Cow<'_, str>]) -> Result<Splitter, String> {
        let Some(header) = first.first() else {
            return Err("is empty".to_owned());
        };
        if first.iter().any(|line| line.contains('\0')) {
            return Err("is not a text".to_owned());
        }
        if let Some(rest) = header.trim_start().strip_prefix('[')
            && (rest.trim().is_empty() || rest.trim_start().starts_with('{'))
        {
            return Err("is a JSON array, but one object a line is expected".to_owned());
        }
        if let Some(columns) = json_columns(first) {
            return Ok(Splitter::JsonLines { columns });
        }
        if first.iter().any(|line| access_log::fields(line).is_some()) {
            let columns = access_log::columns(first.iter().map(|line| &**line));
            return Ok(Splitter::AccessLog { columns });
        }
        Ok(Splitter::Csv(Box::new(Csv::new(header))))
    }

    pub(super) fn format(&self) -> Format {
        match self {
            Splitter::Csv(_) => Format::Csv,
            Splitter::JsonLines { .. } => Format::JsonLines,
            Splitter::AccessLog { .. } => Format::AccessLog,
        }
    }

    pub(super) fn columns(&self) -> &[String] {
        match self {
            Splitter::Csv(csv) => csv.columns(),
            Splitter::JsonLines { columns } | Splitter::AccessLog { columns } => columns,
        }
    }

    /// The `wanted` columns of `line`, or why there are none.
    pub(super) fn select<'l>(
        &'l mut self,
        line: &'l str,
        wanted: &[usize],
    ) -> Result<Vec<Cow<'l, str>>, String> {
        match self {
            Splitter::Csv(csv) => csv.select(line, wanted),
            Splitter::JsonLines { columns } => json::select(columns, line, wanted),
            Splitter::AccessLog { columns } => {
                let fields = access_log::fields(line)
                    .ok_or_else(|| "it is not a line of an access log".to_owned())?;
                let value = |&index: &usize| {
                    let column = &columns[index];
                    access_log::value(line, &fields, column)
                        .ok_or_else(|| format!("it has no `{column}`"))
                };
                wanted.iter().map(value).collect()
            }
        }
    }
}

/// The keys of all objects among `lines`, in order of their first appearance; `None` where there is none.
fn json_columns(lines: &[Cow<'_, str>]) -> Option<Vec<String>> {
    let mut columns = Vec::new();
    let mut objects = lines.iter().filter_map(|line| json::keys(line)).peekable();
    objects.peek()?;
    for key in objects.flatten() {
        if !columns.contains(&key) {
            columns.push(key);
        }
    }
    Some(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(lines: &[&str]) -> Result<Format, String> {
        let lines: Vec<Cow<'_, str>> = lines.iter().map(|line| Cow::Borrowed(*line)).collect();
        Splitter::detect(&lines).map(|splitter| splitter.format())
    }

    #[test]
    fn content_decides() {
        let log = r#"::1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1"#;
        assert_eq!(detect(&["time,key", "1,2"]), Ok(Format::Csv));
        assert_eq!(detect(&[r#"{"time": 1}"#]), Ok(Format::JsonLines));
        assert_eq!(detect(&["{\"cut", r#"{"time": 1}"#]), Ok(Format::JsonLines));
        assert_eq!(detect(&["/ HTTP/1.0\" 200 1", log]), Ok(Format::AccessLog));
        assert_eq!(detect(&[]), Err("is empty".to_owned()));
        assert_eq!(detect(&["PK\0\0"]), Err("is not a text".to_owned()));
        assert!(
            detect(&["[{\"time\": 1},"])
                .unwrap_err()
                .contains("JSON array")
        );
    }
}
