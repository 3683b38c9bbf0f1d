//! Every option as it was written, and by whom.

use std::path::Path;

use serde::{Deserialize, Serialize};
use spec::{Config, Failure, Origin, Table};

use super::{file, flags, resolve};
use crate::proxy::tls;
use crate::settings::Settings;

/// What was given on the command line, in the environment and in a file. The master hands it to its children, which
/// resolve it again: so all of them go by the same.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Document {
    pub(super) given: Table,
}

/// What was made of a document.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// What is to be done.
    pub settings: Settings,
    /// What each option was resolved to, and from where.
    config: Config,
}

impl Document {
    /// What was `typed`, and what stands in the file that it names.
    pub fn new(typed: Table) -> Result<Document, Failure> {
        let document = Document { given: typed };
        document.reloaded()
    }

    /// The same command line and environment with the file as it is now, all of it: see [`Document::reload`].
    pub fn reloaded(&self) -> Result<Document, Failure> {
        let mut given = self.given.clone();
        given.retain(|_, given| matches!(given.origin, Origin::Flag | Origin::Environment));
        if let Some(path) = self.file() {
            for (key, one) in file::read(path, &flags::keys())? {
                given.offer(&key, one);
            }
        }
        Ok(Document { given })
    }

    /// The file that it names.
    pub fn file(&self) -> Option<&Path> {
        self.given.text("config").map(Path::new)
    }

    /// The settings, or the sentence that says why there are none.
    pub fn resolve(&self) -> Result<Resolved, Failure> {
        let mut given = self.given.clone();
        let settings = resolve::resolve(&mut given)?;
        Ok(Resolved {
            settings,
            config: given.config,
        })
    }

    /// For [`Document::from_json`].
    pub fn to_json(&self) -> String {
        // Maps of strings are always JSON.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What [`Document::to_json`] wrote.
    pub fn from_json(text: &str) -> Result<Document, serde_json::Error> {
        serde_json::from_str(text)
    }
}

impl Resolved {
    /// Whether what the files hold that are named can be used. Only for whoever is about to, or is asked: it reads them.
    pub fn check(&self) -> Result<(), Failure> {
        let checked = tls::check(&self.settings.tls);
        checked.map_err(|error| Failure::usage(format!("TLS: {error}")))
    }

    /// A file for `--config`.
    pub fn to_toml(&self) -> String {
        const HEADER: &str = concat!(
            "# For `real --config FILE`, as real ",
            env!("CARGO_PKG_VERSION"),
            " resolved it; behind each value, where it came from.\n"
        );
        self.config.to_toml(HEADER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use spec::Given;

    fn document(given: &[(String, String)]) -> Document {
        let mut table = Table::default();
        for (key, text) in given {
            let (text, origin) = (text.clone(), Origin::Flag);
            table.offer(key, Given { text, origin });
        }
        Document { given: table }
    }

    #[test]
    fn the_defaults_are_good() {
        let resolved = document(&[]).resolve().unwrap();
        assert!(resolved.to_toml().contains("accept = \"shared\""));
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for text in ["", "{", "[]", "{\"given\":1}"] {
            assert!(Document::from_json(text).is_err(), "{text}");
        }
    }

    /// Texts that some setting takes, and any others.
    fn text() -> impl Strategy<Value = String> {
        const GOOD: &[&str] = &[
            "none",
            "default",
            "true",
            "1",
            "3",
            "20%",
            "10ms",
            "1MiB",
            "a:80",
            "serve {port}",
            "/",
            ".",
            "-",
            "127.0.0.1:0",
            "proxy",
            "single",
            "handoff",
            "reuseport",
            "staffing",
            "aimd",
            "client",
            "maglev",
            "b",
            "10.0.0.0/8",
            "json",
            "P95",
            "18446744073709551615",
            "1e300",
            "0",
        ];
        prop_oneof![4 => prop::sample::select(GOOD).prop_map(str::to_owned), 1 => ".{0,20}"]
    }

    fn key() -> impl Strategy<Value = String> {
        prop::sample::select(flags::keys())
    }

    /// What was resolved, without where from.
    fn values(toml: &str) -> Vec<String> {
        let lines = toml
            .lines()
            .skip(1)
            .filter_map(|line| line.rsplit_once("  # "));
        lines.map(|(value, _)| value.trim().to_owned()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Whatever is given is resolved to the same in every process, or refused in a sentence.
        #[test]
        fn nothing_panics_and_children_see_the_same(
            given in prop::collection::vec((key(), text()), 0..6),
        ) {
            let here = document(&given);
            let there = Document::from_json(&here.to_json()).unwrap();
            match (here.resolve(), there.resolve()) {
                (Ok(here), Ok(there)) => {
                    prop_assert_eq!(here.to_toml(), there.to_toml());
                    prop_assert_eq!(format!("{:?}", here.settings), format!("{:?}", there.settings));
                    prop_assert_eq!(here.settings.needs_restart(&there.settings), [""; 0]);
                }
                (Err(here), Err(there)) => {
                    prop_assert_eq!(&here, &there);
                    prop_assert_eq!(here.to_string().lines().count(), 1);
                }
                (here, there) => prop_assert!(false, "{here:?} {there:?}"),
            }
        }

        /// Whatever is printed is read back as the same.
        #[test]
        fn what_is_printed_is_a_file(given in prop::collection::vec((key(), text()), 0..6)) {
            let Ok(resolved) = document(&given).resolve() else {
                return Ok(());
            };
            let home = tempfile::TempDir::new().unwrap();
            let path = home.path().join("a.toml").display().to_string();
            std::fs::write(&path, resolved.to_toml()).unwrap();
            let again = Document::new(document(&[("config".to_owned(), path)]).given).unwrap();
            let again = again.resolve().unwrap();
            prop_assert_eq!(values(&resolved.to_toml()), values(&again.to_toml()));
            prop_assert_eq!(format!("{:?}", resolved.settings), format!("{:?}", again.settings));
        }
    }
}
