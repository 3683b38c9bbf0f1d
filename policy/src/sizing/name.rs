//! From what a user types to a sizer and back.

use std::fmt;
use std::str::FromStr;

use super::SizerName;

/// A name that no sizer has. Its message lists those that exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownSizer(String);

impl fmt::Display for UnknownSizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no sizer `{}`; there are ", self.0)?;
        let names: Vec<&str> = SizerName::ALL
            .iter()
            .map(|name| name.about().name)
            .collect();
        f.write_str(&names.join(", "))
    }
}

impl std::error::Error for UnknownSizer {}

impl FromStr for SizerName {
    type Err = UnknownSizer;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = SizerName::ALL
            .iter()
            .copied()
            .find(|name| name.about().name == text);
        named.ok_or_else(|| UnknownSizer(text.to_owned()))
    }
}

impl fmt::Display for SizerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.about().name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_parses_to_itself_and_is_unique() {
        for &name in SizerName::ALL {
            assert_eq!(name.to_string().parse(), Ok(name));
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let message = "utilisation".parse::<SizerName>().unwrap_err().to_string();
        assert!(
            message.contains("`utilisation`") && message.contains("utilization"),
            "{message}"
        );
    }
}
