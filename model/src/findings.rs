//! Everything that was found out, in the shape in which it is reported.

use serde::Serialize;

use crate::check::Checker;
use crate::child::{Failure, Outcome};
use crate::exact::Case;
use crate::explicit::{Explored, Violation};
use crate::job::Job;
use crate::museum::Sight;
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
    /// What was asked for.
    pub scenario: Scenario,
    /// Whether Ctrl-C ended it early: what is here holds, and there is less of it.
    pub interrupted: bool,
    /// What must hold, under each checker.
    pub properties: Vec<Proof>,
    /// Atomic operations made weaker.
    pub mutants: Vec<Mutated>,
    /// Entries of the list of equivalent mutants that no mutant needed.
    pub stale: Vec<String>,
    /// Atomic operations that no model comes by.
    pub unreached: Vec<String>,
    /// Bugs of real systems, and which checker finds them.
    pub museum: Vec<Shown>,
    /// Exact mean responses of small fleets.
    pub exact: Vec<Solved>,
    /// Strategies without one, and why.
    pub not_solved: Vec<(&'static str, &'static str)>,
}

/// What was asked for, as it was resolved.
#[derive(Debug, Default, Serialize)]
pub struct Scenario {
    /// Larger bounds and more schedules.
    pub deep: bool,
    /// The structures that the properties are about.
    pub structures: Vec<&'static str>,
    /// The parts.
    pub parts: Vec<String>,
}

/// A bug of a real system under the checkers.
#[derive(Debug, Serialize)]
pub struct Shown {
    /// `what_is_wrong::what_it_breaks`
    pub name: String,
    /// The system, and where in it.
    pub found_in: &'static str,
    /// What its users saw.
    pub harm: &'static str,
    /// The model that notices, on the first checker that must.
    pub killed_by: Option<String>,
    /// What of ours holds instead.
    pub guarded_by: String,
    /// What each checker made of it.
    pub found: Vec<Sighting>,
}

/// A bug under one checker.
#[derive(Debug, Serialize)]
pub struct Sighting {
    /// Which.
    pub checker: &'static str,
    /// The first execution that shows it; `None`: none of them did.
    pub execution: Option<u64>,
    /// How long it took to find, or to search in vain.
    pub seconds: f64,
    /// Whether that is what is known of it.
    pub as_expected: bool,
    /// What shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay: Option<String>,
}

/// The exact mean response of a small fleet.
#[derive(Debug, Serialize)]
pub struct Solved {
    /// Who chooses.
    pub strategy: &'static str,
    /// How many.
    pub servers: usize,
    /// Of the servers; also their weights.
    pub speeds: Vec<u32>,
    /// Arrivals relative to what all can serve.
    pub load: f64,
    /// Mean response, in mean services at speed 1.
    pub mean_response: f64,
    /// Of the Markov chain.
    pub states: usize,
    /// The probability at its cut.
    pub truncated: f64,
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
    /// Of a system of which all states were searched: what was claimed of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<String>,
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
            claims: Vec::new(),
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

impl Proof {
    /// Of a system that was searched, in `seconds`.
    pub fn of_states(name: &str, searched: Result<Explored, Violation>, seconds: f64) -> Self {
        let mut proof = Proof {
            name: name.to_owned(),
            checker: "states",
            executions: 0,
            bound: "none".into(),
            exhaustive: false,
            seconds,
            holds: false,
            claims: Vec::new(),
            failure: None,
        };
        match searched {
            Ok(explored) => {
                let claims = explored.properties.iter();
                proof.executions = explored.states as u64;
                proof.exhaustive = explored.exhaustive;
                proof.holds = true;
                proof.claims = claims
                    .map(|(claim, kind, _)| format!("{kind}: {claim}"))
                    .collect();
            }
            Err(violation) => {
                proof.failure = Some(Failure {
                    message: format!(
                        "not {}: {}: {}",
                        violation.kind, violation.property, violation.message
                    ),
                    replay: format!("{name},states"),
                    steps: violation.steps,
                    seconds,
                    ..Failure::default()
                });
            }
        }
        proof
    }
}

impl Sighting {
    /// Of an exhibit's job that ended, where `sight` was expected.
    pub fn new(job: &Job, sight: Sight, outcome: &Outcome) -> Self {
        let ran = |failure: &&Failure| {
            failure.execution > 0 || matches!(job.checker, Checker::Threads { .. })
        };
        let (found, seconds) = match outcome {
            // What failed without an execution is no sighting: the process came to a bad end.
            Outcome::Fails(failure) => (Some(failure).filter(ran), failure.seconds),
            Outcome::Holds { seconds, .. } => (None, *seconds),
        };
        Sighting {
            checker: job.checker.name(),
            execution: found.map(|failure| failure.execution),
            seconds,
            as_expected: match sight {
                Sight::Finds => found.is_some(),
                Sight::Blind => found.is_none(),
                Sight::ByLuck => true,
            },
            replay: found.map(|failure| failure.replay.clone()),
        }
    }
}

impl From<Case> for Solved {
    fn from(case: Case) -> Self {
        Solved {
            strategy: case.strategy.about().name,
            servers: case.servers,
            speeds: case.speeds,
            load: case.load,
            mean_response: case.mean_response,
            states: case.states,
            truncated: case.truncated,
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
            && self.unreached.is_empty()
            && self
                .museum
                .iter()
                .all(|shown| shown.found.iter().all(|sighting| sighting.as_expected))
    }
}
