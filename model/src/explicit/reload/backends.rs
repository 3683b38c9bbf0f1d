//! Lists of backends that follow one another by the shipped [`BackendList::reload`], while requests are on their way to
//! those of earlier lists, and backends fall ill and recover.
//!
//! ```text
//!  request: idle ─ choose ─> has a backend ─ count ─> in flight ─ end ─> idle
//!  master:  idle ─ begin ─> look at a row, and the next ... ─ list ─> begin a newcomer's health ... ─ publish ─> idle
//!  prober:  marks a backend of the published list ill, or well
//! ```
//!
//! Every arrow is one step that others come between; counts and health bits are as on the board and in the health map.
//! To choose is to read the published list and then the health of its members: as one step here, for what comes between the
//! two can only decide who of them it is.
//!
//! The space is finite because states are compared in a normal form ([`Form`]): generations are counted back from a
//! slot's newest, lists from the one that is published.

use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use policy::shared::BackendList;
use policy::{BackendId, Member, Weight};
use stateright::{Model, Property};

use super::super::Faulty;
use super::super::search::{Goal, Machine, faulty as faulty_of};

/// As many as any two configurations list together, so that a reload may replace all, and fewer than there are
/// backends, so that rows must be given on.
const ROWS: u32 = 3;
/// What the configuration may list.
const WANTED: [&[u64]; 4] = [&[10, 11], &[11], &[12], &[13]];
/// Who may fall ill.
const FRAIL: u64 = 11;
/// From so many successors on a slot's earlier occupant is only ever longer gone.
const OLDEST: u32 = 2;
/// Requests that may be counted in a row: more than there ever are, unless some are not given back.
const FULL: u8 = 3;

/// What a master or a balancer may get wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// A reload makes everybody healthy.
    ResetsHealth,
    /// The list is published, and then the newcomers' health is begun.
    PublishesFirst,
    /// A row is given on whoever counts in it.
    NeverLooks,
    /// A row is never given on.
    NeverGivesOn,
    /// A row is given on in the reload in which its backend leaves.
    GivesOnAtOnce,
    /// A backend is its place in the configuration.
    CountsPlaces,
    /// Balancers keep the list with which they started.
    ReadsOnce,
    /// A request gives back to the row where its backend is listed now, if it still is.
    GivesBackByList,
}

/// Reloads among so many requests.
#[derive(Clone, Debug)]
pub(super) struct Reloads<const REQUESTS: usize> {
    fault: Option<Fault>,
}

#[derive(Clone, Debug)]
pub(super) struct System<const REQUESTS: usize> {
    published: Arc<BackendList>,
    counts: [u8; ROWS as usize],
    healthy: [bool; ROWS as usize],
    master: Doing,
    requests: [Request; REQUESTS],
    /// Whom the prober found ill, of the published list.
    ill: BTreeSet<BackendId>,
    /// What the step that led here did wrong.
    wrong: Option<Wrong>,
}

#[derive(Clone, Debug)]
enum Doing {
    Nothing,
    /// It looked at so many rows, and found these vacant.
    Looks {
        wanted: usize,
        vacant: Vec<bool>,
    },
    /// It has the next list, and so many newcomers' health to begin before all is done.
    Begins {
        next: Arc<BackendList>,
        health_of: Vec<u32>,
    },
}

#[derive(Clone, Debug)]
struct Request {
    at: Stage,
    /// 0 while the list that it was chosen from is published, 1 once another is, 2 once a further reload looks for vacant rows:
    /// from then on it is too late to be seen.
    reloads: u8,
}

/// Whom a request goes to, and who that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Backend {
    id: BackendId,
    identity: u64,
}

#[derive(Clone, Debug)]
enum Stage {
    Idle,
    Chosen(Backend),
    Counted(Backend),
}

/// What of a system decides about its future: two with the same form differ in how often slots were given on.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Form {
    published: Vec<(Known, bool)>,
    next: Option<Vec<(Known, bool)>>,
    looks: Option<(usize, Vec<bool>)>,
    health_of: Vec<u32>,
    counts: [u8; ROWS as usize],
    healthy: [bool; ROWS as usize],
    /// Stage, backend, how late.
    requests: Vec<(u8, Option<Known>, u8)>,
    ill: Vec<u32>,
    wrong: Option<Wrong>,
}

