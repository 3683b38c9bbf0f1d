//! Every option as it was written, and by whom.

use std::path::Path;

use serde::{Deserialize, Serialize};
use spec::{Config, Failure, Origin, Table};

use super::{file, flags, resolve};
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
