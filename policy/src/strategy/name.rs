//! From what a user types to a strategy and back.

use super::StrategyName;

named! {
    StrategyName,
    /// A name that no strategy has. Its message lists those that exist.
    UnknownStrategy,
    "strategy"
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