/// A backend's slot, how many had it since, and who it is.
type Known = (u32, u32, u64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Wrong {
    Moved,
    SentToOneWhoLeft,
    NoRoom,
    GaveBackTooMuch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A request begins: its balancer chooses who is in this slot of the list.
    Choose(usize, u32),
    /// It is counted, and in flight.
    Count(usize),
    /// It ends.
    End(usize),
    /// The configuration is this one now.
    Begin(usize),
    /// The master goes on.
    Reload,
    /// The prober changes its mind about who is in this slot.
    Probe(u32),
}

impl<const REQUESTS: usize> Reloads<REQUESTS> {
    pub(super) fn new() -> Self {
        Reloads { fault: None }
    }

    fn next(&self, list: &BackendList, wanted: usize, vacant: &[bool]) -> Option<BackendList> {
        let all = |identities: &[u64]| -> Vec<(Weight, u64)> {
            identities
                .iter()
                .map(|&identity| (Weight::ONE, identity))
                .collect()
        };
        let wanted = WANTED[wanted];
        let vacant = |row: u32| match self.fault {
            Some(Fault::NeverLooks) => true,
            Some(Fault::NeverGivesOn) => false,
            _ => vacant[row as usize],
        };
        match self.fault {
            Some(Fault::CountsPlaces) => {
                BackendList::empty(ROWS).reload(all(wanted), |_| true).ok()
            }
            Some(Fault::GivesOnAtOnce) => {
                let is_known =
                    |identity: &u64| list.members().iter().any(|m| m.identity == *identity);
                let stay: Vec<u64> = wanted.iter().copied().filter(is_known).collect();
                let without = list.reload(all(&stay), |_| false).ok()?;
                without.reload(all(wanted), vacant).ok()
            }
            _ => list.reload(all(wanted), vacant).ok(),
        }
    }

    /// With which a request begins.
    fn list(&self, system: &System<REQUESTS>) -> Arc<BackendList> {
        match self.fault {
            Some(Fault::ReadsOnce) => self.first(),
            _ => Arc::clone(&system.published),
        }
    }

    fn first(&self) -> Arc<BackendList> {
        let all = WANTED[0].iter().map(|&identity| (Weight::ONE, identity));
        Arc::new(
            BackendList::empty(ROWS)
                .reload(all, |_| true)
                .expect("there is room"),
        )
    }
}

impl<const REQUESTS: usize> System<REQUESTS> {
    fn chooses(&mut self, machine: &Reloads<REQUESTS>, request: usize, slot: u32) {
        let list = machine.list(self);
        let Some(member) = list.at(slot) else { return };
        let listed = self.published.at(member.id.slot);
        if listed.is_none_or(|now| now.id != member.id) {
            self.wrong = Some(Wrong::SentToOneWhoLeft);
        }
        self.requests[request].at = Stage::Chosen(member.into());
    }

    fn counts(&mut self, request: usize) {
        let Stage::Chosen(backend) = self.requests[request].at else {
            return;
        };
        let count = &mut self.counts[backend.id.slot as usize];
        self.requests[request].at = if *count < FULL {
            *count += 1;
            Stage::Counted(backend)
        } else {
            Stage::Idle
        };
    }

    fn ends(&mut self, machine: &Reloads<REQUESTS>, request: usize) {
        self.requests[request].reloads = 0;
        let stage = std::mem::replace(&mut self.requests[request].at, Stage::Idle);
        let Stage::Counted(Backend { id, identity }) = stage else {
            return;
        };
        let row = match machine.fault {
            Some(Fault::GivesBackByList) => {
                let mut members = self.published.members().iter();
                let listed = members.find(|now| now.identity == identity);
                listed.map(|now| now.id.slot)
            }
            _ => Some(id.slot),
        };
        let Some(row) = row else { return };
        match self.counts[row as usize].checked_sub(1) {
            Some(count) => self.counts[row as usize] = count,
            None => self.wrong = Some(Wrong::GaveBackTooMuch),
        }
    }

    fn begins(&mut self, wanted: usize) {
        let mut vacant = Vec::new();
        self.skips_present(&mut vacant);
        self.master = Doing::Looks { wanted, vacant };
        self.outlives(1);
    }

    /// Nobody asks about the rows of those who are there.
    fn skips_present(&self, vacant: &mut Vec<bool>) {
        while self.published.at(vacant.len() as u32).is_some() {
            vacant.push(true);
        }
    }

    /// Requests that are not counted yet, and have outlived so much, have outlived more.
    fn outlives(&mut self, reloads: u8) {
        for request in &mut self.requests {
            let waits = matches!(request.at, Stage::Chosen(_));
            request.reloads += u8::from(waits && request.reloads == reloads);
        }
    }

    fn reloads(&mut self, machine: &Reloads<REQUESTS>) {
        let master = std::mem::replace(&mut self.master, Doing::Nothing);
        self.master = match master {
            Doing::Nothing => Doing::Nothing,
            Doing::Looks { wanted, mut vacant } if vacant.len() < ROWS as usize => {
                let row = vacant.len();
                vacant.push(self.counts[row] == 0);
                self.skips_present(&mut vacant);
                Doing::Looks { wanted, vacant }
            }
            Doing::Looks { wanted, vacant } => match machine.next(&self.published, wanted, &vacant)
            {
                Some(next) => {
                    let joined = next.joined_since(&self.published);
                    let joined: Vec<u32> = joined.map(|id| id.slot).collect();
                    let all = next.members().iter().map(|member| member.id.slot);
                    let health_of = match machine.fault {
                        Some(Fault::ResetsHealth) => all.collect(),
                        _ => joined,
                    };
                    let next = Arc::new(next);
                    if machine.fault == Some(Fault::PublishesFirst) {
                        self.publishes(&next);
                    }
                    Doing::Begins { next, health_of }
                }
                // Refused, and to be tried again.
                None => {
                    let in_use = self.counts.iter().any(|&count| count > 0);
                    self.wrong =
                        (!in_use && vacant.iter().all(|vacant| *vacant)).then_some(Wrong::NoRoom);
                    Doing::Nothing
                }
            },
            Doing::Begins {
                next,
                mut health_of,
            } => match health_of.pop() {
                Some(slot) => {
                    self.healthy[slot as usize] = true;
                    Doing::Begins { next, health_of }
                }
                None => {
                    if machine.fault != Some(Fault::PublishesFirst) {
                        self.publishes(&next);
                    }
                    Doing::Nothing
                }
            },
        };
    }

    fn publishes(&mut self, next: &Arc<BackendList>) {
        for before in self.published.members() {
            let mut now = next.members().iter();
            if now.any(|now| now.identity == before.identity && now.id != before.id) {
                self.wrong = Some(Wrong::Moved);
            }
        }
        self.published = Arc::clone(next);
        self.outlives(0);
        self.ill
            .retain(|id| next.at(id.slot).is_some_and(|now| now.id == *id));
    }

    fn probes(&mut self, slot: u32) {
        let Some(member) = self.published.at(slot) else {
            return;
        };
        let was_ill = self.ill.remove(&member.id);
        if !was_ill {
            self.ill.insert(member.id);
        }
        self.healthy[slot as usize] = was_ill;
    }

    /// The next list, or the published one if there is none.
    fn newest(&self) -> &BackendList {
        match &self.master {
            Doing::Begins { next, .. } => next,
            _ => &self.published,
        }
    }

    fn in_flight(&self) -> impl Iterator<Item = (&Request, Backend)> {
        self.requests.iter().filter_map(|request| match request.at {
            Stage::Counted(backend) => Some((request, backend)),
            _ => None,
        })
    }

    /// Every backend that anybody knows who may be seen.
    fn known(&self) -> Vec<Backend> {
        let mut known: Vec<Backend> = Vec::new();
        let listed = |list: &BackendList| -> Vec<Backend> {
            let members = list.members().iter();
            members.map(Backend::from).collect()
        };
        known.extend(listed(self.newest()));
        known.extend(listed(&self.published));
        for request in self.requests.iter().filter(|request| request.reloads < 2) {
            match request.at {
                Stage::Idle => {}
                Stage::Chosen(backend) | Stage::Counted(backend) => known.push(backend),
            }
        }
        known
    }

    fn form(&self) -> Form {
        let newest = self.newest().places();
        let form = |backend: Backend| {
            let BackendId { slot, generation } = backend.id;
            let newest = newest.get(slot as usize);
            let newest = newest.map_or(0, |place| place.occupant.id.generation);
            let since = newest.wrapping_sub(generation).min(OLDEST);
            (slot, since, backend.identity)
        };
        let places = |list: &BackendList| {
            let places = list.places().iter();
            places
                .map(|place| (form(Backend::from(&place.occupant)), place.present))
                .collect()
        };
        let (next, looks, health_of) = match &self.master {
            Doing::Nothing => (None, None, Vec::new()),
            Doing::Looks { wanted, vacant } => (None, Some((*wanted, vacant.clone())), Vec::new()),
            Doing::Begins { next, health_of } => (Some(places(next)), None, health_of.clone()),
        };
        // Of one that is too late to be seen only the row matters, and of one that is counted in time not how it was.
        let mut requests = self.requests.clone().map(|request| {
            let late = request.reloads == 2;
            let form = |backend: Backend| match late {
                true => (backend.id.slot, 0, 0),
                false => form(backend),
            };
            match request.at {
                Stage::Idle => (0, None, 0),
                Stage::Chosen(backend) => (1, Some(form(backend)), request.reloads),
                Stage::Counted(backend) => (2, Some(form(backend)), u8::from(late)),
            }
        });
        requests.sort_unstable();
        Form {
            published: places(&self.published),
            next,
            looks,
            health_of,
            counts: self.counts,
            healthy: self.healthy,
            requests: requests.to_vec(),
            ill: self.ill.iter().map(|id| id.slot).collect(),
            wrong: self.wrong,
        }
    }
}

impl From<&Member> for Backend {
    fn from(member: &Member) -> Self {
        Backend {
            id: member.id,
            identity: member.identity,
        }
    }
}

impl<const REQUESTS: usize> PartialEq for System<REQUESTS> {
    fn eq(&self, other: &Self) -> bool {
        self.form() == other.form()
    }
}

impl<const REQUESTS: usize> Eq for System<REQUESTS> {}

impl<const REQUESTS: usize> Hash for System<REQUESTS> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.form().hash(hasher);
    }
}

