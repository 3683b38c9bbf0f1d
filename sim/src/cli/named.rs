//! Built-in scenarios: files that `--scenario` would take, compiled in.

use spec::value::Parsed;

/// A scenario that needs no file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named {
    /// What `--scenario-name` calls it.
    pub(crate) name: &'static str,
    /// TOML. Its first line is a comment: the question it answers.
    pub(crate) text: &'static str,
}

/// Scenarios about the same thing.
struct Group {
    about: &'static str,
    scenarios: &'static [Named],
}

const GROUPS: &[Group] = &[
    Group {
        about: "Which strategy",
        scenarios: &[
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
        ],
    },
    Group {
        about: "What goes wrong, and what helps: each with and without",
        scenarios: &[
            Named {
                name: "retry-storm",
                text: include_str!("scenarios/retry-storm.toml"),
            },
            Named {
                name: "gray-failure",
                text: include_str!("scenarios/gray-failure.toml"),
            },
            Named {
                name: "black-hole",
                text: include_str!("scenarios/black-hole.toml"),
            },
            Named {
                name: "recovery-herd",
                text: include_str!("scenarios/recovery-herd.toml"),
            },
            Named {
                name: "reload-under-load",
                text: include_str!("scenarios/reload-under-load.toml"),
            },
            Named {
                name: "half-open-stampede",
                text: include_str!("scenarios/half-open-stampede.toml"),
            },
            Named {
                name: "morning-peak",
                text: include_str!("scenarios/morning-peak.toml"),
            },
            Named {
                name: "slow-worker",
                text: include_str!("scenarios/slow-worker.toml"),
            },
            Named {
                name: "stale-views",
                text: include_str!("scenarios/stale-views.toml"),
            },
            Named {
                name: "metastable",
                text: include_str!("scenarios/metastable.toml"),
            },
        ],
    },
];

fn all() -> impl Iterator<Item = &'static Named> {
    GROUPS.iter().flat_map(|group| group.scenarios)
}

/// The scenario called `name`.
pub(crate) fn find(name: &str) -> Parsed<Named> {
    let known = all().find(|scenario| scenario.name == name.trim());
    known.copied().ok_or_else(|| {
        let names: Vec<&str> = all().map(|scenario| scenario.name).collect();
        format!(
            "there is no scenario `{name}`; there are {}",
            names.join(", ")
        )
    })
}

/// Every name and its question, a line each, below what they are about.
pub(crate) fn list() -> String {
    let width = all().map(|scenario| scenario.name.len()).max().unwrap_or(0);
    let line = |Named { name, text }: &Named| {
        let question = text.lines().next().unwrap_or_default();
        format!(
            "  {name:width$}  {}\n",
            question.trim_start_matches(['#', ' '])
        )
    };
    let group = |group: &Group| {
        let lines: String = group.scenarios.iter().map(line).collect();
        format!("{}:\n{lines}", group.about)
    };
    GROUPS.iter().map(group).collect::<Vec<_>>().join("\n")
}
