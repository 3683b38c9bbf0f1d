//! One check, said in one line: what a child process is asked to do, and what replays a failure.

use std::fmt;
use std::str::FromStr;

use crate::check::Checker;
use crate::property::Property;
use crate::watch::{Change, Site};

/// A property under a checker, with what is changed meanwhile.
///
/// Written as `slots::none_means_full,loom,bound=3,kill=2,execution=17`. Checkers are deterministic, so the line and the
/// same sources give the same execution.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// What is to hold.
    pub property: Property,
    /// Who checks it.
    pub checker: Checker,
    /// What is changed.
    pub change: Change,
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Job {
            property,
            checker,
            change,
        } = self;
        write!(f, "{property},{checker}")?;
        if let Some((site, mutation)) = change.mutation {
            write!(f, ",site={site},mutation={mutation}")?;
        }
        for (key, value) in [
            ("kill", change.kill),
            ("fail", change.fail_spuriously),
            ("execution", change.stop_after),
        ] {
            if let Some(value) = value {
                write!(f, ",{key}={value}")?;
            }
        }
        Ok(())
    }
}

impl Job {
    /// Reads the line back; `known` are the properties that it may name.
    ///
    /// # Errors
    /// A sentence that says which part is not understood and what is allowed there.
    pub fn parse(text: &str, known: &[Property]) -> Result<Job, String> {
        let mut parts = text.split(',');
        let name = parts.next().unwrap_or_default();
        let property = known
            .iter()
            .find(|property| property.to_string() == name)
            .ok_or_else(|| {
                format!("there is no property `{name}`; `model --list` names them all")
            })?;
        let checker: Checker = parts
            .next()
            .ok_or_else(|| {
                format!("after `{name},` a checker must follow, as in `{name},loom,bound=3`")
            })?
            .parse()?;
        let mut job = Job {
            property: *property,
            checker,
            change: Change::default(),
        };
        if !checker.runs(property) {
            return Err(format!("{name} is not for {}", checker.name()));
        }
        let mut site = None;
        for part in parts {
            let (key, value) = part
                .split_once('=')
                .ok_or_else(|| format!("`{part}` is not of the form key=value"))?;
            match key {
                "site" => site = Some(value.parse::<Site>()?),
                "mutation" => {
                    let site = site.ok_or("`mutation=` needs a `site=` before it")?;
                    job.change.mutation = Some((site, value.parse()?));
                }
                "kill" => job.change.kill = Some(number(key, value)?),
                "fail" => job.change.fail_spuriously = Some(number(key, value)?),
                "execution" => job.change.stop_after = Some(number(key, value)?),
                _ => job.checker.set(key, value)?,
            }
        }
        if site.is_some() && job.change.mutation.is_none() {
            return Err("`site=` needs a `mutation=` after it".into());
        }
        job.refuse_what_does_nothing()?;
        Ok(job)
    }

    /// A change that this checker or property does not know would be ignored, and the answer would be to another question.
    fn refuse_what_does_nothing(&self) -> Result<(), String> {
        let Change {
            mutation,
            kill,
            fail_spuriously,
            stop_after,
        } = self.change;
        let changed = [
            mutation.is_some(),
            kill.is_some(),
            fail_spuriously.is_some(),
            stop_after.is_some(),
        ];
        if matches!(self.checker, Checker::Threads { .. }) && changed.contains(&true) {
            return Err(
                "threads run as they come: nothing can be changed, and no execution chosen".into(),
            );
        }
        if kill.is_some() && !self.property.dies {
            return Err(format!("`kill=`: nobody dies in {}", self.property));
        }
        if stop_after == Some(0) {
            return Err("`execution=0`: they are counted from 1".into());
        }
        let nothing = match self.checker {
            Checker::Loom { bound } => bound.is_some_and(|bound| bound > MAX_BOUND),
            Checker::Shuttle { iterations, .. } => iterations == 0,
            Checker::Threads { times } => times == 0,
        };
        if nothing {
            return Err(format!(
                "allowed are a bound up to {MAX_BOUND}, and at least one iteration"
            ));
        }
        Ok(())
    }
}

/// loom counts preemptions in a byte.
const MAX_BOUND: usize = 255;

impl Checker {
    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match (self, key) {
            (Checker::Loom { bound }, "bound") => *bound = Some(number(key, value)?),
            (Checker::Shuttle { iterations, .. }, "iterations") => {
                *iterations = number(key, value)?;
            }
            (Checker::Shuttle { seed, .. }, "seed") => *seed = number(key, value)?,
            (Checker::Threads { times }, "times") => *times = number(key, value)?,
            (checker, _) => {
                return Err(format!("`{key}` is not an option of {}", checker.name()));
            }
        }
        Ok(())
    }
}

fn number<T: FromStr>(key: &str, value: &str) -> Result<T, String> {
    value
        .parse()
        .map_err(|_| format!("`{key}={value}`: a whole number is wanted"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::property;

    #[test]
    fn a_line_is_read_back_as_it_was_written() {
        let known = property::all();
        for line in [
            "slots::none_means_full,loom",
            "slots::the_dead_leave_nothing_behind,loom,bound=3,kill=2,fail=0,execution=17",
            "slots::none_means_full,shuttle-pct3,iterations=100,seed=7",
            "slots::none_means_full,threads,times=5",
            "slots::none_means_full,loom,bound=2,site=policy/src/shared/slots.rs:20:9,mutation=order=Relaxed",
        ] {
            assert_eq!(Job::parse(line, &known).expect(line).to_string(), line);
        }
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let known = property::all();
        for (line, named) in [
            ("", "no property ``"),
            ("slots::none", "no property `slots::none`"),
            ("slots::none_means_full", "a checker must follow"),
            ("slots::none_means_full,spin", "`spin` is not a checker"),
            (
                "slots::none_means_full,loom,seed=1",
                "`seed` is not an option of loom",
            ),
            (
                "slots::none_means_full,loom,bound=x",
                "`bound=x`: a whole number",
            ),
            ("slots::none_means_full,loom,kill=2", "nobody dies"),
            ("slots::none_means_full,loom,execution=0", "counted from 1"),
            ("slots::none_means_full,loom,bound=300", "a bound up to 255"),
            (
                "slots::none_means_full,loom,site=a:1:2",
                "needs a `mutation=`",
            ),
            ("slots::none_means_full,threads,kill=2", "as they come"),
            ("slots::none_means_full,threads,times=0", "at least one"),
            (
                "slots::none_means_full,loom,mutation=torn",
                "needs a `site=`",
            ),
            (
                "slots::none_means_full,loom,site=a:1:2,mutation=bent",
                "`bent` is not a mutation",
            ),
        ] {
            let error = Job::parse(line, &known).expect_err(line);
            assert!(error.contains(named), "{line}: {error}");
        }
    }
}
