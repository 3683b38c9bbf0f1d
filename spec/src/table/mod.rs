//! What was given, by whom, and what was made of it.
//!
//! A setting is text under the long name of its flag. Flag, environment variable and file are read into the
//! same table, the more urgent displacing the less, and everything is parsed and refused from there.

mod origin;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use origin::{Given, Origin};

use crate::config::Config;
use crate::failure::Failure;
use crate::shown::Shown;
use crate::value::{Parsed, or_none};

/// Everything that was given and not displaced, and a record of what was resolved so far. What travels between
/// processes is what was given.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Table {
    given: BTreeMap<String, Given>,
    #[serde(skip)]
    displaced: BTreeSet<String>,
    /// What was resolved so far.
    #[serde(skip)]
    pub config: Config,
}

impl Table {
    /// Takes `given` for `key` unless something more urgent was given.
    pub fn offer(&mut self, key: &str, given: Given) {
        match self.given.get(key) {
            Some(present) if present.origin.urgency() >= given.origin.urgency() => {}
            _ => {
                self.given.insert(key.to_owned(), given);
            }
        }
    }

    /// Whether anything was given for `key`.
    pub fn has(&self, key: &str) -> bool {
        self.given.contains_key(key)
    }

    /// The text given for `key`.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.given.get(key).map(|given| given.text.as_str())
    }

    /// What was given for `key`, read by `read`.
    pub fn given<T>(
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

    /// As [`Table::given`], and put on record.
    pub fn optional<T: Shown>(
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

    /// As [`Table::optional`], where `none` turns off what something less urgent turned on.
    pub fn unless_none<T: Shown>(
        &mut self,
        key: &str,
        read: impl FnOnce(&str) -> Parsed<T>,
    ) -> Result<Option<T>, Failure> {
        Ok(self.optional(key, |text| or_none(text, read))?.flatten())
    }

    /// A detail of what may be `on` or off: read in any case, but what nobody gave is put on record only where it
    /// matters.
    pub fn detail<T: Shown>(
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

    /// As [`Table::optional`], `default` if nothing was given.
    pub fn or<T: Shown>(
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
    pub fn record(&mut self, key: &str, value: &impl Shown, otherwise: &str) {
        let origin = match self.given.get(key) {
            Some(given) => given.origin.called(key),
            None => otherwise.to_owned(),
        };
        self.config.set(key, value.shown(), origin);
    }

    /// The failure that what was given for `key` is wrong because of `reason`.
    pub fn refuse(&self, key: &str, reason: &str) -> Failure {
        match self.given.get(key) {
            Some(given) => given.refuse(key, reason),
            None => Failure::usage(format!("--{key}: {reason}")),
        }
    }

    /// `a` and `b` contradict each other: the more urgent displaces the other; if neither is, that is a failure.
    pub fn exclusive(&mut self, a: &str, b: &str, why: &str) -> Result<(), Failure> {
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
    pub fn needs(&mut self, key: &str, master: &str) -> Result<(), Failure> {
        self.needs_one_of(key, &[master])
    }

    /// As [`Table::needs`], where each of `masters` would do.
    pub fn needs_one_of(&mut self, key: &str, masters: &[&str]) -> Result<(), Failure> {
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

    /// `key` means something only where `holds`, which is so or not because of `by`. Where it is not, `key` goes if one of
    /// those is more urgent, and is a failure because of `why` if not.
    pub fn only_where(
        &mut self,
        holds: bool,
        key: &str,
        by: &[&str],
        why: &str,
    ) -> Result<(), Failure> {
        let (Some(given), false) = (self.given.get(key), holds) else {
            return Ok(());
        };
        let those = by.iter().filter_map(|by| self.given.get(*by));
        let urgency = those.map(|by| by.origin.urgency()).max().unwrap_or(0);
        if urgency <= given.origin.urgency() {
            return Err(given.refuse(key, why));
        }
        self.given.remove(key);
        self.displaced.insert(key.to_owned());
        Ok(())
    }

    /// Everything that was given, by key.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Given)> {
        self.given.iter().map(|(key, given)| (key.as_str(), given))
    }

    /// Drops what `keep` does not want.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &Given) -> bool) {
        self.given.retain(|key, given| keep(key, given));
    }

    /// What was given for `from` is from now on given for `to`, as `text`.
    pub fn rename(&mut self, from: &str, to: &str, text: String) {
        if let Some(given) = self.given.remove(from) {
            self.given.insert(to.to_owned(), Given { text, ..given });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(all: &[(&str, &str, Origin)]) -> Table {
        let mut settings = Table::default();
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
    fn what_means_nothing_here_goes_or_is_refused() {
        let all = [("accept", "shared", Origin::Flag), ("breaker", "x", file())];
        let mut uneven = settings(&all);
        uneven.only_where(true, "breaker", &["accept"], "").unwrap();
        assert!(uneven.has("breaker"));
        uneven
            .only_where(false, "breaker", &["exec", "accept"], "")
            .unwrap();
        assert!(!uneven.has("breaker"));
        let mut even = settings(&all[1..]);
        let failure = even.only_where(false, "breaker", &["accept"], "nobody breaks");
        let sentence = "a.toml:3: breaker: nobody breaks";
        assert_eq!(failure, Err(Failure::usage(sentence)));
    }

    #[test]
    fn what_was_given_travels() {
        let all = [("load", "0.1", file()), ("seed", "2", Origin::Flag)];
        let text = serde_json::to_string(&settings(&all)).unwrap();
        let read: Table = serde_json::from_str(&text).unwrap();
        assert!(read.all().eq(settings(&all).all()));
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
