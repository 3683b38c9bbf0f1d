//! The algorithm of [`policy::shared::Table`], one atomic operation a step: readers enter by an addition that names the
//! cell, take what is in it, and leave by another; the publisher finds a cell that everybody has left, fills it, renames
//! the word, lets go of the rest.
//!
//! ```text
//!  reader:    idle ─ enter ─> inside ─ take ─> taken ─ leave ─> holds ─ drop ─> idle
//!  publisher: idle ─ begin ─> is this cell free? ─> fill ─> rename ─> is that one free? ─> empty it ─> ... ─> idle
//! ```
//!
//! This is the one machine here that is written anew and not made of shipped code, whose operations cannot be taken
//! apart: loom runs the very source, within its bounds and without liveness, and this the algorithm, without bounds, on
//! a memory that keeps all operations in one order.
//!
//! The space is finite for the reason why the table is right: counts may wrap. Here they do so at one more than there are
//! readers, the least with which they can, and of two that are compared one is turned back to 0. A version is known by its age, and is no older than [`OLDEST`].

use stateright::{Model, Property};

use super::super::Faulty;
use super::super::search::{Goal, Machine, faulty as faulty_of};

/// From this age on a version only grows older.
const OLDEST: u8 = 3;

/// What a table may get wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// What is not current is free.
    FreesAtSwap,
    /// A reader loads the name, and counts itself into the word in a second step.
    LooksThenCounts,
    /// The publisher loads the word and stores the new one: whoever enters between is not counted.
    StoresName,
    /// The counts wrap at the number of readers.
    WrapsTooSoon,
    /// A reader that is done does not say so.
    NeverLeaves,
    /// The word names the new cell before that is filled.
    RenamesBeforeFilling,
}