impl<const REQUESTS: usize> Model for Reloads<REQUESTS> {
    type State = System<REQUESTS>;
    type Action = Step;

    fn init_states(&self) -> Vec<Self::State> {
        let idle = Request {
            at: Stage::Idle,
            reloads: 0,
        };
        vec![System {
            published: self.first(),
            counts: [0; ROWS as usize],
            healthy: [true, true, false],
            master: Doing::Nothing,
            requests: std::array::from_fn(|_| idle.clone()),
            ill: BTreeSet::new(),
            wrong: None,
        }]
    }

    fn actions(&self, system: &Self::State, steps: &mut Vec<Step>) {
        for (n, request) in system.requests.iter().enumerate() {
            match &request.at {
                Stage::Idle => {
                    let list = self.list(system);
                    let slots = list.members().iter().map(|member| member.id.slot);
                    let healthy = slots.filter(|&slot| system.healthy[slot as usize]);
                    steps.extend(healthy.map(|slot| Step::Choose(n, slot)));
                }
                Stage::Chosen(..) => steps.push(Step::Count(n)),
                Stage::Counted(..) => steps.push(Step::End(n)),
            }
        }
        match system.master {
            Doing::Nothing => steps.extend((0..WANTED.len()).map(Step::Begin)),
            _ => steps.push(Step::Reload),
        }
        let members = system.published.members().iter();
        let frail = members.filter(|member| member.identity == FRAIL);
        steps.extend(frail.map(|member| Step::Probe(member.id.slot)));
    }

