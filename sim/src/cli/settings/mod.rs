//! What was given, by whom, and what was made of it.
//!
//! A setting is text under the long name of its flag. Flag, environment variable and file are read into the
//! same table, the more urgent displacing the less, and everything is parsed and refused from there.

mod config;
mod file;
mod origin;
mod shown;
mod variants;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub(crate) use config::Config;
pub(crate) use origin::{Given, Origin};
pub(crate) use shown::{Shown, Spec, Specs};
pub(crate) use variants::{Variant, Variants};

use super::failure::Failure;
use super::value::{Parsed, or_none};

/// Everything that was given and not displaced, and a record of what was resolved so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    given: BTreeMap<String, Given>,
    displaced: BTreeSet<String>,
    /// What was resolved so far.
    pub(crate) config: Config,
}

impl Settings {
    /// Takes `given` for `key` unless something more urgent was given.
    pub(crate) fn offer(&mut self, key: &str, given: Given) {
        match self.given.get(key) {
            Some(present) if present.origin.urgency() >= given.origin.urgency() => {}
            _ => {
                self.given.insert(key.to_owned(), given);
            }
        }
    }

    /// Takes everything from the scenario file at `path`, whose keys must be among `known`, but for its variants.
    pub(crate) fn offer_file(
        &mut self,
        path: &Path,
        known: &[String],
    ) -> Result<Variants, Failure> {
        let text = file::read(path)?;
        self.offer_text(&path.display().to_string(), &text, known)
    }

    /// Takes everything from a scenario file's `text`, which errors call `name`, but for its variants.
    pub(crate) fn offer_text(
        &mut self,
        name: &str,
        text: &str,
        known: &[String],
    ) -> Result<Variants, Failure> {
        let content = file::parse(name, text, known)?;
        for (key, given) in content.settings {
            self.offer(&key, given);
        }
        Ok(content.variants)
    }

    /// The same, and what `variant` says instead.
    pub(crate) fn varied(&self, variant: &Variant) -> Settings {
        let mut varied = self.clone();
        for (key, given) in &variant.settings {
            varied.offer(key, given.clone());
        }
        varied
    }

