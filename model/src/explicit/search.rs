//! Breadth first through all states, twice.
//!
//! Once here: states are kept whole and compared whole, with every step between them, so that what is within reach
//! can be computed backwards from the goals (AG EF of computation tree logic; Clarke, Emerson and Sistla 1986). And once
//! by stateright, which knows states by 64-bit hashes and shares no code with this: it must count the same states
//! and the same steps and find the same properties violated.
//!
//! Cost: O(states + steps) each, with all states in memory.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;

use stateright::{Checker, Expectation, Model};

use super::{Explored, Kind, Violation};

/// More states than this are not searched: that is a failure, never a result. Twenty times what the largest has.
const AT_MOST: usize = 20_000_000;

/// A system to be searched. Its properties must be `always` and `sometimes`, at least one of the former: stateright
/// stops once it has an example for everything.
pub(super) trait Machine:
    Model<
        State: Clone + Debug + Eq + Hash + Send + Sync,
        Action: Clone + Debug + PartialEq + Send + Sync,
    > + Clone
    + Send
    + Sync
    + 'static
{
    /// What is to stay within reach.
    fn goals(&self) -> Vec<Goal<Self>>;

    /// A state, for a reader of a counterexample.
    fn show(&self, state: &Self::State) -> String;
}

/// Something that must stay within reach, and by which steps.
pub(super) struct Goal<M: Model> {
    pub(super) name: &'static str,
    pub(super) reached: fn(&M, &M::State) -> bool,
    /// What may be relied on to go on: time passes, a request ends. Not that anything fails, nor that it does not.
    pub(super) helps: fn(&M, &M::Action) -> bool,
}

/// All states, and which of the system's properties do not hold.
pub(super) struct Searched {
    pub(super) explored: Explored,
    pub(super) violations: Vec<Violation>,
}

/// Searches all of `machine`.
///
/// # Errors
/// The first property that does not hold.
pub(super) fn search<M: Machine>(name: &'static str, machine: M) -> Result<Explored, Violation> {
    let Searched {
        explored,
        violations,
    } = search_all(name, machine);
    match violations.into_iter().next() {
        Some(violation) => Err(violation),
        None => Ok(explored),
    }
}

/// Searches on after a violation, for all that there are.
pub(super) fn search_all<M: Machine>(name: &'static str, machine: M) -> Searched {
    let mut explored = Explored {
        name,
        states: 0,
        transitions: 0,
        depth: 0,
        exhaustive: false,
        seconds: 0.0,
        properties: Vec::new(),
    };
    let graph = match Graph::of(&machine, AT_MOST) {
        Ok(graph) => graph,
        Err(TooMany) => {
            let violation = Violation {
                model: name,
                property: "all states were searched",
                kind: Kind::Always,
                steps: Vec::new(),
                message: format!("there are more than {AT_MOST} states"),
            };
            return Searched {
                explored,
                violations: vec![violation],
            };
        }
    };
    explored.states = graph.states.len();
    explored.transitions = graph.steps.len();
    explored.depth = graph.depth();
    explored.exhaustive = true;

    let mut violations = Vec::new();
    for (property, kind, violation) in graph.judge(&machine) {
        explored
            .properties
            .push((property, kind, violation.is_none()));
        violations.extend(violation.map(|(steps, message)| Violation {
            model: name,
            property,
            kind,
            steps,
            message,
        }));
    }
    violations.extend(second_opinion(&machine, &explored));
    Searched {
        explored,
        violations,
    }
}

/// A path, and what is wrong at its end.
type Found = Option<(Vec<String>, String)>;

struct TooMany;

struct Graph<M: Machine> {
    /// In the order found: nearest first.
    states: Vec<M::State>,
    /// The step by which each was found.
    found_by: Vec<Option<(u32, M::Action)>>,
    /// From, to, and for which goals it is a helpful step: one bit each. By ascending `from`.
    steps: Vec<(u32, u32, u8)>,
}

impl<M: Machine> Graph<M> {
    fn of(machine: &M, at_most: usize) -> Result<Self, TooMany> {
        let goals = machine.goals();
        assert!(goals.len() <= 8, "a bit for each goal");
        let mut graph = Graph {
            states: Vec::new(),
            found_by: Vec::new(),
            steps: Vec::new(),
        };
        let mut known: HashMap<M::State, u32> = HashMap::new();
        let mut number = |graph: &mut Self, state: M::State, found_by| {
            *known.entry(state).or_insert_with_key(|state| {
                graph.states.push(state.clone());
                graph.found_by.push(found_by);
                graph.states.len() as u32 - 1
            })
        };
        for state in machine.init_states() {
            number(&mut graph, state, None);
        }
        let mut from = 0;
        let mut actions = Vec::new();
        while from < graph.states.len() {
            machine.actions(&graph.states[from], &mut actions);
            for action in actions.drain(..) {
                let Some(next) = machine.next_state(&graph.states[from], action.clone()) else {
                    continue;
                };
                let helps = (goals.iter().enumerate()).fold(0, |bits, (goal, it)| {
                    bits | u8::from((it.helps)(machine, &action)) << goal
                });
                let to = number(&mut graph, next, Some((from as u32, action)));
                graph.steps.push((from as u32, to, helps));
            }
            if graph.states.len() > at_most {
                return Err(TooMany);
            }
            from += 1;
        }
        Ok(graph)
    }

