//! The variants of a scenario: what each says instead of what the rest of the file says.

use spec::Given;
use spec::value::Parsed;

/// What the rest of the file is called where it does not say.
pub(super) const AS_GIVEN: &str = "as given";

/// All variants of a scenario file; none if it has none.
#[derive(Debug)]
pub(crate) struct Variants {
    /// What the settings without any variant's are called.
    pub(crate) base: String,
    /// In the order of the file.
    pub(crate) all: Vec<Variant>,
}

/// One variant.
#[derive(Debug)]
pub(crate) struct Variant {
    /// How it is called.
    pub(crate) name: String,
    /// What it says, by key.
    pub(crate) settings: Vec<(String, Given)>,
}

impl Default for Variants {
    fn default() -> Variants {
        Variants {
            base: AS_GIVEN.to_owned(),
            all: Vec::new(),
        }
    }
}

impl Variants {
    /// The base's name and those of all variants.
    fn names(&self) -> Vec<&str> {
        let all = self.all.iter().map(|variant| variant.name.as_str());
        std::iter::once(self.base.as_str()).chain(all).collect()
    }

    /// Those named in `text`, between commas: 0 is the base, 1 the first variant.
    pub(crate) fn select(&self, text: &str) -> Parsed<Vec<usize>> {
        if self.all.is_empty() {
            return Err("there are no variants; a scenario file may have some".to_owned());
        }
        let names = self.names();
        let mut selected = Vec::new();
        for name in text.split(',').map(str::trim) {
            let Some(at) = names.iter().position(|known| *known == name) else {
                let known = names.join(", ");
                return Err(format!("there is no variant `{name}`; there are {known}"));
            };
            if selected.contains(&at) {
                return Err(format!("`{name}` is named twice"));
            }
            selected.push(at);
        }
        Ok(selected)
    }

    /// What any of them gives for `key`.
    pub(crate) fn texts<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        let settings = self.all.iter().flat_map(|variant| &variant.settings);
        settings
            .filter(move |(of, _)| of == key)
            .map(|(_, given)| given.text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variants() -> Variants {
        let variant = |name: &str| Variant {
            name: name.to_owned(),
            settings: Vec::new(),
        };
        Variants {
            all: vec![variant("a"), variant("b c")],
            ..Variants::default()
        }
    }

    #[test]
    fn the_base_is_selected_like_any_other() {
        let select = |text| variants().select(text);
        assert_eq!(select("b c, as given"), Ok(vec![2, 0]));
        assert_eq!(select("a"), Ok(vec![1]));
        for text in ["a,a", "", "A", "a,"] {
            assert!(select(text).is_err(), "{text}");
        }
        let unknown = select("x").unwrap_err();
        assert!(unknown.ends_with("there are as given, a, b c"), "{unknown}");
        assert!(Variants::default().select("as given").is_err());
    }
}
