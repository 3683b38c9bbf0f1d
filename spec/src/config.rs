//! What was resolved and from where: what `--print-config` prints, and the scenario in every result of a simulation.

use serde_json::{Map, Value};

/// Resolved settings, in the order in which they were resolved.
#[derive(Clone, Debug, Default)]
pub struct Config {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    key: String,
    value: Value,
    origin: String,
    /// Follows from the others, so a scenario file must not say it again.
    derived: bool,
}

impl Config {
    /// `key` is `value` because of `origin`.
    pub fn set(&mut self, key: &str, value: Value, origin: String) {
        self.push(key, value, origin, false);
    }

    /// `key` is `value`, which follows from what `origin` says.
    pub fn derive(&mut self, key: &str, value: impl Into<Value>, origin: &str) {
        self.push(key, value.into(), origin.to_owned(), true);
    }

    fn push(&mut self, key: &str, value: Value, origin: String, derived: bool) {
        debug_assert!(self.entries.iter().all(|entry| entry.key != key), "{key}");
        let key = key.to_owned();
        self.entries.push(Entry {
            key,
            value,
            origin,
            derived,
        });
    }

    /// What differs from `base`, and what `own` says is this one's own: what a variant's table must say.
    pub fn differing(&self, base: &Config, own: impl Fn(&str) -> bool) -> Config {
        let differs = |entry: &&Entry| {
            let there = base.entries.iter().find(|other| other.key == entry.key);
            there.is_none_or(|there| there.value != entry.value) || own(&entry.key)
        };
        Config {
            entries: self.entries.iter().filter(differs).cloned().collect(),
        }
    }

    /// One object. Sorted, as its order must not depend on how the JSON library was built.
    pub fn to_json(&self) -> Value {
        let mut entries: Vec<&Entry> = self.entries.iter().collect();
        entries.sort_by(|a, b| a.key.cmp(&b.key));
        let pairs = entries
            .into_iter()
            .map(|entry| (entry.key.clone(), entry.value.clone()));
        Value::Object(pairs.collect::<Map<_, _>>())
    }

    /// A file that is read back, below the line `header`. What follows from other lines stands in a comment.
    pub fn to_toml(&self, header: &str) -> String {
        format!("{header}{}", self.lines())
    }

    /// The same with these `variants`, what the rest is called above them.
    pub fn to_toml_with(&self, header: &str, base: &str, variants: &[(&str, Config)]) -> String {
        let mut toml = format!(
            "{header}base = {}\n{}",
            toml(&Value::from(base)),
            self.lines()
        );
        for (name, config) in variants {
            let name = self::toml(&Value::from(*name));
            toml.push_str(&format!("\n[variant.{name}]\n{}", config.lines()));
        }
        toml
    }

    fn lines(&self) -> String {
        let lines: Vec<String> = self.entries.iter().map(Entry::line).collect();
        let widths = lines.iter().map(|line| line.chars().count());
        let width = widths
            .filter(|&width| width <= WIDEST)
            .max()
            .unwrap_or_default();
        let mut toml = String::new();
        for (line, entry) in lines.iter().zip(&self.entries) {
            let origin = entry.origin.replace(char::is_control, "?");
            toml.push_str(&format!("{line:width$}  # {origin}\n"));
        }
        toml
    }
}

/// Longer lines have their comment where they end.
const WIDEST: usize = 60;

impl Entry {
    fn line(&self) -> String {
        let comment = if self.derived { "# " } else { "" };
        format!("{comment}{} = {}", self.key, toml(&self.value))
    }
}

/// `value` as TOML writes it. The records hold neither objects nor nulls.
fn toml(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(toml).collect();
            format!("[{}]", items.join(", "))
        }
        // TOML's basic strings are JSON's, except that they have no bare DEL.
        Value::String(_) => value.to_string().replace('\u{7f}', "\\u007F"),
        scalar => scalar.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toml_and_json_say_the_same() {
        let mut config = Config::default();
        config.set("service", "exp:10ms".into(), "--service".to_owned());
        config.set("load", 0.8.into(), "default".to_owned());
        config.derive("rate", 320.0, "follows from load");
        assert_eq!(
            config.to_json().to_string(),
            r#"{"load":0.8,"rate":320.0,"service":"exp:10ms"}"#
        );
        assert_eq!(
            config.to_toml("# This.\n"),
            "# This.\n\
             service = \"exp:10ms\"  # --service\n\
             load = 0.8            # default\n\
             # rate = 320.0        # follows from load\n"
        );
    }

    #[test]
    fn a_variant_says_what_differs_and_what_is_its_own() {
        let config = |load: f64, queue: &str| {
            let mut config = Config::default();
            config.set("seed", 1.into(), "default".to_owned());
            config.set("load", load.into(), "here".to_owned());
            config.set("queue", queue.into(), "there".to_owned());
            config
        };
        let (base, varied) = (config(0.5, "fifo"), config(0.7, "fifo"));
        let differing = varied.differing(&base, |key| key == "queue");
        assert_eq!(
            base.to_toml_with("", "a", &[("b \"c\"", differing)]),
            "base = \"a\"\n\
             seed = 1        # default\nload = 0.5      # here\nqueue = \"fifo\"  # there\n\n\
             [variant.\"b \\\"c\\\"\"]\nload = 0.7      # here\nqueue = \"fifo\"  # there\n"
        );
    }

    #[test]
    fn any_text_is_read_back() {
        for text in ["a\"b\\c", "tab\tline\nend\r", "\u{7f}\u{1}é", "'''"] {
            let line = format!("a = {}", toml(&Value::from(text)));
            let parsed = toml::de::DeTable::parse(&line).unwrap();
            let (_, value) = parsed.get_ref().iter().next().unwrap();
            assert_eq!(value.get_ref().as_str(), Some(text));
        }
    }
}
