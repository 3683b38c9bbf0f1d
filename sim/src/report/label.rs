//! What a result is called: by its strategy, by its variant, or by both where both differ.

use crate::outcome::{Outcome, StrategyResult};

/// Which names an outcome's results need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Labels {
    variants: bool,
    strategies: bool,
}

impl Labels {
    /// Those of `outcome`: without variants the strategy, with them the variant, and both where there are several
    /// strategies.
    pub(super) fn of(outcome: &Outcome) -> Labels {
        let results = &outcome.results;
        let variants = results.iter().any(|result| result.variant.is_some());
        // Where each variant has one strategy of its own, its name says enough.
        let several = results
            .windows(2)
            .any(|pair| pair[0].strategy != pair[1].strategy && pair[0].variant == pair[1].variant);
        Labels {
            variants,
            strategies: several || !variants,
        }
    }

    /// Whether there are variants.
    pub(super) fn has_variants(self) -> bool {
        self.variants
    }

    /// The headings of [`Labels::cells`].
    pub(super) fn heads(self) -> Vec<&'static str> {
        self.both("variant", "strategy")
    }

    /// The names one by one, the variant's first.
    pub(super) fn cells(self, result: &StrategyResult) -> Vec<&str> {
        self.both(
            result.variant.as_deref().unwrap_or_default(),
            &result.strategy,
        )
    }

    fn both<'a>(self, variant: &'a str, strategy: &'a str) -> Vec<&'a str> {
        let variant = self.variants.then_some(variant);
        let strategy = self.strategies.then_some(strategy);
        variant.into_iter().chain(strategy).collect()
    }

    /// The names in one text.
    pub(super) fn text(self, result: &StrategyResult) -> String {
        self.cells(result).join(", ")
    }

    /// The same of what is compared.
    pub(super) fn compared(self, variant: Option<&str>, strategy: &str) -> String {
        self.both(variant.unwrap_or_default(), strategy).join(", ")
    }

    /// The names within a sentence: a variant's may be any words.
    pub(super) fn quoted(self, result: &StrategyResult) -> String {
        let strategy = &result.strategy;
        match &result.variant {
            Some(variant) if self.strategies => format!("“{variant}” under {strategy}"),
            Some(variant) => format!("“{variant}”"),
            None => strategy.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{outcome, varied};

    #[test]
    fn only_what_differs_is_named() {
        let plain = outcome();
        let labels = Labels::of(&plain);
        assert_eq!(labels.heads(), ["strategy"]);
        assert_eq!(labels.quoted(&plain.results[0]), "random");
        let mut varied = varied();
        let labels = Labels::of(&varied);
        assert_eq!(labels.heads(), ["variant"]);
        assert_eq!(labels.text(&varied.results[0]), "without a budget");
        varied.results[0].strategy = "random".to_string();
        assert_eq!(Labels::of(&varied).heads(), ["variant"]);
        let mut another = varied.results[0].clone();
        another.strategy = "round-robin".to_string();
        varied.results.insert(1, another);
        let labels = Labels::of(&varied);
        assert_eq!(labels.heads(), ["variant", "strategy"]);
        assert_eq!(labels.text(&varied.results[0]), "without a budget, random");
        let quoted = labels.quoted(&varied.results[0]);
        assert_eq!(quoted, "“without a budget” under random");
    }
}
