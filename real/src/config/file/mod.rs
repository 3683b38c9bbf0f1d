//! Files: TOML or YAML, whose keys are the flags without `--`.
//!
//! Both are read into the same tree, so that they say the same things and are refused in the same sentences.

mod toml;
mod tree;
mod yaml;

use std::io::Read;
use std::path::Path;

use spec::{Failure, Given, Origin};

use tree::{Entry, Malformed, Node, Value};

/// Nobody writes a configuration of more bytes.
const LARGEST: u64 = 1 << 20;

/// Settings with several values.
const LISTS: [&str; 4] = ["upstream", "exec", "retry-on", "trusted-proxies"];

/// Those of which there may be none.
const OPTIONAL_LISTS: [&str; 2] = ["retry-on", "trusted-proxies"];

/// Settings that are true or false.
const SWITCHES: [&str; 4] = ["proxy-protocol", "pin", "shared-board", "replacement"];

/// From so much likeness on a setting is worth naming: 1 is the same.
const ALIKE: f64 = 0.8;

/// What stands in the file at `path`, by key. Every key must be among `known`.
pub(super) fn read(path: &Path, known: &[String]) -> Result<Vec<(String, Given)>, Failure> {
    let name = path.display().to_string();
    let parse = parser(path).ok_or_else(|| {
        Failure::usage(format!(
            "--config: {name} ends neither with .toml nor with .yaml, which say what is in it"
        ))
    })?;
    let text = text(path)
        .map_err(|problem| Failure::usage(format!("--config: {name} cannot be read: {problem}")))?;
    let file = File { name: &name, known };
    let entries = parse(&text).map_err(|malformed| file.malformed(&malformed))?;
    entries.iter().map(|entry| file.setting(entry)).collect()
}

type Parser = fn(&str) -> Result<Vec<Entry>, Malformed>;

/// By the file's name.
fn parser(path: &Path) -> Option<Parser> {
    match path.extension()?.to_str()? {
        "toml" => Some(toml::parse),
        "yaml" | "yml" => Some(yaml::parse),
        _ => None,
    }
}

/// The text in the file at `path`.
fn text(path: &Path) -> Result<String, String> {
    let metadata = std::fs::metadata(path).map_err(|error| error.to_string())?;
    // Opening a pipe would wait for somebody to write to it.
    if !metadata.is_file() {
        return Err("it is not a file".to_owned());
    }
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let mut text = String::new();
    let read = file.take(LARGEST + 1).read_to_string(&mut text);
    read.map_err(|error| error.to_string())?;
    match text.len() as u64 > LARGEST {
        true => Err("it is larger than 1 MiB, which no configuration is".to_owned()),
        false => Ok(text),
    }
}

/// A file, to say where something stands.
struct File<'a> {
    name: &'a str,
    known: &'a [String],
}

impl File<'_> {
    /// The key of `entry` and the text that a user would type behind the flag.
    fn setting(&self, entry: &Entry) -> Result<(String, Given), Failure> {
        let Entry { key, line, value } = entry;
        if !self.known.contains(key) {
            let message = format!("`{key}` is not a setting{}", self.guess(key));
            return Err(self.refuse(*line, &message));
        }
        let text = self.text(key, value)?;
        let name = self.name.to_owned();
        let origin = Origin::File { name, line: *line };
        Ok((key.clone(), Given { text, origin }))
    }

    fn text(&self, key: &str, node: &Node) -> Result<String, Failure> {
        match &node.value {
            Value::Switch(on) if SWITCHES.contains(&key) => Ok(on.to_string()),
            _ if SWITCHES.contains(&key) => Err(self.mistyped(key, node, "true or false")),
            Value::List(items) if items.is_empty() && OPTIONAL_LISTS.contains(&key) => {
                Ok("none".to_owned())
            }
            Value::List(items) if LISTS.contains(&key) => self.list(key, node, items),
            Value::Text(text) => Ok(text.clone()),
            _ if LISTS.contains(&key) => Err(self.mistyped(key, node, "text or a list")),
            _ => Err(self.mistyped(key, node, "a number or text")),
        }
    }

    fn list(&self, key: &str, node: &Node, items: &[Node]) -> Result<String, Failure> {
        let words = items.iter().map(|item| match &item.value {
            Value::Text(text) => Ok(text.clone()),
            Value::Table(entries) if key == "upstream" => self.upstream(item, entries),
            _ => Err(self.mistyped(key, item, "text")),
        });
        let words = words.collect::<Result<Vec<String>, Failure>>()?;
        if words.is_empty() {
            return Err(self.mistyped(key, node, "a list with something in it"));
        }
        if key == "exec" {
            // As a shell would want it, which is how it is typed.
            let joined = shlex::try_join(words.iter().map(String::as_str));
            return joined.map_err(|error| self.refuse(node.line, &format!("exec: {error}")));
        }
        Ok(words.join(","))
    }

    /// A server, written as a table.
    fn upstream(&self, node: &Node, entries: &[Entry]) -> Result<String, Failure> {
        let (mut address, mut weight, mut scheme) = (None, String::new(), "");
        for Entry { key, line, value } in entries {
            match (key.as_str(), &value.value) {
                ("address", Value::Text(text)) => address = Some(text),
                ("weight", Value::Text(text)) => weight = format!("*{text}"),
                ("tls", Value::Switch(on)) => scheme = if *on { "https://" } else { "" },
                ("address" | "weight" | "tls", _) => {
                    let allowed = "address and weight are text or numbers, tls is true or false";
                    let message = format!("upstream: {key} is {}; {allowed}", value.kind());
                    return Err(self.refuse(*line, &message));
                }
                _ => {
                    let message = format!(
                        "upstream: `{key}` is not known of one; allowed are address, weight, tls"
                    );
                    return Err(self.refuse(*line, &message));
                }
            }
        }
        match address {
            Some(address) => Ok(format!("{scheme}{address}{weight}")),
            None => Err(self.refuse(node.line, "upstream: its address is missing")),
        }
    }

    /// What may have been meant by `key`.
    fn guess(&self, key: &str) -> String {
        let key = key.replace('_', "-").to_lowercase();
        let alike = |known: &&String| strsim::jaro_winkler(known, &key);
        let best = self
            .known
            .iter()
            .max_by(|a, b| alike(a).total_cmp(&alike(b)));
        match best.filter(|known| alike(known) >= ALIKE) {
            Some(known) => format!("; one that is much like it is `{known}`"),
            None => "; a setting is a flag of --help without `--`".to_owned(),
        }
    }

    fn mistyped(&self, key: &str, node: &Node, allowed: &str) -> Failure {
        let message = format!("{key}: this is {}, but must be {allowed}", node.kind());
        self.refuse(node.line, &message)
    }

    fn malformed(&self, malformed: &Malformed) -> Failure {
        let Malformed {
            line,
            column,
            message,
        } = malformed;
        Failure::usage(format!("{}:{line}:{column}: {message}", self.name))
    }

    fn refuse(&self, line: usize, message: &str) -> Failure {
        Failure::usage(format!("{}:{line}: {message}", self.name))
    }
}

#[cfg(test)]
mod tests;
