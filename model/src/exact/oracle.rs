//! The policy code as it answers: over a real fleet with its index, every outcome of a pick.

use policy::hash::mix;
use policy::strategy::Options;
use policy::time::Instant;
use policy::{BackendId, Chooser, Fleet, Request, View, Weight};

use super::draws::{Draws, Grid, Script, Within};
use super::keys::unmix;
use super::memory::Remembers;
use super::watched::{Asked, Watched};

/// Entries of the table that `maglev` builds for so few backends.
const MAGLEV_TABLE: u32 = 65_537;

/// What a pick is asked with: a word of each cell, and a time.
#[derive(Clone, Debug)]
struct Questions {
    draws: Grid,
    /// Keys, for strategies that look at them.
    keys: Option<Grid>,
    now: Instant,
}

impl Questions {
    /// On a grid `fineness` times as fine as it need be.
    fn new<S: Remembers>(
        weights: &[u32],
        fineness: u32,
        within: Within,
        now: Instant,
    ) -> Questions {
        let key = |word| unmix(unmix(word));
        let keys = || Grid::new(MAGLEV_TABLE * fineness, within).map(key);
        Questions {
            draws: Grid::new(cells(weights) * fineness, within),
            keys: S::ABOUT.keyed.then(keys),
            now,
        }
    }
}

/// A multiple of whatever a draw is scaled by: of 1, 2, 3 for a draw among so many backends, and of n x (sum of the
/// weights) for a table of n columns that are as high as that sum.
fn cells(weights: &[u32]) -> u32 {
    let equal = weights.iter().all(|weight| *weight == weights[0]);
    let sum: u32 = weights.iter().sum();
    if equal {
        6
    } else {
        lcm(6, weights.len() as u32 * sum)
    }
}

fn lcm(a: u32, b: u32) -> u32 {
    let multiples = (1..).map(|times| times * a);
    multiples
        .into_iter()
        .find(|m| m.is_multiple_of(b))
        .expect("a x b at the latest")
}

/// A balancer in parts, so that one can look inside: a chooser and its fleet.
#[derive(Clone, Debug)]
pub(super) struct Oracle<S: Remembers> {
    chooser: Chooser<S>,
    fleet: Fleet<S::Index>,
    ids: Vec<BackendId>,
    asked: Asked,
    usual: Questions,
    /// Other ways to ask, which must lead to the same shares.
    unusual: Vec<Questions>,
}

/// A pick's result.
#[derive(Clone, Debug)]
pub(super) struct Outcome<S> {
    pub(super) slot: usize,
    pub(super) probability: f64,
    /// With what it remembers now, if that is not what it remembered before.
    pub(super) changed: Option<Chooser<S>>,
}

/// Rounding, when some thousands of probabilities are added up.
const ROUNDING: f64 = 1e-10;

