//! From one table: the modules, the names, and a balancer whose strategy is chosen at run time.

/// Static dispatch inside, one predictable branch outside. A line `module: Type` in the table is all that a
/// new strategy adds.
macro_rules! strategies {
    ($($module:ident: $Type:ident),* $(,)?) => {
        $(
            mod $module;
            pub use $module::$Type;
        )*

        /// Which strategy.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "each is documented at its type")]
        pub enum StrategyName {
            $($Type),*
        }

        impl StrategyName {
            /// Every strategy there is, in the order of the table.
            pub const ALL: &[StrategyName] = &[$(StrategyName::$Type),*];

            /// What a user reads about it.
            pub fn about(self) -> &'static About {
                match self {
                    $(StrategyName::$Type => const { &<$Type as Strategy>::ABOUT }),*
                }
            }
        }

        /// A [`crate::Balancer`] over any of the strategies.
        #[derive(Clone, Debug)]
        #[expect(missing_docs, reason = "each is documented at its type")]
        pub enum AnyBalancer {
            $($Type(crate::Balancer<$Type>)),*
        }

        /// Does the same with the balancer whichever its strategy is.
        macro_rules! each {
            ($any:expr, $balancer:ident => $body:expr) => {
                match $any {
                    $(AnyBalancer::$Type($balancer) => $body),*
                }
            };
        }

        impl AnyBalancer {
            /// Balances by `name` over backends of `(weight, identity)`; see [`Fleet::new`].
            pub fn new(
                name: StrategyName,
                options: &Options,
                backends: impl IntoIterator<Item = (Weight, u64)>,
            ) -> Self {
                match name {
                    $(StrategyName::$Type => {
                        let strategy = <$Type as Strategy>::new(options);
                        AnyBalancer::$Type(crate::Balancer::new(strategy, Fleet::new(backends)))
                    })*
                }
            }

            /// See [`crate::Balancer::pick`].
            #[inline]
            pub fn pick<R: Rng>(&mut self, request: &Request, now: Instant, rng: &mut R) -> Option<BackendId> {
                each!(self, balancer => balancer.pick(request, now, rng))
            }

            /// See [`crate::Balancer::assign`].
            #[inline]
            pub fn assign<R: Rng>(
                &mut self,
                request: &Request,
                now: Instant,
                rng: &mut R,
            ) -> Option<BackendId> {
                each!(self, balancer => balancer.assign(request, now, rng))
            }

            /// See [`crate::Balancer::start`].
            #[inline]
            pub fn start(&mut self, id: BackendId) -> bool {
                each!(self, balancer => balancer.start(id))
            }

            /// See [`crate::Balancer::finish`].
            #[inline]
            pub fn finish(&mut self, id: BackendId, response: Option<Duration>, now: Instant) -> bool {
                each!(self, balancer => balancer.finish(id, response, now))
            }

            /// See [`Fleet::responded`].
            pub fn responded(&mut self, id: BackendId, response: Duration, now: Instant) -> bool {
                each!(self, balancer => balancer.fleet_mut().responded(id, response, now))
            }

            /// See [`Fleet::observe`].
            pub fn observe(&mut self, in_flight: &[u32]) {
                each!(self, balancer => balancer.fleet_mut().observe(in_flight));
            }

            /// See [`Fleet::set_eligible`].
            pub fn set_eligible(&mut self, id: BackendId, eligible: bool) -> bool {
                each!(self, balancer => balancer.fleet_mut().set_eligible(id, eligible))
            }
        }
    };
}