    fn depth(&self) -> usize {
        let last = self.states.len().checked_sub(1);
        last.map_or(0, |last| self.way_to(last).len() - 1)
    }

    /// Every property and goal, with what violates it.
    fn judge(&self, machine: &M) -> Vec<(&'static str, Kind, Found)> {
        let properties = machine.properties().into_iter().map(|property| {
            let (name, holds) = (property.name, property.condition);
            match property.expectation {
                Expectation::Always => {
                    let bad = self.states.iter().position(|state| !holds(machine, state));
                    let found =
                        bad.map(|bad| (self.told(machine, bad), "it does not hold here".into()));
                    (name, Kind::Always, found)
                }
                Expectation::Sometimes => {
                    let reached = self.states.iter().any(|state| holds(machine, state));
                    let nowhere = format!("in none of {} states", self.states.len());
                    (
                        name,
                        Kind::Sometimes,
                        (!reached).then_some((Vec::new(), nowhere)),
                    )
                }
                Expectation::Eventually => panic!("{name}: a goal is to be claimed instead"),
            }
        });
        let goals = machine.goals();
        let goals = goals.iter().enumerate().map(|(bit, goal)| {
            let lost = self.lost(machine, goal, 1 << bit);
            let found = lost.first().map(|&first| {
                let (lost, all) = (lost.len(), self.states.len());
                let message =
                    format!("from here it is out of reach, as it is from {lost} of {all} states");
                (self.told(machine, first), message)
            });
            (goal.name, Kind::WithinReach, found)
        });
        properties.chain(goals).collect()
    }

    /// The states from which no helpful steps lead to the goal: backwards from where it is reached.
    fn lost(&self, machine: &M, goal: &Goal<M>, helpful: u8) -> Vec<usize> {
        // The steps by where they lead: those into state n are `into[start[n]..start[n + 1]]`.
        let mut start = vec![0usize; self.states.len() + 2];
        let helpful = || self.steps.iter().filter(|step| step.2 & helpful != 0);
        helpful().for_each(|&(_, to, _)| start[to as usize + 2] += 1);
        for n in 2..start.len() {
            start[n] += start[n - 1];
        }
        let mut into = vec![0u32; helpful().count()];
        for &(from, to, _) in helpful() {
            into[start[to as usize + 1]] = from;
            start[to as usize + 1] += 1;
        }

        let states = self.states.iter();
        let mut reaches: Vec<bool> = states.map(|state| (goal.reached)(machine, state)).collect();
        let mut open: Vec<usize> = (0..reaches.len()).filter(|&n| reaches[n]).collect();
        while let Some(to) = open.pop() {
            for &from in &into[start[to]..start[to + 1]] {
                if !std::mem::replace(&mut reaches[from as usize], true) {
                    open.push(from as usize);
                }
            }
        }
        (0..reaches.len()).filter(|&n| !reaches[n]).collect()
    }

    /// The states on one of the shortest ways to `state`, itself included.
    fn way_to(&self, state: usize) -> Vec<usize> {
        let earlier = |&n: &usize| self.found_by[n].as_ref().map(|(from, _)| *from as usize);
        let mut way: Vec<usize> = std::iter::successors(Some(state), earlier).collect();
        way.reverse();
        way
    }

    fn told(&self, machine: &M, state: usize) -> Vec<String> {
        let line = |(n, state): (usize, usize)| {
            let shown = machine.show(&self.states[state]);
            match &self.found_by[state] {
                None => format!("{n:>3}  {:<32} {shown}", "at first"),
                Some((_, action)) => {
                    format!("{n:>3}  {:<32} {shown}", machine.format_action(action))
                }
            }
        };
        self.way_to(state)
            .into_iter()
            .enumerate()
            .map(line)
            .collect()
    }
}

/// stateright's search of the same machine. A violation if it comes to anything else.
fn second_opinion<M: Machine>(machine: &M, explored: &Explored) -> Option<Violation> {
    let first_states = machine.init_states().len();
    let checker = machine.clone().checker().spawn_bfs().join();
    let mut differences = Vec::new();
    let mut compare = |what: &str, here: usize, there: usize| {
        if here != there {
            differences.push(format!("{what}: {here} here, {there} there"));
        }
    };
    compare("states", explored.states, checker.unique_state_count());
    let steps = checker.state_count() - first_states;
    compare("steps", explored.transitions, steps);
    for &(name, kind, holds) in &explored.properties {
        let discovered = checker.discovery(name).is_some();
        let holds_there = match kind {
            Kind::Always => !discovered,
            Kind::Sometimes => discovered,
            Kind::WithinReach => continue,
        };
        compare(name, usize::from(holds), usize::from(holds_there));
    }
    (!differences.is_empty()).then(|| Violation {
        model: explored.name,
        property: "two searches agree",
        kind: Kind::Always,
        steps: Vec::new(),
        message: differences.join("\n"),
    })
}
