//! From properties to findings: prove, then see whether the proofs have teeth.

use std::io;
use std::time::Instant;

use crate::check::Checker;
use crate::child::Outcome;
use crate::exact::{self, Small};
use crate::explicit::{self, Explicit};
use crate::findings::{Findings, Mutated, Proof, Shown, Sighting, Solved};
use crate::job::Job;
use crate::museum::{self, Exhibit};
use crate::mutate::{self, AtomicSite, Mutant, Reached};
use crate::property::Property;
use crate::suite::{self, Tier, Workers, proofs};

/// What is to be examined.
#[derive(Clone, Debug)]
pub struct Plan {
    /// These properties.
    pub properties: Vec<Property>,
    /// Whether those are all there are: only then is an operation that none reaches a failure.
    pub all: bool,
    /// How thoroughly.
    pub tier: Tier,
    /// Of shuttle's schedules.
    pub seed: u64,
}

impl Plan {
    /// The structures that its properties are about.
    pub fn structures(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self
            .properties
            .iter()
            .map(|property| property.structure)
            .collect();
        names.dedup();
        names
    }
}

/// Hears how far it is: what is being done, and how many of how many are.
pub trait Progress {
    /// `total` steps of `what` begin.
    fn begin(&mut self, what: &'static str, total: usize);
    /// One more is done.
    fn step(&mut self);
}

/// Tells nobody.
impl Progress for () {
    fn begin(&mut self, _: &'static str, _: usize) {}
    fn step(&mut self) {}
}

/// Checks every property of the plan under every checker that it has a body for, and adds what was found. Returns
/// what loom came by, for [`weaken`].
///
/// # Errors
/// If a process could not be started.
pub fn prove(
    plan: &Plan,
    workers: &Workers<'_>,
    progress: &mut dyn Progress,
    findings: &mut Findings,
) -> io::Result<Reached> {
    let jobs = |property| proofs(property, plan.tier, plan.seed);
    let jobs: Vec<Job> = plan.properties.iter().flat_map(jobs).collect();
    progress.begin("proofs", jobs.len());
    let outcomes = workers.each(&jobs, |job| workers.run(job), || progress.step())?;
    let mut reached = Reached::new();
    for (job, outcome) in jobs.iter().zip(outcomes) {
        let Some(outcome) = outcome else { continue };
        if let (
            Checker::Loom { .. },
            Outcome::Holds {
                sites, executions, ..
            },
        ) = (job.checker, &outcome)
        {
            reached.push((job.property, sites.clone(), *executions));
        }
        findings.properties.push(Proof::new(job, outcome));
    }
    Ok(reached)
}

/// Searches all states of what can be searched, and adds what holds in them.
///
/// # Errors
/// None of its own.
pub fn search(
    plan: &Plan,
    workers: &Workers<'_>,
    progress: &mut dyn Progress,
    findings: &mut Findings,
) -> io::Result<()> {
    let systems = match plan.tier {
        Tier::Quick => explicit::all(),
        Tier::Deep => [explicit::all(), explicit::deep()].concat(),
    };
    progress.begin("state spaces", systems.len());
    let search = |system: &Explicit| Ok(searched(system));
    let proofs = workers.each(&systems, search, || progress.step())?;
    findings.properties.extend(proofs.into_iter().flatten());
    Ok(())
}

/// Searches one system.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a search took is not part of it"
)]
pub fn searched(system: &Explicit) -> Proof {
    let started = Instant::now();
    let found = (system.run)();
    Proof::of_states(system.name, found, started.elapsed().as_secs_f64())
}

