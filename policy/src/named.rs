//! From what a user types to a name in a table and back: the same for strategies and for sizers.

/// Parsing and printing of `$Name`, by the names in its table. What is in no table is `$Unknown`, whose message calls it
/// `$what` and lists those that exist.
macro_rules! named {
    ($Name:ident, $(#[$doc:meta])* $Unknown:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $Unknown(String);

        impl std::fmt::Display for $Unknown {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!("there is no ", $what, " `{}`; there are "), self.0)?;
                let names: Vec<&str> = $Name::ALL.iter().map(|name| name.about().name).collect();
                f.write_str(&names.join(", "))
            }
        }

        impl std::error::Error for $Unknown {}

        impl std::str::FromStr for $Name {
            type Err = $Unknown;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let mut names = $Name::ALL.iter().copied();
                let named = names.find(|name| name.about().name == text);
                named.ok_or_else(|| $Unknown(text.to_owned()))
            }
        }

        impl std::fmt::Display for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.about().name)
            }
        }
    };
}
