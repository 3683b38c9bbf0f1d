//! From one table: the modules, the names, the settings, and a sizer chosen at run time.

/// Static dispatch inside, one predictable branch outside. A line `module: Type` in the table is all that a new sizer
/// adds.
macro_rules! sizers {
    ($($module:ident: $Type:ident),* $(,)?) => {
        $(
            pub mod $module;
            pub use $module::$Type;
        )*

        /// Which sizer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "each is documented at its type")]
        pub enum SizerName {
            $($Type),*
        }

        impl SizerName {
            /// Every sizer there is, in the order of the table.
            pub const ALL: &[SizerName] = &[$(SizerName::$Type),*];

            /// What a user reads about it.
            pub fn about(self) -> &'static About {
                match self {
                    $(SizerName::$Type => const { &<$Type as Sizer>::ABOUT }),*
                }
            }
        }

        /// The settings of all sizers.
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        #[expect(missing_docs, reason = "each is documented at its type")]
        pub struct Options {
            $(pub $module: $module::Options),*
        }

        /// [`Options`] that were checked.
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        pub struct Config {
            $($module: $module::Config),*
        }

        impl Config {
            /// Refuses, with a sentence, what one of the sizers could not keep.
            pub fn new(options: Options) -> Result<Config, Invalid> {
                Ok(Config { $($module: $module::Config::new(options.$module)?),* })
            }
        }

        /// Any of the sizers.
        #[derive(Clone, Debug)]
        #[expect(missing_docs, reason = "each is documented at its type")]
        pub enum AnySizer {
            $($Type($Type)),*
        }

        impl AnySizer {
            /// By `name`, with what `config` says of that one.
            pub fn new(name: SizerName, config: &Config) -> Self {
                match name {
                    $(SizerName::$Type => AnySizer::$Type(<$Type as Sizer>::new(config.$module))),*
                }
            }

            /// Which one it is.
            pub fn name(&self) -> SizerName {
                match self {
                    $(AnySizer::$Type(_) => SizerName::$Type),*
                }
            }

            /// See [`Sizer::want`].
            pub fn want(&mut self, seen: &Observation, bounds: Bounds) -> u32 {
                match self {
                    $(AnySizer::$Type(sizer) => sizer.want(seen, bounds)),*
                }
            }
        }
    };
}