impl<S: Remembers> Oracle<S>
where
    S::Index: Clone,
{
    /// Over idle backends of `weights`.
    pub(super) fn new(weights: &[u32]) -> Oracle<S> {
        let weight = |&weight: &u32| Weight::new(f64::from(weight)).expect("a small weight");
        let backends = weights.iter().map(weight).zip((0..).map(mix));
        let fleet: Fleet<S::Index> = Fleet::new(backends);
        let ask = |fineness, within, now| Questions::new::<S>(weights, fineness, within, now);
        let later = Instant(86_400_000_000_000);
        let usual = ask(1, Within::Middle, Instant::ZERO);
        // Before the first pick a chooser lets its strategy prepare itself, which no later pick changes. In the long
        // run it does not matter what it remembers of that pick.
        let mut chooser = Chooser::new(S::new(&Options::default()));
        pick(&mut chooser, &fleet, &usual, &mut Script::default());
        Oracle {
            chooser,
            ids: fleet.members().iter().map(|member| member.id).collect(),
            fleet,
            asked: Asked::default(),
            usual,
            unusual: vec![
                ask(1, Within::First, Instant::ZERO),
                ask(1, Within::Last, later),
                ask(2, Within::Middle, later),
                ask(3, Within::Middle, Instant::ZERO),
                ask(5, Within::Middle, Instant::ZERO),
            ],
        }
    }

    /// Starts and finishes requests until so many are in flight.
    pub(super) fn move_to(&mut self, counts: impl IntoIterator<Item = u16>) {
        for (&id, count) in self.ids.iter().zip(counts) {
            while self.fleet.in_flight(id) > u32::from(count) {
                self.fleet.finish(id, None, Instant::ZERO);
            }
            while self.fleet.in_flight(id) < u32::from(count) {
                self.fleet.start(id);
            }
        }
    }

    pub(super) fn chooser(&self) -> &Chooser<S> {
        &self.chooser
    }

    /// The next picks are made with what `chooser` remembers.
    pub(super) fn remember(&mut self, chooser: Chooser<S>) {
        self.chooser = chooser;
    }

    /// Whether any pick so far asked how many requests are in flight.
    pub(super) fn looked_at_counts(&self) -> bool {
        self.asked.counts.get()
    }

    /// All outcomes of the next pick, which is not made.
    pub(super) fn outcomes(&mut self, visit: impl FnMut(Outcome<S>)) -> Result<(), String> {
        ask(
            &mut self.chooser,
            &self.fleet,
            &self.asked,
            &self.usual,
            visit,
        )
    }

    /// The probability of each slot.
    pub(super) fn shares(&mut self) -> Result<Vec<f64>, String> {
        let mut shares = vec![0.0; self.ids.len()];
        self.outcomes(|outcome| shares[outcome.slot] += outcome.probability)?;
        Ok(shares)
    }

    /// Refuses if the enumeration of the next pick is not exact, or misses what the pick depends on.
    ///
    /// A grid that is right gives the same shares from the first, the middle and the last word of every cell, and
    /// when it is two, three or five times as fine. A single change inside a cell would show at its ends; several
    /// that cancel there, with a width of less than 1/5 of a cell and that at the same place in each, might not.
    /// At another time the shares must be the same, too: the chain knows no clock.
    pub(super) fn check(&mut self) -> Result<(), String> {
        let usual = self.shares()?;
        for questions in &self.unusual {
            let mut shares = vec![0.0; usual.len()];
            let visit = |outcome: Outcome<S>| shares[outcome.slot] += outcome.probability;
            ask(
                &mut self.chooser,
                &self.fleet,
                &self.asked,
                questions,
                visit,
            )?;
            if shares
                .iter()
                .zip(&usual)
                .any(|(a, b)| (a - b).abs() > ROUNDING)
            {
                return Err(format!(
                    "its draws are not to be enumerated: asked in two ways it chose as {usual:?} and {shares:?}"
                ));
            }
        }
        Ok(())
    }
}

/// Picks with every combination of words, and leaves `chooser` as it was.
fn ask<S: Remembers>(
    chooser: &mut Chooser<S>,
    fleet: &Fleet<S::Index>,
    asked: &Asked,
    questions: &Questions,
    mut visit: impl FnMut(Outcome<S>),
) -> Result<(), String> {
    let view = Watched { fleet, asked };
    let before = chooser.clone();
    let memory = before.strategy().memory();
    let mut script = Script::default();
    loop {
        let slot = pick(chooser, &view, questions, &mut script)
            .ok_or("it found nobody")?
            .slot as usize;
        if script.strayed() {
            return Err("it draws without a bound, or not whole words".into());
        }
        let forgot = chooser.strategy().memory() == memory;
        let changed = (!forgot).then(|| std::mem::replace(chooser, before.clone()));
        visit(Outcome {
            slot,
            probability: script.probability(),
            changed,
        });
        if !script.advance() {
            break;
        }
    }
    if asked.times.get() {
        return Err("it looks at response times, of which there is a continuum".into());
    }
    if !chooser.strategy().same_but_for_memory(before.strategy()) {
        return Err("it remembers more than it says".into());
    }
    Ok(())
}

fn pick<S: Remembers>(
    chooser: &mut Chooser<S>,
    view: &impl View,
    questions: &Questions,
    script: &mut Script,
) -> Option<BackendId> {
    let key = questions.keys.as_ref().map_or(0, |keys| script.draw(keys));
    let mut draws = Draws {
        script,
        grid: &questions.draws,
    };
    chooser.pick(&Request { key }, view, questions.now, &mut draws)
}
