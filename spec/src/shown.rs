//! How values look in a scenario file and in JSON: as what is read back.

use std::fmt::Display;

use policy::strategy::StrategyName;
use policy::time::Duration;
use serde_json::Value;
use workload::quantity::Human;

use crate::value::{Parsed, Share, Thousandths, word};

/// What can be put on record.
pub trait Shown {
    /// As a value of JSON, and of TOML.
    fn shown(&self) -> Value;
}

macro_rules! as_it_is {
    ($($Type:ty),*) => {
        $(impl Shown for $Type {
            fn shown(&self) -> Value {
                self.clone().into()
            }
        })*
    };
}

as_it_is!(u64, u32, f64, bool, String);

/// Whole numbers without a fraction, as people write weights.
impl Shown for Vec<f64> {
    fn shown(&self) -> Value {
        self.iter().map(|&number| whole(number)).collect()
    }
}

fn whole(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        (number as i64).into()
    } else {
        number.into()
    }
}

impl Shown for Duration {
    fn shown(&self) -> Value {
        Human(*self).to_string().into()
    }
}

impl Shown for Vec<StrategyName> {
    fn shown(&self) -> Value {
        self.iter().map(ToString::to_string).collect()
    }
}

/// What is off is `none`.
impl<T: Shown> Shown for Option<T> {
    fn shown(&self) -> Value {
        self.as_ref().map_or_else(|| "none".into(), Shown::shown)
    }
}

macro_rules! as_its_text {
    ($($Type:ty),*) => {
        $(impl Shown for $Type {
            fn shown(&self) -> Value {
                self.to_string().into()
            }
        })*
    };
}

as_its_text!(Share, Thousandths, StrategyName);

/// One of some words, shown as that.
#[derive(Clone, Copy, Debug)]
pub struct Word<T: 'static> {
    /// What it stands for.
    pub value: T,
    words: &'static [(&'static str, T)],
}

impl<T: Copy + PartialEq> Word<T> {
    /// The one of `words` that stands for `value`.
    pub fn of(value: T, words: &'static [(&'static str, T)]) -> Word<T> {
        Word { value, words }
    }

    /// The one that `text` is; `what` is what they are.
    pub fn read(text: &str, what: &str, words: &'static [(&'static str, T)]) -> Parsed<Word<T>> {
        word(text, what, words).map(|value| Word { value, words })
    }
}

impl<T: Copy + PartialEq> Shown for Word<T> {
    fn shown(&self) -> Value {
        let named = self.words.iter().find(|(_, value)| *value == self.value);
        named.map(|(word, _)| *word).into()
    }
}

/// Specifications, each shown as its text; without any it is `none`.
#[derive(Clone, Debug)]
pub struct Specs<T>(pub Vec<T>);

impl<T: Display> Shown for Specs<T> {
    fn shown(&self) -> Value {
        match &self.0[..] {
            [] => "none".into(),
            specs => specs.iter().map(ToString::to_string).collect(),
        }
    }
}

/// A specification, shown as its text.
#[derive(Clone, Debug)]
pub struct Spec<T>(pub T);

impl<T: Display> Shown for Spec<T> {
    fn shown(&self) -> Value {
        self.0.to_string().into()
    }
}
