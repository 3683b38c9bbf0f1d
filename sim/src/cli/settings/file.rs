//! Scenario files: TOML whose keys are the flags without `--`, and tables `[variant.NAME]` of the same keys.

mod variation;

use std::fmt::Display;
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

use spec::{Failure, Given, Origin};
use toml::Spanned;
use toml::de::{DeArray, DeInteger, DeTable, DeValue};

use super::variants::Variants;

/// Nobody writes a scenario of more bytes.
const LARGEST: u64 = 1 << 20;

/// Settings with several values.
const LISTS: [&str; 6] = [
    "strategy", "weights", "speeds", "fault", "surge", "retry-on",
];

/// Those of which there may be none.
const OPTIONAL_LISTS: [&str; 3] = ["fault", "surge", "retry-on"];

/// Settings that are true or false.
const SWITCHES: [&str; 3] = ["replacement", "secure-rng", "strict"];

/// The text of the file at `path`.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    let refuse = |problem: &dyn Display| {
        let name = path.display();
        Failure::usage(format!("--scenario: {name} cannot be read: {problem}"))
    };
    let mut text = String::new();
    let file = File::open(path).map_err(|error| refuse(&error))?;
    file.take(LARGEST + 1)
        .read_to_string(&mut text)
        .map_err(|error| refuse(&error))?;
    if text.len() as u64 > LARGEST {
        return Err(refuse(&"it is larger than 1 MiB, which no scenario is"));
    }
    Ok(text)
}

/// The keys that are no settings.
const VARIANT: &str = "variant";
const BASE: &str = "base";

/// What a scenario file says.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) settings: Vec<(String, Given)>,
    pub(super) variants: Variants,
}

/// What stands in `text`, the content of the file called `name`. Every key must be among `known`.
pub(super) fn parse(name: &str, text: &str, known: &[String]) -> Result<Content, Failure> {
    let place = Place { name, text, known };
    let table = DeTable::parse(text).map_err(|error| {
        let span = error.span().unwrap_or_default();
        place.refuse(&span, &error.message().replace('\n', ", "))
    })?;
    let mut content = Content::default();
    let mut base = None;
    for (key, value) in table.into_inner() {
        let span = key.span();
        match key.get_ref().as_ref() {
            VARIANT => content.variants.all = place.variants(&span, &value)?,
            BASE => base = Some((place.variant_name(&value)?, span)),
            key => {
                let origin = Origin::File {
                    name: name.to_owned(),
                    line: place.line(&span),
                };
                let text = place.setting(key, &span, &value)?;
                let given = Given { text, origin };
                content.settings.push((key.to_owned(), given));
            }
        }
    }
    if let Some((base, span)) = base {
        if content.variants.all.is_empty() {
            let message = "base: it names what variants differ from, and there are none";
            return Err(place.refuse(&span, message));
        }
        if content.variants.all.iter().any(|other| other.name == base) {
            return Err(place.refuse(&span, &format!("base: a variant is called `{base}` too")));
        }
        content.variants.base = base;
    }
    Ok(content)
}

/// The text that a user would type behind the flag. `Err` is what is allowed.
fn setting(key: &str, value: &DeValue<'_>) -> Result<String, &'static str> {
    match value {
        DeValue::Boolean(on) if SWITCHES.contains(&key) => Ok(on.to_string()),
        _ if SWITCHES.contains(&key) => Err("true or false"),
        DeValue::Array(items) if items.is_empty() && OPTIONAL_LISTS.contains(&key) => {
            Ok("none".to_owned())
        }
        DeValue::Array(items) if LISTS.contains(&key) => {
            list(items).ok_or("an array of some numbers or strings")
        }
        _ if LISTS.contains(&key) => scalar(value).ok_or("a number, a string, or an array of them"),
        _ => scalar(value).ok_or("a number or a string"),
    }
}

fn list(items: &DeArray<'_>) -> Option<String> {
    let items: Option<Vec<String>> = items.iter().map(|item| scalar(item.get_ref())).collect();
    items
        .filter(|items| !items.is_empty())
        .map(|items| items.join(","))
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(integer) => whole(integer),
        DeValue::Float(float) => Some(float.as_str().to_owned()),
        DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

fn whole(integer: &DeInteger<'_>) -> Option<String> {
    match integer.radix() {
        10 => Some(integer.as_str().to_owned()),
        radix => {
            let number = u64::from_str_radix(integer.as_str(), radix).ok();
            number.map(|number| number.to_string())
        }
    }
}

/// A file, to say where in it something stands.
struct Place<'a> {
    name: &'a str,
    text: &'a str,
    known: &'a [String],
}

impl Place<'_> {
    /// The text of what stands behind `key`, which stands at `span`.
    fn setting(
        &self,
        key: &str,
        span: &Range<usize>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<String, Failure> {
        if !self.known.iter().any(|known| known == key) {
            let allowed = self.known.join(", ");
            let message = format!("`{key}` is not a setting; allowed are {allowed}");
            return Err(self.refuse(span, &message));
        }
        setting(key, value.get_ref()).map_err(|allowed| self.mistyped(key, value, allowed))
    }

    fn mistyped(&self, key: &str, value: &Spanned<DeValue<'_>>, allowed: &str) -> Failure {
        let kind = value.get_ref().type_str();
        let message = format!("{key}: this is of the TOML type {kind}, but must be {allowed}");
        self.refuse(&value.span(), &message)
    }

    fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.as_bytes().iter().take(span.start);
        1 + before.filter(|&&byte| byte == b'\n').count()
    }

    fn refuse(&self, span: &Range<usize>, message: &str) -> Failure {
        Failure::usage(format!("{}:{}: {message}", self.name, self.line(span)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<(String, String)>, String> {
        let known =
            ["backends", "weights", "load", "strict", "service", "fault"].map(str::to_owned);
        match parse("a.toml", text, &known) {
            Ok(content) => Ok(content
                .settings
                .into_iter()
                .map(|(key, given)| (key, given.text))
                .collect()),
            Err(Failure::Usage(sentence)) => Err(sentence),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn values_have_their_natural_types_or_are_strings() {
        let text = "# why?\nbackends = 1_000\nweights = [1, 2.5]\nload = 0x1\nstrict = true\n\
                    service = \"exp:1s\"\nfault = []";
        let mut settings = parsed(text).unwrap();
        settings.sort();
        let expected = [
            ("backends", "1000"),
            ("fault", "none"),
            ("load", "1"),
            ("service", "exp:1s"),
            ("strict", "true"),
            ("weights", "1,2.5"),
        ];
        let expected = expected.map(|(key, text)| (key.to_owned(), text.to_owned()));
        assert_eq!(settings, expected);
    }

    #[test]
    fn refusals_name_the_line_and_what_is_allowed() {
        for (text, sentence) in [
            (
                "\n\nlaod = 1",
                "a.toml:3: `laod` is not a setting; allowed are backends, weights",
            ),
            (
                "[load]\na = 1",
                "a.toml:1: load: this is of the TOML type table",
            ),
            ("backends = 1\nload = [1]", "a.toml:2: load: this is of"),
            ("load = true", "but must be a number or a string"),
            ("strict = 1", "but must be true or false"),
            ("weights = []", "an array of some"),
            ("weights = [[1]]", "an array of some numbers or strings"),
            ("load = 1\nload = 2", "a.toml:2: duplicate key"),
            ("load = ", "a.toml:1: "),
            ("load 1", "a.toml:1: "),
        ] {
            let found = parsed(text).unwrap_err();
            assert!(found.contains(sentence), "{text}: {found}");
            assert!(!found.contains('\n'), "{found}");
        }
    }
}