    /// Whether anything was given for `key`.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.given.contains_key(key)
    }

    /// The text given for `key`.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.given.get(key).map(|given| given.text.as_str())
    }

    /// What was given for `key`, read by `read`.
    pub(crate) fn given<T>(
        &self,
        key: &str,
        read: impl FnOnce(&str) -> Parsed<T>,
    ) -> Result<Option<T>, Failure> {
        match self.given.get(key) {
            Some(given) => match read(&given.text) {
                Ok(value) => Ok(Some(value)),
                Err(reason) => Err(given.refuse(key, &reason)),
            },
            None => Ok(None),
        }
    }

    /// As [`Settings::given`], and put on record.
    pub(crate) fn optional<T: Shown>(
        &mut self,
        key: &str,
        read: impl FnOnce(&str) -> Parsed<T>,
    ) -> Result<Option<T>, Failure> {
        let value = self.given(key, read)?;
        if let Some(value) = &value {
            self.record(key, value, "");
        }
        Ok(value)
    }

    /// As [`Settings::optional`], where `none` turns off what something less urgent turned on.
    pub(crate) fn unless_none<T: Shown>(
        &mut self,
        key: &str,
        read: impl FnOnce(&str) -> Parsed<T>,
    ) -> Result<Option<T>, Failure> {
        Ok(self.optional(key, |text| or_none(text, read))?.flatten())
    }

    /// A detail of what may be `on` or off: read in any case, but what nobody gave is put on record only where it
    /// matters.
    pub(crate) fn detail<T: Shown>(
        &mut self,
        on: bool,
        key: &str,
        default: T,
        read: impl FnOnce(&str) -> Parsed<T>,
    ) -> Result<T, Failure> {
        if on {
            return self.or(key, default, read);
        }
        Ok(self.optional(key, read)?.unwrap_or(default))
    }

    /// As [`Settings::optional`], `default` if nothing was given.
    pub(crate) fn or<T: Shown>(
        &mut self,
        key: &str,
        default: T,
        read: impl FnOnce(&str) -> Parsed<T>,
    ) -> Result<T, Failure> {
        let value = self.given(key, read)?.unwrap_or(default);
        self.record(key, &value, "default");
        Ok(value)
    }

    /// Puts on record that `key` is `value`, because it was given or else because of `otherwise`.
    pub(crate) fn record(&mut self, key: &str, value: &impl Shown, otherwise: &str) {
        let origin = match self.given.get(key) {
            Some(given) => given.origin.called(key),
            None => otherwise.to_owned(),
        };
        self.config.set(key, value.shown(), origin);
    }

    /// The failure that what was given for `key` is wrong because of `reason`.
    pub(crate) fn refuse(&self, key: &str, reason: &str) -> Failure {
        match self.given.get(key) {
            Some(given) => given.refuse(key, reason),
            None => Failure::usage(format!("--{key}: {reason}")),
        }
    }

    /// `a` and `b` contradict each other: the more urgent displaces the other; if neither is, that is a failure.
    pub(crate) fn exclusive(&mut self, a: &str, b: &str, why: &str) -> Result<(), Failure> {
        let (Some(of_a), Some(of_b)) = (self.given.get(a), self.given.get(b)) else {
            return Ok(());
        };
        let (urgency_a, urgency_b) = (of_a.origin.urgency(), of_b.origin.urgency());
        if urgency_a == urgency_b {
            let reason = format!("contradicts {}: {why}", of_b.origin.called(b));
            return Err(of_a.refuse(a, &reason));
        }
        let loser = if urgency_a < urgency_b { a } else { b };
        self.given.remove(loser);
        self.displaced.insert(loser.to_owned());
        Ok(())
    }

    /// `key` says something about `master`. It goes where `master` was displaced, and is a failure where there
    /// never was one.
    pub(crate) fn needs(&mut self, key: &str, master: &str) -> Result<(), Failure> {
        self.needs_one_of(key, &[master])
    }

    /// As [`Settings::needs`], where each of `masters` would do.
    pub(crate) fn needs_one_of(&mut self, key: &str, masters: &[&str]) -> Result<(), Failure> {
        if masters.iter().any(|master| self.has(master)) || !self.has(key) {
            return Ok(());
        }
        if !masters
            .iter()
            .any(|master| self.displaced.contains(*master))
        {
            let masters: Vec<String> = masters.iter().map(|it| format!("--{it}")).collect();
            let reason = format!("means nothing without {}", masters.join(" or "));
            return Err(self.refuse(key, &reason));
        }
        self.given.remove(key);
        Ok(())
    }

    /// What was given for `from` is from now on given for `to`, as `text`.
    pub(crate) fn rename(&mut self, from: &str, to: &str, text: String) {
        if let Some(given) = self.given.remove(from) {
            self.given.insert(to.to_owned(), Given { text, ..given });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(all: &[(&str, &str, Origin)]) -> Settings {
        let mut settings = Settings::default();
        for (key, text, origin) in all {
            let (text, origin) = (text.to_string(), origin.clone());
            settings.offer(key, Given { text, origin });
        }
        settings
    }

    fn file() -> Origin {
        Origin::File {
            name: "a.toml".to_owned(),
            line: 3,
        }
    }

    #[test]
    fn the_most_urgent_wins_in_whatever_order() {
        let all = [
            ("load", "0.1", file()),
            ("load", "0.2", Origin::Environment),
            ("load", "0.3", Origin::Flag),
        ];
        assert_eq!(settings(&all).text("load"), Some("0.3"));
        assert_eq!(settings(&all[..2]).text("load"), Some("0.2"));
        let backwards: Vec<_> = all.into_iter().rev().collect();
        assert_eq!(settings(&backwards).text("load"), Some("0.3"));
    }

    #[test]
    fn a_variant_stands_against_what_is_typed() {
        let typed = settings(&[
            ("load", "0.3", Origin::Flag),
            ("backends", "8", Origin::Flag),
        ]);
        let origin = Origin::Variant {
            name: "a.toml".to_owned(),
            line: 5,
        };
        let text = "100".to_owned();
        let mut varied = typed.varied(&Variant {
            name: "a".to_owned(),
            settings: vec![("rate".to_owned(), Given { text, origin })],
        });
        varied.exclusive("load", "rate", "one is enough").unwrap();
        assert_eq!(
            (
                varied.text("rate"),
                varied.text("load"),
                varied.text("backends")
            ),
            (Some("100"), None, Some("8"))
        );
        assert_eq!(typed.text("load"), Some("0.3"));
    }

    #[test]
    fn a_contradiction_is_settled_by_urgency_or_refused() {
        let mut uneven = settings(&[
            ("clients", "3", file()),
            ("think", "1s", file()),
            ("load", "0.5", Origin::Flag),
        ]);
        uneven.exclusive("clients", "load", "").unwrap();
        uneven.needs("think", "clients").unwrap();
        assert!(!uneven.has("clients") && !uneven.has("think") && uneven.has("load"));
        let mut even = settings(&[("load", "1", file()), ("rate", "1", file())]);
        let failure = even.exclusive("load", "rate", "one is enough").unwrap_err();
        assert_eq!(
            failure,
            Failure::usage("a.toml:3: load: contradicts a.toml:3: rate: one is enough")
        );
    }

    #[test]
    fn a_detail_of_nothing_is_refused() {
        let mut alone = settings(&[("think", "1s", Origin::Environment)]);
        let failure = alone.needs("think", "clients").unwrap_err();
        assert_eq!(
            failure,
            Failure::usage("EVENKEEL_THINK: means nothing without --clients")
        );
    }
}
