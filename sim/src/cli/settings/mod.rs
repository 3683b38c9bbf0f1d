//! What scenario files add to the settings that were typed.

mod file;
mod variants;

use std::path::Path;

use spec::{Failure, Table};

pub(crate) use variants::{Variant, Variants};

/// Takes everything from the scenario file at `path`, whose keys must be among `known`, but for its variants.
pub(crate) fn offer_file(
    settings: &mut Table,
    path: &Path,
    known: &[String],
) -> Result<Variants, Failure> {
    let text = file::read(path)?;
    offer_text(settings, &path.display().to_string(), &text, known)
}

/// Takes everything from a scenario file's `text`, which errors call `name`, but for its variants.
pub(crate) fn offer_text(
    settings: &mut Table,
    name: &str,
    text: &str,
    known: &[String],
) -> Result<Variants, Failure> {
    let content = file::parse(name, text, known)?;
    for (key, given) in content.settings {
        settings.offer(&key, given);
    }
    Ok(content.variants)
}

/// The same as `settings`, and what `variant` says instead.
pub(crate) fn varied(settings: &Table, variant: &Variant) -> Table {
    let mut varied = settings.clone();
    for (key, given) in &variant.settings {
        varied.offer(key, given.clone());
    }
    varied
}

#[cfg(test)]
mod tests {
    use super::*;
    use spec::{Given, Origin};

    #[test]
    fn a_variant_stands_against_what_is_typed() {
        let given = |text: &str, origin| Given {
            text: text.to_owned(),
            origin,
        };
        let mut typed = Table::default();
        typed.offer("load", given("0.3", Origin::Flag));
        typed.offer("backends", given("8", Origin::Flag));
        let origin = Origin::Variant {
            name: "a.toml".to_owned(),
            line: 5,
        };
        let variant = Variant {
            name: "a".to_owned(),
            settings: vec![("rate".to_owned(), given("100", origin))],
        };
        let mut varied = varied(&typed, &variant);
        varied.exclusive("load", "rate", "one is enough").unwrap();
        assert_eq!(
            (
                varied.text("rate"),
                varied.text("load"),
                varied.text("backends")
            ),
            (Some("100"), None, Some("8"))
        );
        assert_eq!(typed.text("load"), Some("0.3"));
    }
}
