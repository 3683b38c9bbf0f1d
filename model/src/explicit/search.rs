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

use stateright::{Checker, Expectation, Model, Property};

use super::{Explored, Faulty, Kind, Violation};

/// More states than this are not searched: that is a failure, never a result. Several times what the largest has.
const AT_MOST: usize = 4_000_000;

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

/// Searches all of `machine`.
///
/// # Errors
/// The first property that does not hold.
pub(super) fn search<M: Machine>(name: &'static str, machine: M) -> Result<Explored, Violation> {
    let claims = Claim::of(&machine);
    let graph = Graph::of(name, &machine, &claims)?;
    let explored = Explored {
        name,
        states: graph.states.len(),
        transitions: graph.steps.len(),
        depth: graph.way_to(graph.states.len() - 1).len() - 1,
        exhaustive: true,
        properties: (claims.iter())
            .map(|claim| (claim.name(), claim.kind(), true))
            .collect(),
    };
    second_opinion(&machine, &explored)?;
    Ok(explored)
}

/// What violates this one property, as if it were the only one.
///
/// # Panics
/// If there is no such property.
fn violation<M: Machine>(name: &'static str, machine: &M, property: &str) -> Option<Violation> {
    let mut claims = Claim::of(machine);
    claims.retain(|claim| claim.name() == property);
    assert_eq!(claims.len(), 1, "there is one property {property:?}");
    Graph::of(name, machine, &claims).err()
}

/// For each line of the table a machine made faulty that way, and what it is to violate.
pub(super) fn faulty<M: Machine, F: Copy + Debug + Send + Sync + 'static>(
    model: &'static str,
    faulty: fn(F) -> M,
    kills: &'static [(F, &'static str)],
) -> Vec<Faulty> {
    let mutant = |&(fault, property): &(F, &'static str)| Faulty {
        model,
        fault: format!("{fault:?}"),
        property,
        run: Box::new(move || violation(model, &faulty(fault), property)),
    };
    kills.iter().map(mutant).collect()
}

/// That each mutant violates what it is to violate, by a counterexample, and that between them they violate every claim
/// of the sound machine but those that something happens sometimes, which are violated by doing nothing.
#[cfg(test)]
pub(super) fn assert_teeth<M: Machine>(sound: &M, mutants: &[Faulty]) {
    for claim in Claim::of(sound) {
        let is_killed = mutants.iter().any(|mutant| mutant.property == claim.name());
        let is_exempt = claim.kind() == Kind::Sometimes;
        assert!(
            is_killed || is_exempt,
            "no fault violates {:?}",
            claim.name()
        );
    }
    for mutant in mutants {
        let violation = (mutant.run)().unwrap_or_else(|| panic!("{mutant:?} survives"));
        assert_ne!(violation.message, TOO_MANY, "{mutant:?}");
        assert_eq!(
            violation.steps.is_empty(),
            violation.kind == Kind::Sometimes
        );
        println!("{}: {violation}\n", mutant.fault);
    }
}

/// Of a machine whose states are compared by a form of them: that whenever two have the same form, so has all that may
/// come next.
#[cfg(test)]
pub(super) fn assert_form_decides<M: Machine>(machine: &M) {
    let mut known: HashMap<M::State, Vec<M::State>> = HashMap::new();
    let mut open = std::collections::VecDeque::from(machine.init_states());
    let mut compared = 0;
    while let Some(state) = open.pop_front() {
        let next = machine.next_states(&state);
        match known.get(&state) {
            Some(expected) => {
                assert_eq!(&next, expected, "{}", machine.show(&state));
                compared += 1;
            }
            None => {
                open.extend(next.iter().cloned());
                known.insert(state, next);
            }
        }
    }
    assert!(compared > known.len(), "most steps lead to a known form");
}

const TOO_MANY: &str = "there are more states than may be searched";

/// Something claimed of all the states.
enum Claim<M: Model> {
    Property(Property<M>),
    Goal(Goal<M>),
}

impl<M: Machine> Claim<M> {
    fn of(machine: &M) -> Vec<Self> {
        let properties = machine.properties().into_iter().map(Claim::Property);
        properties
            .chain(machine.goals().into_iter().map(Claim::Goal))
            .collect()
    }

    fn name(&self) -> &'static str {
        match self {
            Claim::Property(property) => property.name,
            Claim::Goal(goal) => goal.name,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Claim::Goal(_) => Kind::WithinReach,
            Claim::Property(property) => match property.expectation {
                Expectation::Always => Kind::Always,
                Expectation::Sometimes => Kind::Sometimes,
                Expectation::Eventually => panic!("{}: claim a goal instead", property.name),
            },
        }
    }

    /// Whether it is violated as soon as this state is.
    fn forbids(&self, machine: &M, state: &M::State) -> bool {
        match self {
            Claim::Property(property) if property.expectation == Expectation::Always => {
                !(property.condition)(machine, state)
            }
            _ => false,
        }
    }

    fn helps(&self, machine: &M, action: &M::Action) -> bool {
        match self {
            Claim::Goal(goal) => (goal.helps)(machine, action),
            Claim::Property(_) => false,
        }
    }
}

