//! The part of a scenario file that says what varies: `base` and the tables `[variant.NAME]`.

use std::ops::Range;

use spec::{Failure, Given, Origin};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{BASE, Place, VARIANT};
use crate::cli::settings::variants::{AS_GIVEN, Variant};

/// Settings that all variants share: with others they would not face the same requests.
const SHARED: [&str; 5] = ["seed", "requests", "warmup", "replications", "precision"];

impl Place<'_> {
    /// The variants in the table behind `variant`, in the order in which they stand there.
    pub(super) fn variants(
        &self,
        span: &Range<usize>,
        tables: &Spanned<DeValue<'_>>,
    ) -> Result<Vec<Variant>, Failure> {
        let table = "a table for each variant, as in [variant.\"without a budget\"]";
        let Some(tables) = tables.get_ref().as_table().filter(|all| !all.is_empty()) else {
            return Err(self.refuse(span, &format!("{VARIANT}: it must hold {table}")));
        };
        let mut variants = Vec::new();
        for (name, settings) in tables {
            let (span, name) = (name.span(), name.get_ref().as_ref());
            let checked = check_name(name);
            checked.map_err(|message| self.refuse(&span, &message))?;
            let Some(settings) = settings.get_ref().as_table() else {
                return Err(self.refuse(&span, &format!("{VARIANT}: `{name}` must be {table}")));
            };
            if name == AS_GIVEN {
                let message = format!("{VARIANT}: `{name}` is what the rest of the file is called");
                return Err(self.refuse(&span, &message));
            }
            let settings = self.variant(name, &span, settings)?;
            let variant = Variant {
                name: name.to_owned(),
                settings,
            };
            variants.push((span.start, variant));
        }
        variants.sort_by_key(|(start, _)| *start);
        Ok(variants.into_iter().map(|(_, variant)| variant).collect())
    }

    /// The settings of the variant called `name`, which stands at `span`.
    fn variant(
        &self,
        name: &str,
        span: &Range<usize>,
        table: &DeTable<'_>,
    ) -> Result<Vec<(String, Given)>, Failure> {
        if table.is_empty() {
            let message = format!("{VARIANT}: `{name}` differs in nothing from the others");
            return Err(self.refuse(span, &message));
        }
        let mut settings = Vec::new();
        for (key, value) in table {
            let (span, key) = (key.span(), key.get_ref().as_ref());
            let text = self.setting(key, &span, value)?;
            if SHARED.contains(&key) {
                let message = format!(
                    "{key}: variants face the same requests, so it stands above them and not in one"
                );
                return Err(self.refuse(&span, &message));
            }
            let origin = Origin::Variant {
                name: self.name.to_owned(),
                line: self.line(&span),
            };
            settings.push((key.to_owned(), Given { text, origin }));
        }
        Ok(settings)
    }

    /// What the base is called.
    pub(super) fn variant_name(&self, value: &Spanned<DeValue<'_>>) -> Result<String, Failure> {
        let name = match value.get_ref() {
            DeValue::String(name) => name.as_ref(),
            _ => return Err(self.mistyped(BASE, value, "a string")),
        };
        let checked = check_name(name);
        checked.map_err(|message| self.refuse(&value.span(), &message))?;
        Ok(name.to_owned())
    }
}

/// Names stand between commas, in tables and in sentences.
fn check_name(name: &str) -> Result<(), String> {
    const LONGEST: usize = 60;
    let fits = (1..=LONGEST).contains(&name.chars().count());
    if fits && name.trim() == name && !name.contains(|c: char| c == ',' || c.is_control()) {
        return Ok(());
    }
    Err(format!(
        "{VARIANT}: `{}` is no name; one has 1 to {LONGEST} characters, no comma, and no blank at its ends",
        name.escape_debug()
    ))
}

#[cfg(test)]
mod tests {
    use crate::cli::settings::Variants;
    use crate::cli::settings::file::parse;
    use spec::Failure;

    fn variants(text: &str) -> Result<Variants, String> {
        let known = ["backends", "load", "seed"].map(str::to_owned);
        match parse("a.toml", text, &known) {
            Ok(content) => Ok(content.variants),
            Err(Failure::Usage(sentence)) => Err(sentence),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn variants_stand_in_the_order_of_the_file() {
        let text =
            "base = \"plain\"\nload = 1\n[variant.z]\nload = 2\n[variant.\"a b\"]\nbackends = 3";
        let variants = variants(text).unwrap();
        assert_eq!(variants.base, "plain");
        let [z, a_b] = &variants.all[..] else {
            panic!("{variants:?}")
        };
        assert_eq!((&*z.name, &*a_b.name), ("z", "a b"));
        let (key, given) = &a_b.settings[0];
        assert_eq!((&**key, &*given.text), ("backends", "3"));
        assert_eq!(given.origin.called(key), "a.toml:6: backends");
    }

    #[test]
    fn variants_are_refused_by_line() {
        for (text, sentence) in [
            (
                "\n[variant.a]\nlaod = 1",
                "a.toml:3: `laod` is not a setting",
            ),
            ("[variant.a]\n\nload = true", "a.toml:3: load: this is of"),
            ("[variant.a]\nseed = 2", "a.toml:2: seed: variants face"),
            ("load = 1\n[variant.a]", "a.toml:2: variant: `a` differs in"),
            ("[variant.\"as given\"]\nload = 1", "a.toml:1: variant: `as"),
            ("[variant.\"a,b\"]\nload = 1", "a.toml:1: variant: `a,b`"),
            ("[variant.\"\"]\nload = 1", "a.toml:1: variant: `` is no"),
            ("load = 1\nvariant = 1", "a.toml:2: variant: it must hold"),
            ("load = 1\n[variant]", "a.toml:2: variant: it must hold"),
            ("\nvariant.a = 1", "a.toml:2: variant: `a` must be a table"),
            ("\nbase = \"a\"", "a.toml:2: base: it names what variants"),
            ("base = 1\n[variant.a]\nload = 1", "a.toml:1: base: this is"),
            (
                "base = \"a\"\n[variant.a]\nload = 1",
                "a.toml:1: base: a variant",
            ),
            ("[variant.a]\nload = 1\n[variant.a]\nload = 2", "a.toml:3: "),
        ] {
            let found = variants(text).unwrap_err();
            assert!(found.contains(sentence), "{text}: {found}");
            assert!(!found.contains('\n'), "{found}");
        }
    }
}