    fn next_state(&self, system: &Self::State, step: Step) -> Option<Self::State> {
        let mut next = system.clone();
        next.wrong = None;
        match step {
            Step::Choose(n, slot) => next.chooses(self, n, slot),
            Step::Count(n) => next.counts(n),
            Step::End(n) => next.ends(self, n),
            Step::Begin(wanted) => next.begins(wanted),
            Step::Reload => next.reloads(self),
            Step::Probe(slot) => next.probes(slot),
        }
        (next != *system).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::<Self>::always(
                "a row counts the requests that were sent by its slot, and no others",
                |_, system| {
                    system.wrong != Some(Wrong::GaveBackTooMuch)
                        && (0..ROWS).all(|row| {
                            let sent = system.in_flight();
                            let sent = sent.filter(|(_, backend)| backend.id.slot == row);
                            sent.count() == usize::from(system.counts[row as usize])
                        })
                },
            ),
            Property::<Self>::always(
                "a row is another's only once nobody counts there, but for one that a second reload could not see",
                |_, system| {
                    system.in_flight().all(|(request, backend)| {
                        let place = &system.published.places()[backend.id.slot as usize];
                        request.reloads == 2 || place.occupant.identity == backend.identity
                    })
                },
            ),
            Property::<Self>::always(
                "an id means one backend, in whatever list it is",
                |_, system| {
                    let known = system.known();
                    let differ = |a: &Backend, b: &Backend| a.id == b.id && a != b;
                    !known.iter().any(|a| known.iter().any(|b| differ(a, b)))
                },
            ),
            Property::<Self>::always("who stays keeps slot and generation", |_, system| {
                system.wrong != Some(Wrong::Moved)
            }),
            Property::<Self>::always(
                "nobody is sent to a backend that had left before",
                |_, system| system.wrong != Some(Wrong::SentToOneWhoLeft),
            ),
            Property::<Self>::always(
                "who is listed is healthy unless a probe said otherwise",
                |_, system| {
                    system.published.members().iter().all(|member| {
                        system.healthy[member.id.slot as usize] != system.ill.contains(&member.id)
                    })
                },
            ),
            Property::<Self>::always("there is room when nobody counts", |_, system| {
                system.wrong != Some(Wrong::NoRoom)
            }),
            Property::<Self>::sometimes(
                "a request is in flight to a backend that has left",
                |_, system| {
                    system.in_flight().any(|(_, backend)| {
                        let place = &system.published.places()[backend.id.slot as usize];
                        !place.present && place.occupant.id == backend.id
                    })
                },
            ),
            Property::<Self>::sometimes("a row is given on", |_, system| {
                let first = system.published.at(0);
                first.is_some_and(|member| member.identity != WANTED[0][0])
            }),
            Property::<Self>::sometimes(
                "a request that a second reload could not see is in flight",
                |_, system| system.in_flight().any(|(request, _)| request.reloads == 2),
            ),
            Property::<Self>::sometimes("one who is ill stays through a reload", |_, system| {
                let ill = |id: BackendId| system.ill.contains(&id);
                matches!(&system.master, Doing::Begins { next, .. } if next.members().iter().any(|m| ill(m.id)))
            }),
        ]
    }
}

