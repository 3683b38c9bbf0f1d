//! Built-in scenarios: files that `--scenario` would take, compiled in.

use super::value::Parsed;

/// A scenario that needs no file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named {
    /// What `--scenario-name` calls it.
    pub(crate) name: &'static str,
    /// TOML. Its first line is a comment: the question it answers.
    pub(crate) text: &'static str,
}

const ALL: &[Named] = &[
    Named {
        name: "heterogeneous",
        text: include_str!("scenarios/heterogeneous.toml"),
    },
    Named {
        name: "stale-herd",
        text: include_str!("scenarios/stale-herd.toml"),
    },
    Named {
        name: "access-peak",
        text: include_str!("scenarios/access-peak.toml"),
    },
];

/// The scenario called `name`.
pub(crate) fn find(name: &str) -> Parsed<Named> {
    let known = ALL.iter().find(|scenario| scenario.name == name.trim());
    known.copied().ok_or_else(|| {
        let names: Vec<&str> = ALL.iter().map(|scenario| scenario.name).collect();
        format!(
            "there is no scenario `{name}`; there are {}",
            names.join(", ")
        )
    })
}

/// Every name and its question, a line each.
pub(crate) fn list() -> String {
    let line = |Named { name, text }: &Named| {
        let question = text.lines().next().unwrap_or_default();
        format!("{name:13}  {}\n", question.trim_start_matches(['#', ' ']))
    };
    ALL.iter().map(line).collect()
}
