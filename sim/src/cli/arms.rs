//! The variants of a scenario, each resolved like a scenario of its own, and what is said of all of them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use sim::scenario::Scenario;
use sim::study::{Arm, Said, merged};
use spec::{Config, Failure, Table};

use super::resolve::{Resolved, resolve};
use super::settings::{Variants, varied};

/// Above what `--print-config` prints.
const HEADER: &str = concat!(
    "# A scenario for `sim --scenario FILE`, as sim ",
    env!("CARGO_PKG_VERSION"),
    " resolved it; behind each value, where it came from.\n"
);

/// A scenario and its variants.
#[derive(Debug)]
pub(crate) struct Arms {
    /// The base first.
    all: Vec<Variation>,
    /// Which of them are simulated.
    selected: Vec<usize>,
}

/// The scenario as it stands, or with what a variant says instead.
#[derive(Debug)]
struct Variation {
    name: String,
    /// What the variant says itself.
    own: BTreeSet<String>,
    resolved: Resolved,
}

impl Arms {
    /// Resolves `settings`, and once more with each of `variants`.
    pub(crate) fn resolve(settings: Table, variants: Variants) -> Result<Arms, Failure> {
        let selected = settings.given("variant", |names| variants.select(names))?;
        let mut all = Vec::with_capacity(1 + variants.all.len());
        let varied: Vec<_> = variants
            .all
            .iter()
            .map(|variant| varied(&settings, variant))
            .collect();
        all.push(Variation {
            name: variants.base,
            own: BTreeSet::new(),
            resolved: resolve(settings)?,
        });
        for (variant, settings) in variants.all.into_iter().zip(varied) {
            let resolved = resolve(settings).and_then(|it| as_many(&all[0].resolved, it));
            let keys = variant.settings.into_iter().map(|(key, _)| key);
            all.push(Variation {
                own: keys.collect(),
                resolved: resolved.map_err(|failure| of(&variant.name, failure))?,
                name: variant.name,
            });
        }
        let selected = selected.unwrap_or_else(|| (0..all.len()).collect());
        Ok(Arms { all, selected })
    }

    fn are_several(&self) -> bool {
        self.all.len() > 1
    }

    fn selected(&self) -> impl Iterator<Item = &Variation> {
        self.selected.iter().map(|&at| &self.all[at])
    }

    fn called(&self, variation: &Variation) -> Option<String> {
        self.are_several().then(|| variation.name.clone())
    }

    /// What is simulated.
    pub(crate) fn to_study(&self) -> Vec<Arm<'_>> {
        let arm = |variation| Arm {
            variant: self.called(variation),
            scenario: &variation.resolved.scenario,
        };
        self.selected().map(arm).collect()
    }

    /// The same, without the names.
    pub(crate) fn scenarios(&self) -> impl Iterator<Item = &Scenario> {
        self.selected().map(|one| &one.resolved.scenario)
    }

    /// So many requests of the first replication are kept one by one.
    pub(crate) fn keep(&mut self, requests: usize) {
        for variation in &mut self.all {
            variation.resolved.scenario.effort.timeline = requests;
        }
    }

    /// How it goes over time is recorded, which it is where anything could happen.
    pub(crate) fn watch(&mut self) {
        for variation in &mut self.all {
            let operations = &mut variation.resolved.scenario.operations;
            operations.get_or_insert_default();
        }
    }

    /// Where all randomness comes from.
    pub(crate) fn seed(&self) -> u64 {
        self.all[0].resolved.scenario.seed
    }

    /// What is simulated, in one line.
    pub(crate) fn headline(&self) -> String {
        let mut all = self.selected();
        let first = all.next().unwrap_or(&self.all[0]);
        let headline = &first.resolved.headline;
        if all.all(|other| other.resolved.headline == *headline) {
            return headline.clone();
        }
        format!("{headline} ({}; variants differ)", first.name)
    }

    /// What a reader must know.
    pub(crate) fn notes(&self) -> Vec<String> {
        let said = self.selected().map(|variation| Said {
            variant: self.called(variation),
            notes: variation.resolved.notes.clone(),
        });
        merged(&said.collect::<Vec<_>>())
    }

    /// What was resolved, as a scenario file with all variants.
    pub(crate) fn to_toml(&self) -> String {
        let [base, variants @ ..] = &self.all[..] else {
            return String::new();
        };
        if variants.is_empty() {
            return base.resolved.config.to_toml(HEADER);
        }
        let variants: Vec<(&str, Config)> = variants
            .iter()
            .map(|variant| (variant.name.as_str(), self.differing(variant)))
            .collect();
        base.resolved
            .config
            .to_toml_with(HEADER, &base.name, &variants)
    }

    /// What was resolved, as one object, with the variants that are simulated.
    pub(crate) fn to_json(&self) -> Value {
        let mut json = self.all[0].resolved.config.to_json();
        if self.are_several()
            && let Value::Object(members) = &mut json
        {
            let simulated = self.selected.iter().filter(|&&at| at > 0);
            let mut variants: Vec<(String, Value)> = simulated
                .map(|&at| &self.all[at])
                .map(|variant| (variant.name.clone(), self.differing(variant).to_json()))
                .collect();
            variants.sort_by(|(a, _), (b, _)| a.cmp(b));
            let variants: Map<_, _> = variants.into_iter().collect();
            members.insert("base".to_owned(), self.all[0].name.clone().into());
            members.insert("variant".to_owned(), variants.into());
            members.sort_keys();
        }
        json
    }

    fn differing(&self, variant: &Variation) -> Config {
        let (config, base) = (&variant.resolved.config, &self.all[0].resolved.config);
        config.differing(base, |key| variant.own.contains(key))
    }
}

/// `resolved` if it is about as many requests as `base`, else what is wrong with that.
fn as_many(base: &Resolved, resolved: Resolved) -> Result<Resolved, Failure> {
    let [expected, found] = [base, &resolved].map(|one| one.scenario.effort.requests);
    if expected == found {
        return Ok(resolved);
    }
    Err(Failure::usage(format!(
        "--requests: {found} requests where the others have {expected}; give all variants the same number"
    )))
}

/// `failure` is about the variant called `name`.
fn of(name: &str, failure: Failure) -> Failure {
    match failure {
        Failure::Usage(sentence) => Failure::Usage(format!("{sentence} (variant `{name}`)")),
        other => other,
    }
}
