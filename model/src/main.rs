//! placeholder
use model::{child, job::Job, mutate, property, suite};
use std::sync::atomic::AtomicBool;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let known = property::all();
    if args.get(1).is_some_and(|a| a == child::FLAG) {
        child::work(Job::parse(&args[2], &known).unwrap());
        return;
    }
    let only = args.get(1).cloned().unwrap_or_default();
    let program = std::env::current_exe().unwrap();
    let stop = AtomicBool::new(false);
    let workers = suite::Workers {
        program: &program,
        at_once: 2,
        stop: &stop,
    };
    let jobs: Vec<Job> = known
        .iter()
        .filter(|p| p.to_string().contains(&only))
        .flat_map(|p| suite::proofs(p, suite::Tier::Quick, 1))
        .collect();
    let outcomes = workers.each(&jobs, |job| workers.run(job), || {}).unwrap();
    let mut reached = Vec::new();
    for (job, outcome) in jobs.iter().zip(outcomes) {
        match outcome.unwrap() {
            child::Outcome::Holds {
                executions,
                seconds,
                sites,
                ..
            } => {
                println!("{job}: {executions} in {seconds:.2}");
                if job.checker.name() == "loom" {
                    reached.push((job.property, sites, seconds));
                }
            }
            child::Outcome::Fails(f) => println!(
                "FAILS {} {} {}\n{}",
                f.message,
                f.replay,
                f.execution,
                f.steps.join("\n")
            ),
        }
    }
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap();
    let sites = mutate::inventory(root, mutate::FOLDER).unwrap();
    let mutants: Vec<_> = mutate::mutants(&sites, &reached)
        .into_iter()
        .filter(|m| m.name.contains(&only.replace("::", "")))
        .collect();
    println!("{} sites {} mutants", sites.len(), mutants.len());
    let start = std::time::Instant::now();
    let fates = workers
        .each(&mutants, |m| mutate::judge(m, &workers), || {})
        .unwrap();
    for (m, f) in mutants.iter().zip(fates) {
        match f.unwrap() {
            mutate::Fate::Killed { by, failure } => println!(
                "killed   {} {} {} by {by} at {} ({}) {:.2}s",
                m.name, m.site, m.mutation, failure.execution, failure.message, failure.seconds
            ),
            other => println!("{other:?}  {} {} {}", m.name, m.site, m.mutation),
        }
    }
    println!("{:?}", start.elapsed());
}
