//! YAML.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::tree::{Entry, Malformed, Node, Value};

/// What stands in `text`, in the order of the file.
pub(super) fn parse(text: &str) -> Result<Vec<Entry>, Malformed> {
    let root: Spanned<Any> = serde_saphyr::from_str(text).map_err(|error| malformed(&error))?;
    let line = root.referenced.line() as usize;
    match root.value.0 {
        Value::Table(entries) => Ok(entries),
        // An empty file, or comments only.
        Value::Other(NOTHING) => Ok(Vec::new()),
        value => Err(Malformed {
            line,
            column: 1,
            message: format!(
                "a file is a table of settings, and this is {}",
                Node { line, value }.kind()
            ),
        }),
    }
}

const NOTHING: &str = "nothing";

fn malformed(error: &serde_saphyr::Error) -> Malformed {
    let at = error.location();
    let (line, column) = at.map_or((1, 1), |at| (at.line() as usize, at.column() as usize));
    let message = error.without_snippet().to_string();
    // Where it is stands before the sentence already.
    let place = format!(" at line {line}, column {column}");
    Malformed {
        line,
        column,
        message: message.replace(&place, "").replace('\n', ", "),
    }
}

/// Whatever stands there.
struct Any(Value);

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Any, D::Error> {
        deserializer.deserialize_any(AnyVisitor)
    }
}

struct AnyVisitor;

/// Numbers as a user would type them.
macro_rules! numbers {
    ($($visit:ident: $Type:ty),*) => {
        $(fn $visit<E>(self, number: $Type) -> Result<Any, E> {
            Ok(Any(Value::Text(number.to_string())))
        })*
    };
}

impl<'de> Visitor<'de> for AnyVisitor {
    type Value = Any;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a setting")
    }

    numbers!(visit_i64: i64, visit_u64: u64, visit_i128: i128, visit_u128: u128, visit_f64: f64);

    fn visit_bool<E>(self, on: bool) -> Result<Any, E> {
        Ok(Any(Value::Switch(on)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Any, E> {
        Ok(Any(Value::Text(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Any, E> {
        Ok(Any(Value::Other(NOTHING)))
    }

    fn visit_none<E>(self) -> Result<Any, E> {
        Ok(Any(Value::Other(NOTHING)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Any, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<Spanned<Any>>()? {
            list.push(node(item));
        }
        Ok(Any(Value::List(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Any, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = pairs.next_key::<Spanned<String>>()? {
            entries.push(Entry {
                line: key.referenced.line() as usize,
                key: key.value,
                value: node(pairs.next_value::<Spanned<Any>>()?),
            });
        }
        Ok(Any(Value::Table(entries)))
    }
}

fn node(spanned: Spanned<Any>) -> Node {
    Node {
        line: spanned.referenced.line() as usize,
        value: spanned.value.0,
    }
}
