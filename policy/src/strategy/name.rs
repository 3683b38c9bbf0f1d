//! From what a user types to a strategy and back.

use std::fmt;
use std::str::FromStr;

use super::StrategyName;

/// A name that no strategy has. Its message lists those that exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownStrategy(String);

impl fmt::Display for UnknownStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no strategy `{}`; there are ", self.0)?;
        let names: Vec<&str> = StrategyName::ALL
            .iter()
            .map(|name| name.about().name)
            .collect();
        f.write_str(&names.join(", "))
    }
}

impl std::error::Error for UnknownStrategy {}

impl FromStr for StrategyName {
    type Err = UnknownStrategy;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = StrategyName::ALL
            .iter()
            .copied()
            .find(|name| name.about().name == text);
        named.ok_or_else(|| UnknownStrategy(text.to_owned()))
    }
}

impl fmt::Display for StrategyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.about().name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_parses_to_itself_and_is_unique() {
        for &name in StrategyName::ALL {
            assert_eq!(name.to_string().parse(), Ok(name));
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let message = "least-conections"
            .parse::<StrategyName>()
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("`least-conections`") && message.contains("least-connections"),
            "{message}"
        );
    }
}
