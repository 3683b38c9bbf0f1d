//! Whether the checks have teeth: every atomic operation made weaker, one at a time, must be noticed.

mod equivalent;
mod inventory;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::check::Checker;
use crate::child::{Failure, Outcome};
use crate::job::Job;
use crate::property::Property;
use crate::suite::Workers;
use crate::watch::{Change, Mutation, Site};

pub use equivalent::{EQUIVALENT, Equivalent, NATIVE_ONLY};
pub use inventory::{AtomicSite, inventory};

/// The folder whose operations are weakened, from the root of the workspace.
pub const FOLDER: &str = "policy/src/shared";

/// One operation with one thing done to it.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// Where.
    pub site: Site,
    /// See [`AtomicSite::name`].
    pub name: String,
    /// What is done.
    pub mutation: Mutation,
    /// The properties that come by there, the quickest first.
    pub properties: Vec<Property>,
}

impl Mutant {
    /// The structure whose properties are about it: that of its file, and the pool's for its slots' guards.
    pub fn structure(&self) -> &str {
        let module = self.name.split("::").next().unwrap_or_default();
        if module == "slot_pool" {
            "slots"
        } else {
            module
        }
    }
}

/// What became of a mutant.
#[derive(Clone, Debug)]
pub enum Fate {
    /// A property noticed.
    Killed {
        /// Which.
        by: Property,
        /// How.
        failure: Failure,
    },
    /// None did, and this says why none could.
    Equivalent(&'static str),
    /// None did.
    Survived,
    /// None did because no model ever gets there.
    Unreached,
}

/// What loom saw of each property: the operations that it came by, and in how many executions.
pub type Reached = Vec<(Property, Vec<String>, u64)>;

/// All mutants of `sites`, each with the properties that may kill it.
pub fn mutants(sites: &[AtomicSite], reached: &Reached) -> Vec<Mutant> {
    let mut properties: BTreeMap<&str, Vec<(u64, Property)>> = BTreeMap::new();
    for (property, sites, executions) in reached {
        for site in sites {
            properties
                .entry(site)
                .or_default()
                .push((*executions, *property));
        }
    }
    for candidates in properties.values_mut() {
        // By what does not depend on the machine; what is equal stays in the order of the properties.
        candidates.sort_by_key(|(executions, _)| *executions);
    }
    let of_site = |site: &AtomicSite| {
        let candidates = properties.get(site.site.to_string().as_str());
        let candidates: Vec<_> = candidates
            .into_iter()
            .flatten()
            .map(|(_, property)| *property)
            .collect();
        let mutant = |&mutation| Mutant {
            site: site.site,
            name: site.name.clone(),
            mutation,
            properties: candidates.clone(),
        };
        site.mutations.iter().map(mutant).collect::<Vec<_>>()
    };
    sites.iter().flat_map(of_site).collect()
}

/// The operations that no model comes by, but for those that none can ([`NATIVE_ONLY`]).
pub fn unreached(sites: &[AtomicSite], reached: &Reached) -> Vec<String> {
    let taken: BTreeSet<&str> = reached
        .iter()
        .flat_map(|(_, sites, _)| sites)
        .map(String::as_str)
        .collect();
    let known = |site: &&AtomicSite| NATIVE_ONLY.iter().any(|(name, _)| *name == site.name);
    sites
        .iter()
        .filter(|site| !taken.contains(site.site.to_string().as_str()))
        .filter(|site| !known(site))
        .map(|site| format!("{} at {}", site.name, site.site))
        .collect()
}

/// Refuses sources that are not those the checked program was built from.
///
/// # Errors
/// If a step was taken where the sources have no atomic operation.
pub fn refuse_other_sources(sites: &[AtomicSite], reached: &Reached) -> io::Result<()> {
    let known: BTreeSet<String> = sites.iter().map(|site| site.site.to_string()).collect();
    let in_folder = |site: &&String| site.starts_with(FOLDER);
    let taken = reached.iter().flat_map(|(_, sites, _)| sites);
    match taken.filter(in_folder).find(|&site| !known.contains(site)) {
        None => Ok(()),
        Some(site) => Err(io::Error::other(format!(
            "{site}: a model took an atomic step here, but there is none in the file; it has changed since this \
             program was built, so build it again"
        ))),
    }
}

/// Runs the models that come by `mutant`'s place until one notices.
///
/// # Errors
/// If a process could not be started.
pub fn judge(mutant: &Mutant, workers: &Workers<'_>) -> io::Result<Fate> {
    if mutant.properties.is_empty() {
        return Ok(Fate::Unreached);
    }
    for &property in &mutant.properties {
        let job = Job {
            property,
            checker: Checker::Loom {
                bound: property.bounds.quick,
            },
            change: Change {
                mutation: Some((mutant.site, mutant.mutation)),
                ..Change::default()
            },
        };
        if let Outcome::Fails(failure) = workers.run(&job)? {
            // Without an execution no model ran: that is no kill, but a fault of ours.
            if failure.execution == 0 {
                return Err(io::Error::other(format!(
                    "{}: {}",
                    failure.replay, failure.message
                )));
            }
            return Ok(Fate::Killed {
                by: property,
                failure,
            });
        }
    }
    let listed = EQUIVALENT.iter().find(|listed| listed.is(mutant));
    Ok(listed.map_or(Fate::Survived, |listed| Fate::Equivalent(listed.reason)))
}

/// The entries of the list of equivalents that none of `judged` needed.
pub fn stale(judged: &[(Mutant, Fate)]) -> Vec<&'static Equivalent> {
    let needed = |listed: &&Equivalent| {
        judged
            .iter()
            .any(|(mutant, fate)| matches!(fate, Fate::Equivalent(_)) && listed.is(mutant))
    };
    EQUIVALENT.iter().filter(|listed| !needed(listed)).collect()
}
