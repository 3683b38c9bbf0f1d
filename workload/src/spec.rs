//! What specifications such as `lognormal:10ms,cv=2` have in common: their arguments and their errors.

use std::fmt;

/// Why a specification was refused: one sentence that names the text, what is wrong and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecError(String);

impl SpecError {
    /// An error that reads as `sentence`.
    pub fn new(sentence: impl Into<String>) -> SpecError {
        SpecError(sentence.into())
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SpecError {}

/// The comma-separated arguments behind the colon of a specification, taken one by one.
pub struct Arguments<'a> {
    spec: &'a str,
    form: &'static str,
    parts: Vec<&'a str>,
}

impl<'a> Arguments<'a> {
    /// The arguments `text` of `spec`, which should look like `form`.
    pub fn new(spec: &'a str, text: &'a str, form: &'static str) -> Arguments<'a> {
        let parts = match text.trim() {
            "" => Vec::new(),
            text => text.split(',').map(str::trim).collect(),
        };
        Arguments { spec, form, parts }
    }

    /// Takes the first argument that has no name; `what` is what to call it where it is missing.
    pub fn positional(&mut self, what: &str) -> Result<&'a str, SpecError> {
        match self.parts.iter().position(|part| !part.contains('=')) {
            Some(index) => Ok(self.parts.remove(index)),
            None => Err(self.refuse(format!("the {what} is missing"))),
        }
    }

    /// Takes the value of the argument `name=value`.
    pub fn named(&mut self, name: &str) -> Result<&'a str, SpecError> {
        let missing = || format!("`{name}=` is missing");
        self.optional(name).ok_or_else(|| self.refuse(missing()))
    }

    /// Takes the finite number of the argument `name=number`.
    pub fn number(&mut self, name: &str) -> Result<f64, SpecError> {
        let text = self.named(name)?;
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => Err(self.refuse(format!("`{name}={text}` is not a number"))),
        }
    }

    /// Takes the value of the argument `name=value`, if there is one.
    pub fn optional(&mut self, name: &str) -> Option<&'a str> {
        let value = |part: &&'a str| part.strip_prefix(name)?.trim_start().strip_prefix('=');
        let index = self.parts.iter().position(|part| value(part).is_some())?;
        Some(value(&self.parts.remove(index)).unwrap_or_default().trim())
    }

    /// Takes the argument that is `word` alone, if it is there.
    pub fn flag(&mut self, word: &str) -> bool {
        let index = self.parts.iter().position(|&part| part == word);
        index.map(|index| self.parts.remove(index)).is_some()
    }

    /// Refuses what nobody took.
    pub fn finish(&self) -> Result<(), SpecError> {
        match self.parts.first() {
            None => Ok(()),
            Some(part) => Err(self.refuse(format!("`{part}` is not expected"))),
        }
    }

    /// Refuses with `problem` unless `holds`.
    pub fn require(&self, holds: bool, problem: &str) -> Result<(), SpecError> {
        if holds {
            Ok(())
        } else {
            Err(self.refuse(problem))
        }
    }

    /// The sentence that says `problem`, where, and what to write instead.
    pub fn refuse(&self, problem: impl fmt::Display) -> SpecError {
        SpecError(format!("`{}`: {problem}; write {}", self.spec, self.form))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_taken_by_position_and_by_name() {
        let mut arguments = Arguments::new("x:10ms,cv = 2", "10ms,cv = 2", "x:MEAN,cv=CV");
        assert_eq!(arguments.number("cv"), Ok(2.0));
        assert_eq!(arguments.positional("mean"), Ok("10ms"));
        assert_eq!(arguments.finish(), Ok(()));
    }

    #[test]
    fn what_may_be_left_out_is_found_where_it_stands() {
        let mut arguments = Arguments::new("x:a,p=1,b", "a,p=1,b", "x:...");
        assert_eq!(arguments.optional("q"), None);
        assert_eq!(arguments.optional("p"), Some("1"));
        assert!(arguments.flag("b") && !arguments.flag("b"));
        assert!(arguments.finish().is_err());
    }

    #[test]
    fn an_error_is_a_sentence() {
        let mut arguments = Arguments::new("x:10ms,dv=2", "10ms,dv=2", "x:MEAN,cv=CV");
        let missing = arguments.number("cv").unwrap_err();
        assert_eq!(
            missing.to_string(),
            "`x:10ms,dv=2`: `cv=` is missing; write x:MEAN,cv=CV"
        );
        arguments.positional("mean").unwrap();
        let left = arguments.finish().unwrap_err();
        assert!(left.to_string().contains("`dv=2` is not expected"));
    }
}
