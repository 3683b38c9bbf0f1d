//! What may be typed.

use std::num::NonZeroUsize;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, ValueEnum};
use model::examine::Plan;
use model::explicit::{self, Explicit};
use model::findings::Scenario;
use model::job::Job;
use model::mutate;
use model::property;
use model::suite::Tier;

use super::{Failure, parse_job};

const EXAMPLES: &str = "\
Examples:
  model                      all parts, quick tier
  model --only slots         what concerns one structure
  model --deep --part proofs without a bound, where that ends
  model --format json >proofs.json
  model --replay 'slots::none_means_full,loom,bound=3,execution=17'

Exit status: 0 all holds and every mutant is accounted for; 1 failed while running; 2 wrong usage; 3 a property fails
or a mutant lives unexplained; 130 interrupted, with what there was written.";

/// Checks what `policy` claims, under loom, shuttle, explicit-state search and real threads; then weakens every atomic
/// operation and sees whether the checks notice.
#[derive(Debug, Parser)]
#[command(name = "model", version, after_help = EXAMPLES)]
struct Flags {
    /// Only these structures: slots, board ... (repeat, or separate by commas)
    #[arg(long, value_name = "STRUCTURE", value_delimiter = ',')]
    only: Vec<String>,

    /// Larger bounds and more schedules: minutes instead of seconds
    #[arg(long)]
    deep: bool,

    /// Only these parts [default: all, or proofs and mutants with --only]
    #[arg(long, value_name = "PART", value_enum, value_delimiter = ',')]
    part: Vec<Part>,

    /// How to print
    #[arg(long, value_enum, default_value = "table", env = "EVENKEEL_FORMAT")]
    format: Format,

    /// Where shuttle's random schedules start
    #[arg(long, default_value_t = 1, env = "EVENKEEL_SEED")]
    seed: u64,

    /// Processes at a time [default: cores]
    #[arg(long, env = "EVENKEEL_JOBS")]
    jobs: Option<NonZeroUsize>,

    /// Show one execution again, step by step: what a failure printed
    #[arg(long, value_name = "SCHEDULE")]
    replay: Option<String>,

    /// Name all properties, exhibits and systems
    #[arg(long)]
    list: bool,

    /// Print what was resolved, and from where
    #[arg(long)]
    print_config: bool,

    /// Do one check and say how it went: for the program itself
    #[arg(long, hide = true)]
    job: Option<String>,
}

/// A part of what is found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Properties under every checker
    Proofs,
    /// All states of what is small and pure
    States,
    /// Atomic operations made weaker, one at a time
    Mutants,
    /// Bugs of real systems under every checker
    Museum,
    /// Exact mean responses of small fleets
    Exact,
}

/// How to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// For programs
    Json,
}

/// What to do.
#[derive(Debug)]
pub(crate) enum Action {
    Examine(Settings),
    Replay(Job),
    Search(Explicit),
    Work(Job),
    List,
    PrintConfig(String),
    Help(clap::Error),
}

/// What to examine, and how to say it.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) plan: Plan,
    pub(crate) parts: Vec<Part>,
    pub(crate) jobs: usize,
    pub(crate) format: Format,
}

pub(crate) fn parse() -> Result<Action, Failure> {
    let matches = match Flags::command().try_get_matches() {
        Ok(matches) => matches,
        Err(help) if !help.use_stderr() => return Ok(Action::Help(help)),
        Err(error) => return Err(refusal(&error)),
    };
    let flags = Flags::from_arg_matches(&matches).map_err(|error| refusal(&error))?;
    if let Some(text) = &flags.job {
        return job("--job", text).map(Action::Work);
    }
    refuse_other_settings()?;
    if let Some(text) = &flags.replay {
        refuse_unknown_site(text)?;
        return match text.strip_suffix(",states") {
            Some(name) => system(name).map(Action::Search),
            None => job("--replay", text).map(Action::Replay),
        };
    }
    if flags.list {
        return Ok(Action::List);
    }
    let settings = flags.settings()?;
    if flags.print_config {
        return Ok(Action::PrintConfig(settings.config(&matches)));
    }
    Ok(Action::Examine(settings))
}

/// clap's own sentence, without what it prints below it.
fn refusal(error: &clap::Error) -> Failure {
    let text = error.to_string();
    let first = text.split("\n\n").next().unwrap_or_default();
    Failure::usage(first.trim_start_matches("error: ").trim_end())
}

fn job(flag: &str, text: &str) -> Result<Job, Failure> {
    parse_job(text.trim()).map_err(|error| Failure::usage(format!("{flag} {text}: {error}")))
}

