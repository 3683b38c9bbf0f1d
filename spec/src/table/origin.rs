//! Who gave a setting.

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// What was given, and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Given {
    /// As it was typed.
    pub text: String,
    /// By whom.
    pub origin: Origin,
}

impl Given {
    /// The failure that this is wrong because of `reason`.
    pub fn refuse(&self, key: &str, reason: &str) -> Failure {
        Failure::usage(format!("{}: {reason}", self.origin.called(key)))
    }
}

/// Where a setting was given.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Origin {
    /// On the command line.
    Flag,
    /// In an environment variable.
    Environment,
    /// In a file.
    File {
        /// What to call it.
        name: String,
        /// From 1.
        line: usize,
    },
    /// By nobody: what runs goes by it, and cannot change it.
    Running,
    /// In a variant of a scenario file.
    Variant {
        /// What to call the file.
        name: String,
        /// From 1.
        line: usize,
    },
}

impl Origin {
    /// The greater displaces the lesser. What makes a variant one stands against what is typed: otherwise all variants
    /// would be the same.
    pub fn urgency(&self) -> u8 {
        match self {
            Origin::File { .. } => 1,
            Origin::Environment => 2,
            Origin::Flag => 3,
            Origin::Running | Origin::Variant { .. } => 4,
        }
    }

    /// What a user calls the setting `key` that was given here.
    pub fn called(&self, key: &str) -> String {
        match self {
            Origin::Flag => format!("--{key}"),
            Origin::Environment => format!("EVENKEEL_{}", key.replace('-', "_").to_uppercase()),
            Origin::Running => format!("{key}, as it runs"),
            Origin::File { name, line } | Origin::Variant { name, line } => {
                format!("{name}:{line}: {key}")
            }
        }
    }
}
