//! One atomic step: where in the source, what, by whom.

use std::fmt;
use std::panic::Location;
use std::sync::atomic::Ordering;

use super::Mutation;

/// A place in the source where an atomic operation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Site {
    /// Path as the compiler was given it: from the root of the workspace.
    pub file: &'static str,
    /// From 1.
    pub line: u32,
    /// From 1, where the method's name begins.
    pub column: u32,
}

impl From<&'static Location<'static>> for Site {
    fn from(location: &'static Location<'static>) -> Self {
        Site {
            file: location.file(),
            line: location.line(),
            column: location.column(),
        }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl std::str::FromStr for Site {
    type Err = String;

    /// Leaks the name of the file, which otherwise comes from the compiler and lives for ever.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = || {
            let (rest, column) = text.rsplit_once(':')?;
            let (file, line) = rest.rsplit_once(':')?;
            Some(Site {
                file: String::leak(file.to_owned()),
                line: line.parse().ok()?,
                column: column.parse().ok()?,
            })
        };
        parts().ok_or_else(|| format!("`{text}` is not a place; write FILE:LINE:COLUMN"))
    }
}

/// What kind of step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// `load`
    Load,
    /// `store`
    Store,
    /// `compare_exchange_weak`
    CompareExchange,
    /// `fetch_add` and its like
    ReadModifyWrite,
}

/// One step that was taken.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// By which thread of the model: 0 is the first that took one.
    pub thread: usize,
    /// Where.
    pub site: Site,
    /// What was done to it.
    pub mutation: Option<Mutation>,
    /// What, as it is written, and what came of it.
    pub call: Call,
}

/// A call of an atomic operation with what it returned.
#[derive(Clone, Copy, Debug)]
#[expect(
    missing_docs,
    reason = "the names are those of the operations' arguments"
)]
pub enum Call {
    Load {
        order: Ordering,
        value: u64,
    },
    Store {
        value: u64,
        order: Ordering,
    },
    CompareExchange {
        current: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
        result: Result<u64, u64>,
    },
    ReadModifyWrite {
        name: &'static str,
        operand: u64,
        order: Ordering,
        before: u64,
    },
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Step {
            thread,
            site,
            mutation,
            call,
        } = self;
        write!(f, "thread {thread}: {call} at {site}")?;
        mutation.map_or(Ok(()), |mutation| write!(f, ", but {mutation}"))
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Call::Load { order, value } => write!(f, "load({order:?}) = {value:#x}"),
            Call::Store { value, order } => write!(f, "store({value:#x}, {order:?})"),
            Call::CompareExchange {
                current,
                new,
                success,
                failure,
                result,
            } => {
                let outcome = match result {
                    Ok(_) => "done".to_owned(),
                    Err(found) => format!("found {found:#x}"),
                };
                write!(
                    f,
                    "compare_exchange({current:#x} -> {new:#x}, {success:?}, {failure:?}): {outcome}"
                )
            }
            Call::ReadModifyWrite {
                name,
                operand,
                order,
                before,
            } => write!(f, "{name}({operand:#x}, {order:?}) = {before:#x}"),
        }
    }
}
