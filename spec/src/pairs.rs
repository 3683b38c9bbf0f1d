//! Specifications such as `failures=5,open=30s`: read key by key, and written down with every default filled in.

use std::fmt::Display;

use policy::growth::Jitter;
use serde_json::Value;
use workload::Arguments;

use crate::shown::Shown;
use crate::value::{Parsed, Share, share};

/// What was made of a specification, and its text in full.
#[derive(Clone, Debug)]
pub struct Written<T> {
    /// What was made of it.
    pub value: T,
    /// What is read back as the same.
    pub text: String,
}

impl<T> Written<T> {
    /// The same, of a kind that has a `name`, which stands before it.
    pub fn named(self, name: &str) -> Written<T> {
        Written {
            text: format!("{name}:{}", self.text),
            ..self
        }
    }

    /// The same, made into something else.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Written<U> {
        Written {
            value: make(self.value),
            text: self.text,
        }
    }
}

impl<T> Shown for Written<T> {
    fn shown(&self) -> Value {
        self.text.clone().into()
    }
}

/// The keys of a specification, taken one by one.
pub struct Pairs<'a> {
    arguments: Arguments<'a>,
    written: Vec<String>,
}

impl<'a> Pairs<'a> {
    /// Of `spec`, which should look like `form`. `default` alone leaves everything at its default.
    pub fn new(spec: &'a str, form: &'static str) -> Parsed<Pairs<'a>> {
        match spec.trim() {
            "default" => Ok(Pairs::behind(spec, "", form)),
            "" => Err(Arguments::new(spec, "", form)
                .refuse("there is nothing")
                .to_string()),
            text => Ok(Pairs::behind(spec, text, form)),
        }
    }

    /// Of `text`, which is a part of `spec`.
    pub fn behind(spec: &'a str, text: &'a str, form: &'static str) -> Pairs<'a> {
        Pairs {
            arguments: Arguments::new(spec, text, form),
            written: Vec::new(),
        }
    }

    /// The value of `key`, read by `read`, or `default`.
    pub fn or<T: Shown>(
        &mut self,
        key: &str,
        default: T,
        read: impl FnOnce(&str) -> Parsed<T>,
    ) -> Parsed<T> {
        let value = match self.arguments.optional(key) {
            Some(text) => read(text).map_err(|reason| self.refuse(format!("{key}: {reason}")))?,
            None => default,
        };
        self.write(key, &value);
        Ok(value)
    }

    /// As [`Pairs::or`]; where `on` is false the key is refused, because it means nothing without `master`.
    pub fn detail<T: Shown>(
        &mut self,
        on: bool,
        master: &str,
        key: &str,
        default: T,
        read: impl FnOnce(&str) -> Parsed<T>,
    ) -> Parsed<T> {
        if on {
            return self.or(key, default, read);
        }
        match self.arguments.optional(key) {
            Some(_) => Err(self.refuse(format!("`{key}=` means nothing without `{master}=`"))),
            None => Ok(default),
        }
    }

    /// What has no key, read by `read`; `what` is what to call it.
    pub fn first<T: Shown>(
        &mut self,
        what: &str,
        read: impl FnOnce(&str) -> Parsed<T>,
    ) -> Parsed<T> {
        let text = self.arguments.positional(what);
        let text = text.map_err(|error| error.to_string())?;
        let value = read(text).map_err(|reason| self.refuse(reason))?;
        self.written.push(text_of(&value));
        Ok(value)
    }

    /// Whether it says `word`.
    pub fn flag(&mut self, word: &str) -> bool {
        let is_there = self.arguments.flag(word);
        if is_there {
            self.written.push(word.to_owned());
        }
        is_there
    }

    /// The sentence that says `problem`.
    pub fn refuse(&self, problem: impl Display) -> String {
        self.arguments.refuse(problem).to_string()
    }

    /// What was `made`, unless something was left over or what was read does not go together.
    pub fn finish<T, E: Display>(self, made: Result<T, E>) -> Parsed<Written<T>> {
        self.arguments.finish().map_err(|error| error.to_string())?;
        match made {
            Ok(value) => Ok(Written {
                value,
                text: self.written.join(","),
            }),
            Err(error) => Err(self.refuse(error)),
        }
    }

    fn write(&mut self, key: &str, value: &impl Shown) {
        self.written.push(format!("{key}={}", text_of(value)));
    }
}

/// The value of `jitter=`.
pub fn jitter(pairs: &mut Pairs<'_>, default: Jitter) -> Parsed<Jitter> {
    let default = Share(u32::from(default.0));
    let Share(thousandths) = pairs.or("jitter", default, |text| share(text, 0..=1000))?;
    Ok(Jitter(thousandths as u16))
}

/// As it stands in a specification.
fn text_of(value: &impl Shown) -> String {
    match value.shown() {
        Value::String(text) => text,
        // Whole numbers without a fraction.
        Value::Number(number) if number.is_f64() => number.as_f64().unwrap_or_default().to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{duration, or_none, small_count};
    use policy::time::Duration;

    const FORM: &str = "n=N,d=D";

    fn read(text: &str) -> Parsed<Written<(Option<u32>, Duration)>> {
        let mut pairs = Pairs::new(text, FORM)?;
        let count = |text: &str| small_count(text, 1..=9);
        let n = pairs.or("n", Some(5), |text| or_none(text, count))?;
        let d = pairs.detail(n.is_some(), "n", "d", Duration(1_000), duration)?;
        let made = if n == Some(9) {
            Err("too many")
        } else {
            Ok(())
        };
        pairs.finish(made).map(|written| written.map(|()| (n, d)))
    }

    #[test]
    fn what_is_left_out_is_filled_in_and_written_down() {
        for (text, full) in [
            ("default", "n=5,d=1us"),
            ("d=2us", "n=5,d=2us"),
            ("d = 2us, n = 7", "n=7,d=2us"),
            ("n=none", "n=none"),
        ] {
            let written = read(text).unwrap();
            assert_eq!(written.text, full);
            assert_eq!(read(full).unwrap().value, written.value);
        }
    }

    #[test]
    fn refusals_say_what_where_and_what_is_allowed() {
        for (text, why) in [
            ("", "``: there is nothing; write n=N,d=D"),
            (
                "n=0",
                "`n=0`: n: `0` is out of range; allowed are 1 to 9; or none; write n=N,d=D",
            ),
            ("m=1", "`m=1` is not expected"),
            ("n=1,n=2", "`n=2` is not expected"),
            ("n=none,d=1s", "`d=` means nothing without `n=`"),
            ("n=9", "`n=9`: too many; write"),
        ] {
            let sentence = read(text).unwrap_err();
            assert!(sentence.contains(why), "{text}: {sentence}");
        }
    }
}
