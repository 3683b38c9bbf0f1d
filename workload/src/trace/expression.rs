//! What is computed from the columns: `timestamp`, `end_timestamp-duration`, `GeneratedTokens*2ms`.

use policy::time::Duration;

use super::timestamp;
use crate::decimal::Decimal;
use crate::quantity::{parse_duration, parse_seconds_or_duration};

/// Columns that hold the time where none is named, compared without case.
const TIME_COLUMNS: [&str; 10] = [
    "timestamp",
    "time",
    "ts",
    "@timestamp",
    "arrival",
    "arrival_time",
    "start",
    "start_time",
    "start_timestamp",
    "datetime",
];
/// Columns that hold the demand where none is named. Not `duration`: that often includes waiting.
const DEMAND_COLUMNS: [&str; 2] = ["demand", "service_time"];

/// A column, or a column times a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Term {
    column: usize,
    /// `None`: the value says itself what it is.
    unit: Option<Duration>,
}

/// When a request arrived: a term, or a term less another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time {
    at: Term,
    less: Option<Term>,
}

impl Term {
    /// Reads `COLUMN` or `COLUMN*DURATION`; `Err` says which columns there are.
    pub(super) fn parse(text: &str, columns: &[String]) -> Result<Term, String> {
        let text = text.trim();
        if let Some(column) = find(text, columns) {
            return Ok(Term { column, unit: None });
        }
        let (name, factor) = text.rsplit_once('*').unwrap_or((text, "1s"));
        let Some(column) = find(name.trim(), columns) else {
            return Err(unknown(name.trim(), columns));
        };
        let unit = parse_duration(factor).map_err(|error| error.to_string())?;
        Ok(Term {
            column,
            unit: Some(unit),
        })
    }

    /// The column of the demand that needs no naming, if there is exactly one.
    pub(super) fn likely_demand(columns: &[String]) -> Option<Term> {
        match likely(&DEMAND_COLUMNS, columns)[..] {
            [column] => Some(Term { column, unit: None }),
            _ => None,
        }
    }

    /// The column it needs.
    pub(super) fn column(self) -> usize {
        self.column
    }

    /// The value as a span: plain numbers are seconds, or so many units. `Err` is the reason.
    pub(super) fn span(self, value: &str) -> Result<Duration, String> {
        let Some(unit) = self.unit else {
            return parse_seconds_or_duration(value).map_err(|error| error.to_string());
        };
        let whole = Decimal::parse(value.trim()).and_then(|number| number.times(unit.0));
        match whole.map(|(whole, _)| u64::try_from(whole)) {
            Some(Ok(nanoseconds)) => Ok(Duration(nanoseconds)),
            _ => Err(format!(
                "`{value}` is not a number from 0 on that gives at most 584 years"
            )),
        }
    }

    /// The value as a point in time, in nanoseconds since its epoch. `Err` is the reason.
    fn point(self, value: &str) -> Result<i128, String> {
        let point = match self.unit {
            None => timestamp::parse(value),
            Some(unit) => Decimal::parse(value.trim())
                .and_then(|number| number.times(unit.0))
                .map(|(whole, _)| whole),
        };
        point.ok_or_else(|| {
            format!(
                "`{value}` is not a time; plain numbers are seconds, others look like \
                 2023-11-16T18:17:03.97 or 17/May/2015:10:05:03 +0000"
            )
        })
    }
}

impl Time {
    /// Reads `TERM` or `TERM-TERM`; a column whose own name has a dash comes first.
    pub(super) fn parse(text: &str, columns: &[String]) -> Result<Time, String> {
        let whole = Term::parse(text, columns);
        if let Ok(at) = whole {
            return Ok(Time { at, less: None });
        }
        let mut cause = None;
        for (index, _) in text.match_indices('-') {
            let at = Term::parse(&text[..index], columns);
            let less = Term::parse(&text[index + 1..], columns);
            match (at, less) {
                (Ok(at), Ok(less)) => {
                    return Ok(Time {
                        at,
                        less: Some(less),
                    });
                }
                (Ok(_), Err(error)) | (Err(error), Ok(_)) => cause = cause.or(Some(error)),
                _ => {}
            }
        }
        whole
            .map(|at| Time { at, less: None })
            .map_err(|error| cause.unwrap_or(error))
    }

    /// The column of the time that needs no naming, and its name.
    pub(super) fn likely(columns: &[String]) -> Result<Time, String> {
        match likely(&TIME_COLUMNS, columns)[..] {
            [column] => Ok(Time {
                at: Term { column, unit: None },
                less: None,
            }),
            [] => Err(format!(
                "which column is the time? None has a usual name; the columns are {}",
                list(columns)
            )),
            _ => Err(format!(
                "which column is the time? Several have usual names; the columns are {}",
                list(columns)
            )),
        }
    }

