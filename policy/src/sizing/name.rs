//! From what a user types to a sizer and back.

use super::SizerName;

named! {
    SizerName,
    /// A name that no sizer has. Its message lists those that exist.
    UnknownSizer,
    "sizer"
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
