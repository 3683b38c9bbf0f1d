//! TOML.

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::tree::{Entry, Malformed, Node, Value};

/// What stands in `text`, in the order of the file.
pub(super) fn parse(text: &str) -> Result<Vec<Entry>, Malformed> {
    let lines = Lines(text);
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().unwrap_or_default().start;
        Malformed {
            line: lines.line(at),
            column: lines.column(at),
            message: error.message().replace('\n', ", "),
        }
    })?;
    Ok(lines.entries(table.get_ref()))
}

/// A text, to say where in it something stands.
struct Lines<'a>(&'a str);

impl Lines<'_> {
    fn before(&self, offset: usize) -> &[u8] {
        &self.0.as_bytes()[..offset.min(self.0.len())]
    }

    fn line(&self, offset: usize) -> usize {
        let newlines = self.before(offset).iter().filter(|&&byte| byte == b'\n');
        1 + newlines.count()
    }

    /// In characters.
    fn column(&self, offset: usize) -> usize {
        let line = self.before(offset).rsplit(|&byte| byte == b'\n').next();
        1 + String::from_utf8_lossy(line.unwrap_or_default())
            .chars()
            .count()
    }

    fn entries(&self, table: &DeTable<'_>) -> Vec<Entry> {
        let mut entries: Vec<(usize, Entry)> = table
            .iter()
            .map(|(key, value)| {
                let at = key.span().start;
                let entry = Entry {
                    key: key.get_ref().to_string(),
                    line: self.line(at),
                    value: self.node(value),
                };
                (at, entry)
            })
            .collect();
        entries.sort_by_key(|(at, _)| *at);
        entries.into_iter().map(|(_, entry)| entry).collect()
    }

    fn node(&self, value: &Spanned<DeValue<'_>>) -> Node {
        Node {
            line: self.line(value.span().start),
            value: match value.get_ref() {
                DeValue::String(text) => Value::Text(text.to_string()),
                DeValue::Integer(integer) => whole(integer),
                DeValue::Float(float) => Value::Text(float.as_str().to_owned()),
                DeValue::Boolean(on) => Value::Switch(*on),
                DeValue::Datetime(_) => Value::Other("a date"),
                DeValue::Array(items) => {
                    Value::List(items.iter().map(|item| self.node(item)).collect())
                }
                DeValue::Table(table) => Value::Table(self.entries(table)),
            },
        }
    }
}

fn whole(integer: &DeInteger<'_>) -> Value {
    match integer.radix() {
        10 => Value::Text(integer.as_str().to_owned()),
        radix => match u64::from_str_radix(integer.as_str(), radix) {
            Ok(number) => Value::Text(number.to_string()),
            Err(_) => Value::Other("a number of more than 64 bits"),
        },
    }
}