    /// The columns it needs.
    pub(super) fn columns(self) -> impl Iterator<Item = usize> {
        let terms = [Some(self.at), self.less];
        terms.into_iter().flatten().map(Term::column)
    }

    /// Nanoseconds since the recording's epoch, from the values of [`Time::columns`]. `Err` is the reason.
    pub(super) fn evaluate<'v>(
        self,
        values: &mut impl Iterator<Item = &'v str>,
    ) -> Result<i128, String> {
        let at = self.at.point(values.next().unwrap_or_default())?;
        let less = match self.less {
            Some(less) => less.span(values.next().unwrap_or_default())?,
            None => Duration::ZERO,
        };
        Ok(at.saturating_sub(i128::from(less.0)))
    }
}

/// The column called `name`, or why there is none.
pub(super) fn column(name: &str, columns: &[String]) -> Result<usize, String> {
    find(name.trim(), columns).ok_or_else(|| unknown(name, columns))
}

fn find(name: &str, columns: &[String]) -> Option<usize> {
    columns.iter().position(|column| column == name)
}

fn likely(names: &[&str], columns: &[String]) -> Vec<usize> {
    let is_likely = |column: &str| names.iter().any(|name| column.eq_ignore_ascii_case(name));
    (0..columns.len())
        .filter(|&i| is_likely(&columns[i]))
        .collect()
}

fn unknown(name: &str, columns: &[String]) -> String {
    format!(
        "`{name}` is not a column; the columns are {}",
        list(columns)
    )
}

/// The first columns, quoted: a file that is no table may have thousands.
fn list(columns: &[String]) -> String {
    let quoted = |column: &String| format!("`{}`", column.chars().take(40).collect::<String>());
    let shown: Vec<String> = columns.iter().take(20).map(quoted).collect();
    match columns.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &str) -> Vec<String> {
        names.split(',').map(str::to_owned).collect()
    }

    fn at(expression: &str, names: &str, values: &[&str]) -> Result<i128, String> {
        let time = Time::parse(expression, &columns(names))?;
        time.evaluate(&mut values.iter().copied())
    }

    #[test]
    fn time_is_a_column_or_a_difference() {
        assert_eq!(at("end", "end,duration", &["1.5"]), Ok(1_500_000_000));
        assert_eq!(
            at("end-duration", "end,duration", &["1.5", "0.2"]),
            Ok(1_300_000_000)
        );
        assert_eq!(at("end*1ms - d*1us", "end,d", &["15", "3"]), Ok(14_997_000));
        assert_eq!(at("the-end", "the-end,the,end", &["2"]), Ok(2_000_000_000));
        assert_eq!(
            at("the-end-d", "the-end,d", &["2", "500ms"]),
            Ok(1_500_000_000)
        );
    }

    #[test]
    fn demand_is_a_column_or_a_multiple() {
        let span = |expression, value| {
            Term::parse(expression, &columns("tokens,d"))
                .unwrap()
                .span(value)
        };
        assert_eq!(span("tokens*2ms", "10"), Ok(Duration(20_000_000)));
        assert_eq!(span("d", "0.078"), Ok(Duration(78_000_000)));
        assert_eq!(span("d", "78ms"), Ok(Duration(78_000_000)));
        assert_eq!(span("d*1s", "0.078"), Ok(Duration(78_000_000)));
        assert!(span("d", "-1").is_err());
        assert!(span("tokens*2ms", "ten").is_err());
    }

    #[test]
    fn errors_list_the_columns() {
        let names = "app,end_timestamp";
        let listed = "is not a column; the columns are `app`, `end_timestamp`";
        assert_eq!(at("x", names, &[]), Err(format!("`x` {listed}")));
        assert_eq!(at("app-y", names, &[]), Err(format!("`y` {listed}")));
        assert!(at("app*2", names, &[]).unwrap_err().contains("no unit"));
        assert!(
            Time::likely(&columns(names))
                .unwrap_err()
                .contains("None has a usual name")
        );
        assert!(
            Time::likely(&columns("ts,Time"))
                .unwrap_err()
                .contains("Several")
        );
        assert!(list(&columns(&"x,".repeat(30))).ends_with("and 11 more"));
    }

    #[test]
    fn usual_names_need_no_naming() {
        assert!(Time::likely(&columns("TIMESTAMP,ContextTokens")).is_ok());
        assert_eq!(
            Term::likely_demand(&columns("time,Demand")).map(Term::column),
            Some(1)
        );
        assert_eq!(Term::likely_demand(&columns("time,duration")), None);
    }
}