/// A table of so many cells and its readers.
#[derive(Clone, Debug)]
pub(super) struct Table<const READERS: usize, const CELLS: usize> {
    fault: Option<Fault>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct System<const READERS: usize, const CELLS: usize> {
    /// The word: name and arrivals.
    current: usize,
    arrivals: u8,
    /// How old a version each cell holds.
    cells: [Option<u8>; CELLS],
    left: [u8; CELLS],
    publisher: Publisher<CELLS>,
    readers: [Reader; READERS],
    /// What the step that led here did wrong.
    wrong: Option<Wrong>,
}

/// As the table's, and where it is in its program.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Publisher<const CELLS: usize> {
    /// Arrivals when the current version began.
    arrivals: u8,
    entered: [u8; CELLS],
    at: At,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum At {
    Idle,
    /// Is this cell free to publish in?
    Find(usize),
    Fill(usize),
    Rename(usize),
    /// Only where it is torn: the arrivals that were loaded.
    Store(usize, u8),
    /// Only where the name comes first.
    FillRenamed(usize),
    /// Is this cell free to be emptied?
    LetGo(usize),
    Empty(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Reader {
    Idle,
    /// Only where it is not counted in the same step.
    Looked {
        cell: usize,
        age: u8,
    },
    /// The version was this old when it entered, and has aged since.
    Inside {
        cell: usize,
        age: u8,
    },
    Taken {
        cell: usize,
        age: u8,
    },
    Holds {
        age: u8,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Wrong {
    TookAnother,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A reader that does nothing begins.
    Enter(usize),
    /// A reader goes on, until it holds a version.
    GoOn(usize),
    /// A request that used a version ends.
    Drop(usize),
    /// There is something to publish.
    Begin,
    /// The publisher goes on.
    Publish,
}

impl<const READERS: usize, const CELLS: usize> Table<READERS, CELLS> {
    pub(super) fn new() -> Self {
        Table { fault: None }
    }

    /// Where counts begin again.
    fn wrap(&self) -> u8 {
        let least = READERS as u8 + 1;
        if self.fault == Some(Fault::WrapsTooSoon) {
            least - 1
        } else {
            least
        }
    }

    fn add(&self, count: u8, more: u8) -> u8 {
        (count + more) % self.wrap()
    }
}

impl<const READERS: usize, const CELLS: usize> System<READERS, CELLS> {
    fn enters(&mut self, machine: &Table<READERS, CELLS>, reader: usize) {
        let cell = self.current;
        // The age by the word alone: what is named is the newest.
        self.readers[reader] = match machine.fault {
            Some(Fault::LooksThenCounts) => Reader::Looked { cell, age: 0 },
            _ => {
                self.arrivals = machine.add(self.arrivals, 1);
                Reader::Inside { cell, age: 0 }
            }
        };
    }

    fn goes_on(&mut self, machine: &Table<READERS, CELLS>, reader: usize) {
        self.readers[reader] = match self.readers[reader] {
            Reader::Looked { cell, age } => {
                self.arrivals = machine.add(self.arrivals, 1);
                Reader::Inside { cell, age }
            }
            Reader::Inside { cell, age } => {
                if self.cells[cell] != Some(age) {
                    self.wrong = Some(Wrong::TookAnother);
                }
                Reader::Taken { cell, age }
            }
            Reader::Taken { cell, age } => {
                if machine.fault != Some(Fault::NeverLeaves) {
                    self.left[cell] = machine.add(self.left[cell], 1);
                }
                Reader::Holds { age }
            }
            other => other,
        };
    }

    fn publishes(&mut self, machine: &Table<READERS, CELLS>) {
        self.publisher.at = match self.publisher.at {
            At::Idle => At::Idle,
            At::Find(cell) if self.is_free(machine, cell) => match machine.fault {
                Some(Fault::RenamesBeforeFilling) => At::Rename(cell),
                _ => At::Fill(cell),
            },
            // At the end it says that there is none, and is called again.
            At::Find(cell) => At::Find((cell + 1) % CELLS),
            At::Fill(cell) => {
                self.cells[cell] = Some(UNPUBLISHED);
                At::Rename(cell)
            }
            At::Rename(cell) if machine.fault == Some(Fault::StoresName) => {
                At::Store(cell, self.arrivals)
            }
            At::Rename(cell) => {
                self.renames(machine, cell, self.arrivals);
                match machine.fault {
                    Some(Fault::RenamesBeforeFilling) => At::FillRenamed(cell),
                    _ => At::LetGo(0),
                }
            }
            At::Store(cell, arrivals) => {
                self.renames(machine, cell, arrivals);
                self.arrivals = arrivals;
                At::LetGo(0)
            }
            At::FillRenamed(cell) => {
                self.cells[cell] = Some(0);
                At::LetGo(0)
            }
            At::LetGo(cell) if cell == CELLS => At::Idle,
            At::LetGo(cell) if self.is_free(machine, cell) => At::Empty(cell),
            At::LetGo(cell) => At::LetGo(cell + 1),
            At::Empty(cell) => {
                self.cells[cell] = None;
                At::LetGo(cell + 1)
            }
        };
    }

    /// The version in `cell` is the current one, and every other is older by one.
    fn renames(&mut self, machine: &Table<READERS, CELLS>, cell: usize, arrivals: u8) {
        let since = (arrivals + machine.wrap() - self.publisher.arrivals) % machine.wrap();
        let entered = &mut self.publisher.entered[self.current];
        *entered = machine.add(*entered, since);
        self.publisher.arrivals = arrivals;
        self.current = cell;
        for age in self.cells.iter_mut().flatten() {
            *age = if *age == UNPUBLISHED { 0 } else { older(*age) };
        }
        for reader in &mut self.readers {
            match reader {
                Reader::Idle => {}
                Reader::Looked { age, .. }
                | Reader::Inside { age, .. }
                | Reader::Taken { age, .. }
                | Reader::Holds { age } => *age = older(*age),
            }
        }
    }

    /// Counts are only ever compared, so each pair that is may be turned back until one of it is 0.
    fn normal(mut self, machine: &Table<READERS, CELLS>) -> Self {
        let back = |count: u8, by: u8| (count + machine.wrap() - by) % machine.wrap();
        let begin = std::mem::take(&mut self.publisher.arrivals);
        self.arrivals = back(self.arrivals, begin);
        if let At::Store(_, arrivals) = &mut self.publisher.at {
            *arrivals = back(*arrivals, begin);
        }
        for (left, entered) in self.left.iter_mut().zip(&mut self.publisher.entered) {
            *entered = back(*entered, std::mem::take(left));
        }
        self
    }

    fn is_free(&self, machine: &Table<READERS, CELLS>, cell: usize) -> bool {
        let have_left = self.left[cell] == self.publisher.entered[cell];
        cell != self.current && (have_left || machine.fault == Some(Fault::FreesAtSwap))
    }
}

/// The age of a version that nobody can name yet.
const UNPUBLISHED: u8 = u8::MAX;

fn older(age: u8) -> u8 {
    (age + 1).min(OLDEST)
}

impl<const READERS: usize, const CELLS: usize> Model for Table<READERS, CELLS> {
    type State = System<READERS, CELLS>;
    type Action = Step;

    fn init_states(&self) -> Vec<Self::State> {
        let mut cells = [None; CELLS];
        cells[0] = Some(0);
        vec![System {
            current: 0,
            arrivals: 0,
            cells,
            left: [0; CELLS],
            publisher: Publisher {
                arrivals: 0,
                entered: [0; CELLS],
                at: At::Idle,
            },
            readers: [Reader::Idle; READERS],
            wrong: None,
        }]
    }

    fn actions(&self, system: &Self::State, steps: &mut Vec<Step>) {
        steps.extend(
            system
                .readers
                .iter()
                .enumerate()
                .map(|(n, reader)| match reader {
                    Reader::Idle => Step::Enter(n),
                    Reader::Holds { .. } => Step::Drop(n),
                    _ => Step::GoOn(n),
                }),
        );
        steps.push(match system.publisher.at {
            At::Idle => Step::Begin,
            _ => Step::Publish,
        });
    }

    fn next_state(&self, system: &Self::State, step: Step) -> Option<Self::State> {
        let mut next = system.clone();
        next.wrong = None;
        match step {
            Step::Enter(reader) => next.enters(self, reader),
            Step::GoOn(reader) => next.goes_on(self, reader),
            Step::Drop(reader) => next.readers[reader] = Reader::Idle,
            Step::Begin => next.publisher.at = At::Find(0),
            Step::Publish => next.publishes(self),
        }
        let next = next.normal(self);
        (next != *system).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::<Self>::always(
                "a cell keeps its version while a reader is inside",
                |_, system| {
                    system.readers.iter().all(|reader| match *reader {
                        Reader::Inside { cell, age } | Reader::Taken { cell, age } => {
                            system.cells[cell] == Some(age)
                        }
                        _ => true,
                    })
                },
            ),
            Property::<Self>::always(
                "a reader takes the version that was current when it entered",
                |_, system| system.wrong != Some(Wrong::TookAnother),
            ),
            Property::<Self>::always("the current cell holds the newest version", |_, system| {
                system.cells[system.current] == Some(0)
            }),
            Property::<Self>::sometimes("a reader is inside an old version", |_, system| {
                let old = |reader: &Reader| matches!(reader, Reader::Inside { age: 1, .. });
                system.readers.iter().any(old)
            }),
            Property::<Self>::sometimes("all readers are inside an old version", |_, system| {
                let old = |reader: &Reader| matches!(reader, Reader::Inside { age: 1, .. });
                system.readers.iter().all(old)
            }),
            Property::<Self>::sometimes(
                "a request uses a version that the table let go of long ago",
                |_, system| system.readers.contains(&Reader::Holds { age: OLDEST }),
            ),
            Property::<Self>::sometimes("there is no cell to publish in", |_, system| {
                let inside = |cell| {
                    let is_inside = |reader: &Reader| match *reader {
                        Reader::Inside { cell: its, .. } => its == cell,
                        _ => false,
                    };
                    cell == system.current || system.readers.iter().any(is_inside)
                };
                matches!(system.publisher.at, At::Find(_)) && (0..CELLS).all(inside)
            }),
        ]
    }
}

impl<const READERS: usize, const CELLS: usize> Machine for Table<READERS, CELLS> {
    fn goals(&self) -> Vec<Goal<Self>> {
        // Readers that are inside leave. Nobody has to stop entering: but nobody has to enter either.
        let helps = |_: &Self, step: &Step| matches!(step, Step::GoOn(_) | Step::Publish);
        vec![
            Goal {
                name: "a reload is complete",
                reached: |_, system| system.publisher.at == At::Idle,
                helps,
            },
            Goal {
                name: "after another reload the table holds nothing but the newest version",
                reached: |_, system| {
                    let idle = system.publisher.at == At::Idle;
                    idle && system.cells.iter().flatten().count() == 1
                },
                helps: |_, step| matches!(step, Step::GoOn(_) | Step::Begin | Step::Publish),
            },
        ]
    }

    fn show(&self, system: &Self::State) -> String {
        let System {
            current,
            arrivals,
            cells,
            left,
            publisher,
            readers,
            wrong,
        } = system;
        let versions = cells.iter().map(|age| match age {
            None => "empty".into(),
            Some(UNPUBLISHED) => "new".into(),
            Some(age) => format!("{age} old"),
        });
        let versions: Vec<String> = versions.collect();
        format!(
            "cell {current} of [{}], {arrivals} arrived, {left:?} left; publisher at {:?}, knows of {:?}; {readers:?} {}",
            versions.join(", "),
            publisher.at,
            publisher.entered,
            wrong.map_or(String::new(), |wrong| format!("{wrong:?}")),
        )
    }
}

/// Which fault violates what.
const KILLS: &[(Fault, &str)] = &[
    (
        Fault::FreesAtSwap,
        "a cell keeps its version while a reader is inside",
    ),
    (
        Fault::StoresName,
        "a cell keeps its version while a reader is inside",
    ),
    (
        Fault::WrapsTooSoon,
        "a cell keeps its version while a reader is inside",
    ),
    (
        Fault::FreesAtSwap,
        "a reader takes the version that was current when it entered",
    ),
    (
        Fault::LooksThenCounts,
        "a reader takes the version that was current when it entered",
    ),
    (
        Fault::StoresName,
        "a reader takes the version that was current when it entered",
    ),
    (
        Fault::WrapsTooSoon,
        "a reader takes the version that was current when it entered",
    ),
    (
        Fault::RenamesBeforeFilling,
        "the current cell holds the newest version",
    ),
    (Fault::NeverLeaves, "a reload is complete"),
    (Fault::LooksThenCounts, "a reload is complete"),
    (
        Fault::NeverLeaves,
        "after another reload the table holds nothing but the newest version",
    ),
];

pub(super) fn faulty() -> Vec<Faulty> {
    faulty_of(
        "reload::versions",
        |fault| Table::<2, 2> { fault: Some(fault) },
        KILLS,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explicit::search::assert_teeth;

    #[test]
    fn every_claim_has_teeth() {
        assert_teeth(&Table::<2, 2>::new(), &faulty());
    }
}
