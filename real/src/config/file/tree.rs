//! What TOML and YAML have in common.

/// `key: value`, and where it stands.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    /// From 1.
    pub(super) line: usize,
    pub(super) value: Node,
}

/// A value, and where it stands.
#[derive(Debug)]
pub(super) struct Node {
    /// From 1.
    pub(super) line: usize,
    pub(super) value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    /// Text or a number, as a user would type it.
    Text(String),
    Switch(bool),
    List(Vec<Node>),
    Table(Vec<Entry>),
    /// Nothing, or a date: no setting is one.
    Other(&'static str),
}

/// Why a text is no file of its kind.
#[derive(Debug)]
pub(super) struct Malformed {
    /// From 1.
    pub(super) line: usize,
    /// From 1.
    pub(super) column: usize,
    pub(super) message: String,
}

impl Node {
    /// What it is, in a sentence.
    pub(super) fn kind(&self) -> &'static str {
        match self.value {
            Value::Text(_) => "text or a number",
            Value::Switch(_) => "true or false",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
            Value::Other(kind) => kind,
        }
    }
}
