//! A million heads: valid ones, valid ones of a shape of the table, spoiled ones, and noise.

use real::http::{Refused, RequestHead};

use crate::LIMITS;
use crate::dice::Dice;
use crate::head::{Facts, Head};
use crate::oracle;
use crate::shapes::{self, Shape, Verdict};

const HEADS: u64 = 1_000_000;

/// Bytes, and what they come to.
pub(crate) struct Case {
    pub(crate) bytes: Vec<u8>,
    pub(crate) expected: Expected,
}

pub(crate) enum Expected {
    /// A head like this.
    Valid(Facts),
    /// What the table says.
    Shaped(&'static Shape),
    /// What the oracle says: `None` for no head that ends.
    Spoiled(Option<bool>),
}

impl Case {
    /// The case of this number: the same in every run.
    pub(crate) fn new(seed: u64) -> Case {
        let mut dice = Dice::new(seed);
        match seed % 4 {
            0 => Case::valid(&mut dice),
            1 | 2 => Case::shaped(&mut dice),
            _ => Case::spoiled(&mut dice),
        }
    }

    fn valid(dice: &mut Dice) -> Case {
        let head = Head::any(dice);
        Case {
            bytes: head.bytes(),
            expected: Expected::Valid(head.facts),
        }
    }

    fn shaped(dice: &mut Dice) -> Case {
        let mut head = Head::any(dice);
        let shapes = shapes::all();
        let at = dice.below(shapes.clone().count());
        let shape = shapes.clone().nth(at).expect("one of them");
        (shape.apply)(&mut head, dice);
        Case {
            bytes: head.bytes(),
            expected: Expected::Shaped(shape),
        }
    }

    fn spoiled(dice: &mut Dice) -> Case {
        let mut bytes = match dice.one_in(20) {
            true => (0..dice.below(200)).map(|_| dice.byte()).collect(),
            false => Head::any(dice).bytes(),
        };
        for _ in 0..dice.between(1, 3) {
            spoil(&mut bytes, dice);
        }
        let expected = Expected::Spoiled(oracle::accepts(&bytes));
        Case { bytes, expected }
    }

    /// Why `found`, and what `head` says then, isn't what was expected.
    fn complaint(&self, found: Result<bool, Refused>, head: &RequestHead) -> Option<String> {
        match &self.expected {
            Expected::Valid(facts) => {
                let right = found == Ok(true) && head.len() == self.bytes.len();
                let facts_found = right.then(|| facts_of(head, &self.bytes));
                (facts_found.as_ref() != Some(facts))
                    .then(|| format!("{found:?} with {facts_found:?}; by construction {facts:?}"))
            }
            Expected::Shaped(shape) => {
                let expected = match shape.verdict {
                    Verdict::Accept => Ok(true),
                    Verdict::Refuse(why) => Err(why),
                };
                let differs = found != expected;
                differs.then(|| {
                    format!(
                        "{found:?}; {} ({}): {expected:?}",
                        shape.name, shape.section
                    )
                })
            }
            Expected::Spoiled(expected) => {
                let agrees = match expected {
                    Some(accepted) => found == Ok(true) && *accepted || found.is_err() && !accepted,
                    None => found != Ok(true),
                };
                (!agrees).then(|| format!("{found:?}; the oracle says {expected:?}"))
            }
        }
    }
}

/// One byte other, more or less; those that mean something are likelier.
fn spoil(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let byte = match dice.one_in(2) {
        true => dice.one_of(b"\r\n \t:,;/\0 0HTP1.x"),
        false => dice.byte(),
    };
    let at = dice.below(bytes.len() + 1);
    match dice.below(3) {
        0 => bytes.insert(at, byte),
        _ if at == bytes.len() => {}
        1 => bytes[at] = byte,
        _ => drop(bytes.remove(at)),
    }
}

fn facts_of(head: &RequestHead, bytes: &[u8]) -> Facts {
    Facts {
        framing: head.framing(),
        persistent: head.persistent(),
        expects_continue: head.expects_continue(),
        upgrade: head.upgrade(),
        authority: head.authority(bytes).map(<[u8]>::to_vec),
    }
}

#[test]
fn a_million_heads_come_to_what_is_written_down() {
    let mut head = RequestHead::default();
    for seed in 0..HEADS {
        let case = Case::new(seed);
        head.clear();
        let found = head.parse(&case.bytes, &LIMITS);
        if let Some(complaint) = case.complaint(found, &head) {
            panic!("seed {seed}: {complaint}\n{}", case.bytes.escape_ascii());
        }
    }
}

/// The generator isn't one-sided: spoiled heads are accepted, refused and unfinished, each often.
#[test]
fn spoiled_heads_come_to_everything() {
    let mut counts = [0; 3];
    for seed in (3..40_000).step_by(4) {
        if let Expected::Spoiled(expected) = Case::new(seed).expected {
            counts[expected.map_or(2, usize::from)] += 1;
        }
    }
    assert!(counts.iter().all(|&count| count > 500), "{counts:?}");
}