/// A way, and what is wrong at its end.
type Found = Option<(Vec<String>, String)>;

struct Graph<M: Machine> {
    /// In the order found: nearest first.
    states: Vec<M::State>,
    /// The step by which each was found.
    found_by: Vec<Option<(u32, M::Action)>>,
    /// From, to, and for which claims it is a helpful step: one bit each.
    steps: Vec<(u32, u32, u32)>,
}

impl<M: Machine> Graph<M> {
    /// All states, of which all claims hold.
    fn of(name: &'static str, machine: &M, claims: &[Claim<M>]) -> Result<Self, Violation> {
        assert!(claims.len() <= 32, "a bit for each claim");
        let mut graph = Graph {
            states: Vec::new(),
            found_by: Vec::new(),
            steps: Vec::new(),
        };
        graph.search(name, machine, claims)?;
        for (bit, claim) in claims.iter().enumerate() {
            let steps_and_message = match claim {
                Claim::Property(property) => graph.judge(machine, property),
                Claim::Goal(goal) => graph.judge_goal(machine, goal, 1 << bit),
            };
            if let Some((steps, message)) = steps_and_message {
                return Err(claim.violated(name, steps, message));
            }
        }
        Ok(graph)
    }

    /// Finds all states, or one that is forbidden.
    fn search(
        &mut self,
        name: &'static str,
        machine: &M,
        claims: &[Claim<M>],
    ) -> Result<(), Violation> {
        let mut known: HashMap<M::State, u32> = HashMap::new();
        for state in machine.init_states() {
            known.insert(state.clone(), self.states.len() as u32);
            self.states.push(state);
            self.found_by.push(None);
        }
        let (mut from, mut looked_at) = (0, 0);
        let mut actions = Vec::new();
        while from < self.states.len() {
            for (n, state) in self.states.iter().enumerate().skip(looked_at) {
                if let Some(claim) = claims.iter().find(|claim| claim.forbids(machine, state)) {
                    let message = "which is where it does not hold".into();
                    return Err(claim.violated(name, self.told(machine, n), message));
                }
            }
            looked_at = self.states.len();
            machine.actions(&self.states[from], &mut actions);
            for action in actions.drain(..) {
                let Some(next) = machine.next_state(&self.states[from], action.clone()) else {
                    continue;
                };
                let helps = (claims.iter().enumerate()).fold(0, |bits, (bit, claim)| {
                    bits | u32::from(claim.helps(machine, &action)) << bit
                });
                let to = *known.entry(next).or_insert_with_key(|state| {
                    self.states.push(state.clone());
                    self.found_by.push(Some((from as u32, action)));
                    self.states.len() as u32 - 1
                });
                self.steps.push((from as u32, to, helps));
            }
            if self.states.len() > AT_MOST {
                return Err(Violation {
                    model: name,
                    property: "all states were searched",
                    kind: Kind::Always,
                    steps: Vec::new(),
                    message: TOO_MANY.into(),
                });
            }
            from += 1;
        }
        Ok(())
    }

    /// What violates a property, of all states.
    fn judge(&self, machine: &M, property: &Property<M>) -> Found {
        let sometimes = property.expectation == Expectation::Sometimes;
        let mut states = self.states.iter();
        if sometimes && !states.any(|state| (property.condition)(machine, state)) {
            let message = format!("in none of {} states", self.states.len());
            return Some((Vec::new(), message));
        }
        None
    }

    /// The nearest state from which a goal is out of reach.
    fn judge_goal(&self, machine: &M, goal: &Goal<M>, bit: u32) -> Found {
        let lost = self.lost(machine, goal, bit);
        let first = *lost.first()?;
        let (lost, all) = (lost.len(), self.states.len());
        let message =
            format!("from where it is out of reach, as it is from {lost} of {all} states");
        Some((self.told(machine, first), message))
    }

    /// The states from which no helpful steps lead to the goal: backwards from where it is reached.
    fn lost(&self, machine: &M, goal: &Goal<M>, bit: u32) -> Vec<usize> {
        // The steps by where they lead: those into state n are `into[start[n]..start[n + 1]]`.
        let mut start = vec![0usize; self.states.len() + 2];
        let helpful = || self.steps.iter().filter(|step| step.2 & bit != 0);
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

impl<M: Machine> Claim<M> {
    fn violated(&self, model: &'static str, steps: Vec<String>, message: String) -> Violation {
        Violation {
            model,
            property: self.name(),
            kind: self.kind(),
            steps,
            message,
        }
    }
}

/// stateright's search of the same machine.
///
/// # Errors
/// If it comes to anything else.
fn second_opinion<M: Machine>(machine: &M, explored: &Explored) -> Result<(), Violation> {
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
    if differences.is_empty() {
        return Ok(());
    }
    Err(Violation {
        model: explored.name,
        property: "two searches agree",
        kind: Kind::Always,
        steps: Vec::new(),
        message: differences.join("\n"),
    })
}
