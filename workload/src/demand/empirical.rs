//! A distribution given by recorded values.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use policy::time::Duration;

use crate::quantity::parse_seconds_or_duration;
use crate::spec::SpecError;

/// Longest line that can hold one duration; a longer one is no such file.
const LONGEST_LINE: u64 = 256;

/// Recorded values, all equally likely. A clone shares them.
#[derive(Clone, Debug, PartialEq)]
pub struct Empirical {
    path: PathBuf,
    values: Arc<[Duration]>,
}

impl Empirical {
    /// Reads a file with one duration a line: a plain number is seconds, others have a unit. Empty lines
    /// and those that begin with `#` are skipped.
    pub fn read(path: &Path) -> Result<Empirical, SpecError> {
        let file = File::open(path).map_err(|error| unreadable(path, &error))?;
        Empirical::from_lines(path, BufReader::new(file))
    }

    /// Reads `input`; `path` is what errors and [`std::fmt::Display`] call it.
    pub fn from_lines(path: &Path, mut input: impl BufRead) -> Result<Empirical, SpecError> {
        let mut values = Vec::new();
        let mut line = String::new();
        for number in 1u64.. {
            line.clear();
            let length = io::Read::take(&mut input, LONGEST_LINE)
                .read_line(&mut line)
                .map_err(|error| unreadable(path, &error))?;
            let text = line.trim();
            if length == 0 {
                break;
            }
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            values.push(parse_seconds_or_duration(text).map_err(|error| {
                SpecError::new(format!("{}, line {number}: {error}", path.display()))
            })?);
        }
        if values.is_empty() {
            return Err(SpecError::new(format!(
                "{} holds no durations; one a line is expected",
                path.display()
            )));
        }
        Ok(Empirical {
            path: path.to_path_buf(),
            values: values.into(),
        })
    }

    /// The file the values came from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The values, in the file's order.
    pub fn values(&self) -> &[Duration] {
        &self.values
    }

    /// The values, for a sampler to keep.
    pub(super) fn shared(&self) -> Arc<[Duration]> {
        Arc::clone(&self.values)
    }

    /// The mean of the values in seconds.
    pub fn mean_seconds(&self) -> f64 {
        let sum: u128 = self.values.iter().map(|value| u128::from(value.0)).sum();
        sum as f64 / self.values.len() as f64 * 1e-9
    }

    /// The variance of the values over their squared mean.
    pub fn scv(&self) -> f64 {
        let mean = self.mean_seconds();
        let deviation = |value: &Duration| (value.as_seconds() - mean) / mean;
        let squares: f64 = self
            .values
            .iter()
            .map(|v| deviation(v) * deviation(v))
            .sum();
        squares / self.values.len() as f64
    }
}

fn unreadable(path: &Path, error: &io::Error) -> SpecError {
    SpecError::new(format!("{} cannot be read: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<Empirical, SpecError> {
        Empirical::from_lines(Path::new("demands.txt"), text)
    }

    #[test]
    fn plain_numbers_are_seconds() {
        let values = read(b"# recorded\n0.010\n\n 30ms\r\n2e-2").unwrap();
        let nanoseconds = [10_000_000, 30_000_000, 20_000_000].map(Duration);
        assert_eq!(values.values(), nanoseconds);
        assert!((values.mean_seconds() - 0.02).abs() < 1e-15);
        assert!((values.scv() - 1.0 / 6.0).abs() < 1e-12);
    }

    #[test]
    fn errors_name_file_and_line() {
        let sentence = |text| read(text).unwrap_err().to_string();
        assert!(
            sentence(b"1\nsoon\n").starts_with("demands.txt, line 2: `soon` is not a duration")
        );
        assert!(sentence(b"").starts_with("demands.txt holds no durations"));
        assert!(sentence(&[0xff; 3]).starts_with("demands.txt cannot be read"));
        assert!(sentence(&[b'1'; 10_000]).contains("line 1: `1111"));
    }
}
