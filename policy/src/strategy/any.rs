//! From one table: the modules, the names, and a balancer and a chooser whose strategy is chosen at run time.

/// Static dispatch inside, one predictable branch outside. A line `module: Type` in the table is all that a
/// new strategy adds.
///
/// An enum, because a pick is generic over the view and the generator, which a trait object cannot be; not
/// for speed. By `benches/pick.rs` the three calls of a request cost about 1 ns more than through a trait
/// object, and 4 ns more than with the strategy known when compiling (none more for least connections); a
/// proxied request costs thousands.
macro_rules! strategies {
    ($($module:ident: $Type:ident),* $(,)?) => {
        $(
            pub mod $module;
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

        /// A [`crate::Chooser`] by any of the strategies, for a worker that picks over a shared board.
        #[derive(Clone, Debug)]
        #[expect(missing_docs, reason = "each is documented at its type")]
        pub enum AnyChooser {
            $($Type(crate::Chooser<$Type>)),*
        }

        /// Does the same whichever the strategy is.
        macro_rules! each {
            ($Any:ident, $any:expr, $inner:ident => $body:expr) => {
                match $any {
                    $($Any::$Type($inner) => $body),*
                }
            };
        }

        impl AnyChooser {
            /// Chooses by `name`.
            pub fn new(name: StrategyName, options: &Options) -> Self {
                match name {
                    $(StrategyName::$Type => {
                        AnyChooser::$Type(crate::Chooser::new(<$Type as Strategy>::new(options)))
                    })*
                }
            }

            /// See [`crate::Chooser::pick`].
            #[inline]
            pub fn pick<V: View, R: Rng>(
                &mut self,
                request: &Request,
                view: &V,
                now: Instant,
                rng: &mut R,
            ) -> Option<BackendId> {
                each!(AnyChooser, self, chooser => chooser.pick(request, view, now, rng))
            }
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
                each!(AnyBalancer, self, balancer => balancer.pick(request, now, rng))
            }

            /// See [`crate::Balancer::pick_other`].
            pub fn pick_other<R: Rng>(
                &mut self,
                request: &Request,
                avoid: BackendId,
                now: Instant,
                rng: &mut R,
            ) -> Option<BackendId> {
                each!(AnyBalancer, self, balancer => balancer.pick_other(request, avoid, now, rng))
            }

            /// See [`crate::Balancer::pick_over`].
            pub fn pick_over<R: Rng>(
                &mut self,
                request: &Request,
                avoid: Option<BackendId>,
                in_flight: impl Fn(u32) -> u32,
                now: Instant,
                rng: &mut R,
            ) -> Option<BackendId> {
                each!(AnyBalancer, self, balancer => balancer.pick_over(request, avoid, in_flight, now, rng))
            }

            /// See [`crate::Balancer::assign`].
            #[inline(always)]
            pub fn assign<R: Rng>(
                &mut self,
                request: &Request,
                now: Instant,
                rng: &mut R,
            ) -> Option<BackendId> {
                each!(AnyBalancer, self, balancer => balancer.assign(request, now, rng))
            }

            /// See [`crate::Balancer::start`].
            #[inline]
            pub fn start(&mut self, id: BackendId) -> bool {
                each!(AnyBalancer, self, balancer => balancer.start(id))
            }

            /// See [`crate::Balancer::finish`].
            #[inline(always)]
            pub fn finish(&mut self, id: BackendId, response: Option<Duration>, now: Instant) -> bool {
                each!(AnyBalancer, self, balancer => balancer.finish(id, response, now))
            }

            /// See [`Fleet::add`].
            pub fn add(&mut self, weight: Weight, identity: u64) -> BackendId {
                each!(AnyBalancer, self, balancer => balancer.fleet_mut().add(weight, identity))
            }

            /// See [`Fleet::join`].
            pub fn join(&mut self, member: Member) -> bool {
                each!(AnyBalancer, self, balancer => balancer.fleet_mut().join(member))
            }

            /// See [`Fleet::remove`].
            pub fn remove(&mut self, id: BackendId) -> bool {
                each!(AnyBalancer, self, balancer => balancer.fleet_mut().remove(id))
            }

            /// See [`Fleet::set_weight`].
            pub fn set_weight(&mut self, id: BackendId, weight: Weight) -> bool {
                each!(AnyBalancer, self, balancer => balancer.fleet_mut().set_weight(id, weight))
            }

            /// See [`Fleet::responded`].
            pub fn responded(&mut self, id: BackendId, response: Duration, now: Instant) -> bool {
                each!(AnyBalancer, self, balancer => balancer.fleet_mut().responded(id, response, now))
            }

            /// See [`Fleet::observe`].
            pub fn observe(&mut self, in_flight: &[u32]) {
                each!(AnyBalancer, self, balancer => balancer.fleet_mut().observe(in_flight));
            }

            /// See [`Fleet::set_eligible`].
            pub fn set_eligible(&mut self, id: BackendId, eligible: bool) -> bool {
                each!(AnyBalancer, self, balancer => balancer.fleet_mut().set_eligible(id, eligible))
            }

            /// Everyone there, see [`View::members`].
            pub fn members(&self) -> &[Member] {
                each!(AnyBalancer, self, balancer => balancer.fleet().members())
            }

            /// See [`View::is_eligible`].
            pub fn is_eligible(&self, id: BackendId) -> bool {
                each!(AnyBalancer, self, balancer => balancer.fleet().is_eligible(id))
            }

            /// See [`View::in_flight`].
            pub fn in_flight(&self, id: BackendId) -> u32 {
                each!(AnyBalancer, self, balancer => balancer.fleet().in_flight(id))
            }

            /// See [`View::total_in_flight`].
            pub fn total_in_flight(&self) -> u64 {
                each!(AnyBalancer, self, balancer => balancer.fleet().total_in_flight())
            }
        }
    };
}