impl<const REQUESTS: usize> Machine for Reloads<REQUESTS> {
    fn goals(&self) -> Vec<Goal<Self>> {
        vec![Goal {
            name: "a reload is complete and every next one finds room, once requests end",
            reached: |machine, system| {
                let vacant = system.counts.map(|count| count == 0);
                let idle = matches!(system.master, Doing::Nothing);
                let has_room = |wanted| machine.next(&system.published, wanted, &vacant).is_some();
                idle && (0..WANTED.len()).all(has_room)
            },
            helps: |_, step| matches!(step, Step::Count(_) | Step::End(_) | Step::Reload),
        }]
    }

    fn show(&self, system: &Self::State) -> String {
        let named = |list: &BackendList| {
            let members = list.members().iter();
            let members =
                members.map(|m| format!("{}={}.{}", m.identity, m.id.slot, m.id.generation));
            members.collect::<Vec<_>>().join(" ")
        };
        let mut text = format!(
            "[{}], counts {:?}, healthy {:?}",
            named(&system.published),
            system.counts,
            system.healthy
        );
        text += &match &system.master {
            Doing::Nothing => String::new(),
            Doing::Looks { wanted, vacant } => {
                format!("; for {:?} saw vacant {vacant:?}", WANTED[*wanted])
            }
            Doing::Begins { next, .. } => format!("; next [{}]", named(next)),
        };
        for (n, request) in system.requests.iter().enumerate() {
            text += &match &request.at {
                Stage::Idle => String::new(),
                Stage::Chosen(Backend { id, .. }) => {
                    format!("; {n} chose {}.{}", id.slot, id.generation)
                }
                Stage::Counted(Backend { id, .. }) => {
                    format!("; {n} in flight to {}.{}", id.slot, id.generation)
                }
            };
        }
        if let Some(wrong) = system.wrong {
            text += &format!("; {wrong:?}");
        }
        text
    }
}

/// Which fault violates what.
const KILLS: &[(Fault, &str)] = &[
    (
        Fault::GivesBackByList,
        "a row counts the requests that were sent by its slot, and no others",
    ),
    (
        Fault::NeverLooks,
        "a row is another's only once nobody counts there, but for one that a second reload could not see",
    ),
    (
        Fault::GivesOnAtOnce,
        "a row is another's only once nobody counts there, but for one that a second reload could not see",
    ),
    (
        Fault::CountsPlaces,
        "an id means one backend, in whatever list it is",
    ),
    (Fault::CountsPlaces, "who stays keeps slot and generation"),
    (
        Fault::ReadsOnce,
        "nobody is sent to a backend that had left before",
    ),
    (
        Fault::ResetsHealth,
        "who is listed is healthy unless a probe said otherwise",
    ),
    (
        Fault::PublishesFirst,
        "who is listed is healthy unless a probe said otherwise",
    ),
    (Fault::NeverGivesOn, "there is room when nobody counts"),
    (
        Fault::GivesBackByList,
        "a reload is complete and every next one finds room, once requests end",
    ),
];

pub(super) fn faulty() -> Vec<Faulty> {
    faulty_of(
        "reload::backends",
        |fault| Reloads::<1> { fault: Some(fault) },
        KILLS,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explicit::search::{assert_form_decides, assert_teeth};

    #[test]
    fn every_claim_has_teeth() {
        assert_teeth(&Reloads::<1>::new(), &faulty());
    }

    #[test]
    fn the_form_decides_about_the_future() {
        assert_form_decides(&Reloads::<1>::new());
    }
}
