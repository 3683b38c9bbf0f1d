//! Everything that was found out, in the shape in which it is reported.

use serde::Serialize;

use crate::child::{Failure, Outcome};
use crate::job::Job;
use crate::mutate::{Fate, Mutant};

/// What a run of `model` found.
#[derive(Debug, Default, Serialize)]
pub struct Findings {
    /// Of this layout.
    pub schema: u32,
    /// Of the program.
    pub version: &'static str,
    /// Of shuttle's schedules.
    pub seed: u64,
    /// Whether Ctrl-C ended it early: what is here holds, and there is less of it.
    pub interrupted: bool,
    /// What must hold, under each checker.
    pub properties: Vec<Proof>,
    /// Atomic operations made weaker.
    pub mutants: Vec<Mutated>,
    /// Entries of the list of equivalent mutants that no mutant needed.
    pub stale: Vec<String>,
}

/// A property under a checker.
#[derive(Debug, Serialize)]
pub struct Proof {
    /// `structure::what_holds`
    pub name: String,
    /// Who checked.
    pub checker: &'static str,
    /// How many executions, or states.
    pub executions: u64,
    /// Within what limit.
    pub bound: String,
    /// Whether those are all there are within it.
    pub exhaustive: bool,
    /// How long it took.
    pub seconds: f64,
    /// Whether nothing failed.
    pub holds: bool,
    /// What failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// An atomic operation made weaker.
#[derive(Debug, Serialize)]
pub struct Mutated {
    /// `file:line:column`
    pub site: String,
    /// What it is called when lines move.
    pub operation: String,
    /// What was done to it.
    pub mutation: String,
    /// The property that noticed.
    pub killed_by: Option<String>,
    /// Why none can, or what is wrong.
    pub reason: Option<&'static str>,
    /// Whether it was killed, or is known to be equivalent.
    pub explained: bool,
    /// What shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay: Option<String>,
    /// How many executions the property took to notice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution: Option<u64>,
}

impl Proof {
    /// Of a job that ended.
    pub fn new(job: &Job, outcome: Outcome) -> Self {
        let mut proof = Proof {
            name: job.property.to_string(),
            checker: job.checker.name(),
            executions: 0,
            bound: job.checker.bound(),
            exhaustive: false,
            seconds: 0.0,
            holds: false,
            failure: None,
        };
        match outcome {
            Outcome::Holds {
                executions,
                exhaustive,
                seconds,
                ..
            } => Proof {
                executions,
                exhaustive,
                seconds,
                holds: true,
                ..proof
            },
            Outcome::Fails(failure) => {
                proof.executions = failure.execution;
                proof.seconds = failure.seconds;
                proof.failure = Some(failure);
                proof
            }
        }
    }
}

impl Mutated {
    /// Of a mutant that was judged.
    pub fn new(mutant: &Mutant, fate: &Fate) -> Self {
        let mut mutated = Mutated {
            site: mutant.site.to_string(),
            operation: mutant.name.clone(),
            mutation: mutant.mutation.to_string(),
            killed_by: None,
            reason: None,
            explained: true,
            replay: None,
            execution: None,
        };
        match fate {
            Fate::Killed { by, failure } => {
                mutated.killed_by = Some(by.to_string());
                mutated.replay = Some(failure.replay.clone());
                mutated.execution = Some(failure.execution);
            }
            Fate::Equivalent(reason) => mutated.reason = Some(reason),
            Fate::Survived => {
                mutated.reason = Some("no property notices");
                mutated.explained = false;
            }
            Fate::Unreached => {
                mutated.reason = Some("no model comes by");
                mutated.explained = false;
            }
        }
        mutated
    }
}

impl Findings {
    /// Whether all holds and every mutant is accounted for.
    pub fn are_good(&self) -> bool {
        self.properties.iter().all(|proof| proof.holds)
            && self.mutants.iter().all(|mutant| mutant.explained)
            && self.stale.is_empty()
    }
}