/// Runs every exhibit of the museum under every checker, and adds which finds it.
///
/// # Errors
/// If a process could not be started.
pub fn exhibit(
    plan: &Plan,
    workers: &Workers<'_>,
    progress: &mut dyn Progress,
    findings: &mut Findings,
) -> io::Result<()> {
    let exhibits = museum::all();
    let under = |exhibit: &Exhibit| suite::exhibit(exhibit, plan.seed);
    let jobs: Vec<(usize, Job)> = exhibits
        .iter()
        .enumerate()
        .flat_map(|(index, exhibit)| under(exhibit).into_iter().map(move |job| (index, job)))
        .collect();
    progress.begin("exhibits", jobs.len());
    let outcomes = workers.each(&jobs, |(_, job)| workers.run(job), || progress.step())?;
    let mut sightings: Vec<Vec<Sighting>> = exhibits.iter().map(|_| Vec::new()).collect();
    for ((index, job), outcome) in jobs.iter().zip(outcomes) {
        let Some(outcome) = outcome else { continue };
        let sight = exhibits[*index].found_by.by(job.checker);
        sightings[*index].push(Sighting::new(job, sight, &outcome));
    }
    let shown = exhibits
        .iter()
        .zip(sightings)
        .map(|(exhibit, found)| Shown {
            name: exhibit.property.to_string(),
            found_in: exhibit.found_in,
            harm: exhibit.harm,
            killed_by: killer(exhibit, &found),
            guarded_by: exhibit.guarded_by.to_string(),
            found,
        });
    findings.museum.extend(shown);
    Ok(())
}

fn killer(exhibit: &Exhibit, found: &[Sighting]) -> Option<String> {
    let first = found.iter().find(|sighting| sighting.execution.is_some())?;
    Some(format!("{} ({})", exhibit.property.name, first.checker))
}

/// Solves the small fleets, and adds what came out. The quick tier leaves out the loads that take longest.
///
/// # Errors
/// If one cannot be solved, which is known not to happen.
pub fn solve(
    plan: &Plan,
    workers: &Workers<'_>,
    progress: &mut dyn Progress,
    findings: &mut Findings,
) -> io::Result<()> {
    const QUICK_LOAD: f64 = 0.9;
    let wanted = |small: &Small| plan.tier == Tier::Deep || small.load <= QUICK_LOAD;
    let smalls: Vec<Small> = exact::smalls().filter(wanted).collect();
    progress.begin("small fleets", smalls.len());
    let solve = |small: &Small| small.solve().map_err(io::Error::other);
    let cases = workers.each(&smalls, solve, || progress.step())?;
    findings
        .exact
        .extend(cases.into_iter().flatten().map(Solved::from));
    let not_solved = exact::not_covered().map(|(strategy, why)| (strategy.about().name, why));
    findings.not_solved.extend(not_solved);
    Ok(())
}

/// Weakens every atomic operation of `sites`, one at a time, and adds who noticed.
///
/// # Errors
/// If a process could not be started; if the sites are not of the sources that were `reached`.
pub fn weaken(
    plan: &Plan,
    reached: &Reached,
    sites: &[AtomicSite],
    workers: &Workers<'_>,
    progress: &mut dyn Progress,
    findings: &mut Findings,
) -> io::Result<()> {
    mutate::refuse_other_sources(sites, reached)?;
    let mut mutants = mutate::mutants(sites, reached);
    if !plan.all {
        // Another structure's operations may be noticed by properties that are left out.
        let own = |mutant: &Mutant| plan.structures().contains(&mutant.structure());
        mutants.retain(own);
    }
    progress.begin("mutants", mutants.len());
    let judge = |mutant: &_| mutate::judge(mutant, workers);
    let fates = workers.each(&mutants, judge, || progress.step())?;
    let complete = plan.all && fates.iter().all(Option::is_some);
    let judged: Vec<_> = mutants
        .into_iter()
        .zip(fates)
        .filter_map(|(mutant, fate)| Some((mutant, fate?)))
        .collect();
    let rows = judged
        .iter()
        .map(|(mutant, fate)| Mutated::new(mutant, fate));
    findings.mutants.extend(rows);
    if complete {
        findings.unreached.extend(mutate::unreached(sites, reached));
        let names = mutate::stale(&judged).into_iter().map(ToString::to_string);
        findings.stale.extend(names);
    }
    Ok(())
}