/// A line that was printed for other sources names a place where nothing is any more.
fn refuse_unknown_site(text: &str) -> Result<(), Failure> {
    let Some((site, mutation)) = job("--replay", text)
        .ok()
        .and_then(|job| job.change.mutation)
    else {
        return Ok(());
    };
    let sites = mutate::inventory(super::run::root(), mutate::FOLDER).map_err(Failure::running)?;
    match sites.iter().find(|known| known.site == site) {
        None => Err(Failure::usage(format!(
            "--replay {text}: there is no atomic operation at {site}; `model --part mutants` names them all"
        ))),
        Some(known) if !known.mutations.contains(&mutation) => Err(Failure::usage(format!(
            "--replay {text}: `{mutation}` is not a weakening of {}",
            known.name
        ))),
        Some(_) => Ok(()),
    }
}

fn system(name: &str) -> Result<Explicit, Failure> {
    let known = [explicit::all(), explicit::deep()].concat();
    let system = known.into_iter().find(|system| system.name == name);
    system.ok_or_else(|| {
        Failure::usage(format!(
            "--replay {name},states: there is no such system; `model --list` names them all"
        ))
    })
}

/// Such limits end a search early, and such a seed is another than the one printed. The checks would not heed them;
/// nobody is to wait for them to work.
fn refuse_other_settings() -> Result<(), Failure> {
    let refused = [
        "LOOM_MAX_PERMUTATIONS",
        "LOOM_MAX_DURATION",
        "LOOM_MAX_BRANCHES",
        "LOOM_MAX_PREEMPTIONS",
        "SHUTTLE_RANDOM_SEED",
    ];
    match refused.iter().find(|name| std::env::var_os(name).is_some()) {
        None => Ok(()),
        Some(name) => Err(Failure::usage(format!(
            "the environment sets {name}, but how far a check goes and where it starts is what the flags say; \
             unset it"
        ))),
    }
}

impl Flags {
    fn parts(&self) -> Vec<Part> {
        match (self.part.is_empty(), self.only.is_empty()) {
            (false, _) => self.part.clone(),
            (true, false) => vec![Part::Proofs, Part::Mutants],
            (true, true) => Part::value_variants().to_vec(),
        }
    }

    fn settings(&self) -> Result<Settings, Failure> {
        let mut properties = property::all();
        let known = property::structures();
        if let Some(unknown) = self
            .only
            .iter()
            .find(|name| !known.contains(&name.as_str()))
        {
            return Err(Failure::usage(format!(
                "--only {unknown}: there is no such structure; there are {}",
                known.join(", ")
            )));
        }
        let whole = [Part::States, Part::Museum, Part::Exact];
        if !self.only.is_empty() && self.part.iter().any(|part| whole.contains(part)) {
            return Err(Failure::usage(
                "--only chooses among proofs and mutants; --part states, museum and exact are not about one structure",
            ));
        }
        if !self.only.is_empty() {
            properties.retain(|property| self.only.iter().any(|name| name == property.structure));
        }
        let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Ok(Settings {
            plan: Plan {
                properties,
                all: self.only.is_empty(),
                tier: if self.deep { Tier::Deep } else { Tier::Quick },
                seed: self.seed,
            },
            parts: self.parts(),
            jobs: self.jobs.map_or_else(cores, NonZeroUsize::get),
            format: self.format,
        })
    }
}

impl Settings {
    pub(crate) fn scenario(&self) -> Scenario {
        Scenario {
            deep: self.plan.tier == Tier::Deep,
            structures: self.plan.structures(),
            parts: self
                .parts
                .iter()
                .map(|part| format!("{part:?}").to_lowercase())
                .collect(),
        }
    }

    fn config(&self, matches: &ArgMatches) -> String {
        let from = |name| match matches.value_source(name) {
            Some(ValueSource::CommandLine) => "flag",
            Some(ValueSource::EnvVariable) => "environment",
            _ => "default",
        };
        let structures: Vec<_> = self.plan.structures();
        format!(
            "only = {structures:?}  # {}\ndeep = {}  # {}\npart = {:?}  # {}\nformat = {:?}  # {}\nseed = {}  # {}\njobs = {}  # {}\n",
            from("only"),
            self.plan.tier == Tier::Deep,
            from("deep"),
            self.scenario().parts,
            from("part"),
            self.format
                .to_possible_value()
                .map_or_else(String::new, |value| value.get_name().to_owned()),
            from("format"),
            self.plan.seed,
            from("seed"),
            self.jobs,
            from("jobs"),
        )
    }
}
