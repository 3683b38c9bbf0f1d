//! Comma-separated values with a header (RFC 4180), one record a line.
//!
//! A quoted line break is not supported: the lines it makes are malformed. In return a line's number is
//! exact, and memory is bounded by the longest line. Semicolons and tabs separate as well.

use std::borrow::Cow;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// Splits lines into as many fields as the header has.
pub(super) struct Csv {
    delimiter: u8,
    columns: Vec<String>,
    reader: Reader,
    /// One line's fields, unquoted, one after the other.
    text: Vec<u8>,
    /// Where each of them ends.
    ends: Vec<usize>,
}

impl Csv {
    /// A reader for the lines below `header`, separated by whatever is most frequent in it.
    pub(super) fn new(header: &str) -> Csv {
        let count = |delimiter: &u8| header.bytes().filter(|byte| byte == delimiter).count();
        let delimiter = [b'\t', b';', b',']
            .into_iter()
            .max_by_key(count)
            .unwrap_or(b',');
        let mut csv = Csv {
            delimiter,
            columns: Vec::new(),
            reader: ReaderBuilder::new().delimiter(delimiter).build(),
            text: Vec::new(),
            ends: Vec::new(),
        };
        let fields = csv.split(header);
        csv.columns = (0..fields)
            .map(|i| csv.field(i).trim().to_owned())
            .collect();
        csv
    }

    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The `wanted` columns of `line`, or why there are none.
    pub(super) fn select(
        &mut self,
        line: &str,
        wanted: &[usize],
    ) -> Result<Vec<Cow<'_, str>>, String> {
        let fields = self.split(line);
        if fields != self.columns.len() {
            return Err(format!(
                "it has {fields} fields where the header has {}",
                self.columns.len()
            ));
        }
        Ok(wanted.iter().map(|&i| self.field(i)).collect())
    }

    /// Splits `line` and returns the number of its fields.
    fn split(&mut self, line: &str) -> usize {
        let most = line.bytes().filter(|byte| *byte == self.delimiter).count() + 1;
        self.text.resize(line.len(), 0);
        self.ends.resize(most, 0);
        self.reader.reset();
        let (mut read, mut written, mut ended) = (0, 0, 0);
        loop {
            // At the end of the line this passes an empty slice, which ends the record.
            let (result, input, output, ends) = self.reader.read_record(
                &line.as_bytes()[read..],
                &mut self.text[written..],
                &mut self.ends[ended..],
            );
            read += input;
            written += output;
            ended += ends;
            if result != ReadRecordResult::InputEmpty {
                return ended;
            }
        }
    }

    fn field(&self, index: usize) -> Cow<'_, str> {
        let begin = if index == 0 { 0 } else { self.ends[index - 1] };
        let field = self.text.get(begin..self.ends[index]);
        String::from_utf8_lossy(field.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fields_are_split_and_unquoted() {
        let mut csv = Csv::new(r#"time, "a key" ,tokens"#);
        assert_eq!(csv.columns().len(), 3);
        assert_eq!(
            csv.select(r#"1.5,"x, ""y""",3"#, &[2, 1]).unwrap(),
            ["3", r#"x, "y""#]
        );
        assert_eq!(csv.select(",,", &[0]).unwrap(), [""]);
        assert_eq!(
            csv.select("1,2", &[0]).unwrap_err(),
            "it has 2 fields where the header has 3"
        );
        assert!(csv.select("1,2,3,4", &[0]).is_err());
    }

    #[test]
    fn semicolons_and_tabs_separate() {
        assert_eq!(Csv::new("time;key").columns(), ["time", "key"]);
        assert_eq!(Csv::new("time\tkey").columns(), ["time", "key"]);
        assert_eq!(Csv::new("time").columns(), ["time"]);
    }

    proptest! {
        #[test]
        fn no_line_panics(header in ".{0,20}", line in r#"[a-z,;"é\t ]{0,30}"#) {
            let mut csv = Csv::new(&header);
            let all: Vec<usize> = (0..csv.columns().len()).collect();
            let _ = csv.select(&line, &all);
        }
    }
}
