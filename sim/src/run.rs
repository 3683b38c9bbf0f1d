//! One replication of one strategy: from a scenario to a world, and through it.

use policy::Weight;
use policy::strategy::{AnyBalancer, StrategyName};
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use workload::arrivals::Process;
use workload::demand::{Demand, Sampler};
use workload::stream::{Purpose, Stream};
use workload::trace::Trace;

use crate::accept::{PolicyRng, Proxy};
use crate::client::{Client, ClosedLoop, Demands, OpenLoop, RequestKeys, Streams};
use crate::probe::{Recorded, Recorder, Segments, Timeline};
use crate::request::Requests;
use crate::scenario::{Scenario, Service, Traffic};
use crate::station::{
    Discipline, Limits, ProcessorSharing, SeveralServers, SingleServer, Stations,
};
use crate::world::{Oversight, Speeds, Steady};

/// Simulates replication `replication` of `scenario` under `strategy`. What is drawn depends on the seed and
/// the replication and not on the strategy, so all strategies face the same requests.
pub fn run(
    scenario: &Scenario,
    strategy: StrategyName,
    replication: u32,
    segments: Segments,
    oversight: &Oversight,
) -> Recorded {
    let draw = Draw {
        scenario,
        replication,
    };
    match &scenario.traffic {
        Traffic::Closed {
            clients,
            think,
            service,
        } => {
            let streams = Streams {
                demands: draw.stream(Purpose::Demands),
                thinks: draw.stream(Purpose::Think),
            };
            let keys = draw.keys(strategy, None);
            let samplers = (service.sampler(), think.sampler());
            let client =
                ClosedLoop::new(*clients, samplers, streams, keys, scenario.effort.requests);
            draw.with_stations(strategy, client, segments, oversight)
        }
        Traffic::Open {
            arrivals,
            rate,
            service,
        } => {
            let process = arrivals
                .process(*rate, draw.stream(Purpose::Arrivals))
                .expect("a scenario's arrivals were checked when it was made");
            draw.open_loop(strategy, process, service, None, segments, oversight)
        }
        Traffic::Trace {
            trace,
            speedup,
            ties,
            service,
        } => {
            let times = trace.arrivals(*ties, draw.stream(Purpose::Ties), 1.0 / speedup);
            let process = Process::recorded(times);
            draw.open_loop(strategy, process, service, Some(trace), segments, oversight)
        }
    }
}

/// What is drawn for one replication.
#[derive(Clone, Copy)]
struct Draw<'a> {
    scenario: &'a Scenario,
    replication: u32,
}

impl<'a> Draw<'a> {
    fn stream(self, purpose: Purpose) -> Stream {
        Stream::new(self.scenario.seed, self.replication, purpose)
    }

    fn keys(self, strategy: StrategyName, trace: Option<&'a Trace>) -> RequestKeys<'a> {
        if !strategy.about().keyed {
            return RequestKeys::Unused;
        }
        match trace.and_then(|trace| trace.keys.as_deref()) {
            Some(keys) => RequestKeys::Recorded(keys),
            None => RequestKeys::Drawn(self.scenario.keys.sampler(), self.stream(Purpose::Keys)),
        }
    }

    fn open_loop(
        self,
        strategy: StrategyName,
        arrivals: Process,
        service: &Demand,
        trace: Option<&'a Trace>,
        segments: Segments,
        oversight: &Oversight,
    ) -> Recorded {
        let demands = match trace.and_then(|trace| trace.demands.as_deref()) {
            Some(demands) => Demands::Recorded(demands),
            None => Demands::Drawn(Sampler::new(service), self.stream(Purpose::Demands)),
        };
        let keys = self.keys(strategy, trace);
        let client = OpenLoop::new(arrivals, demands, keys, self.scenario.effort.requests);
        self.with_stations(strategy, client, segments, oversight)
    }

    fn with_stations<C: Client>(
        self,
        strategy: StrategyName,
        client: C,
        segments: Segments,
        oversight: &Oversight,
    ) -> Recorded {
        let fleet = &self.scenario.fleet;
        let (n, servers) = (fleet.len(), fleet.servers);
        let waiting = fleet.queue_limit.unwrap_or(u32::MAX);
        match fleet.queue {
            Service::Sharing => {
                // A shared processor has no queue: a limit on those who wait for a core is one on those present.
                let stations = ProcessorSharing::new(n, servers, waiting.saturating_add(servers));
                self.in_world(strategy, client, stations, segments, oversight)
            }
            Service::Queue(discipline) if servers == 1 => {
                let stations = SingleServer::new(
                    n,
                    Limits {
                        discipline,
                        waiting,
                    },
                );
                self.in_world(strategy, client, stations, segments, oversight)
            }
            Service::Queue(discipline) => {
                let stations = SeveralServers::new(
                    n,
                    servers,
                    Limits {
                        discipline,
                        waiting,
                    },
                );
                self.in_world(strategy, client, stations, segments, oversight)
            }
        }
    }

    fn in_world<C: Client, S: Stations>(
        self,
        strategy: StrategyName,
        client: C,
        stations: S,
        segments: Segments,
        oversight: &Oversight,
    ) -> Recorded {
        let Scenario {
            fleet,
            effort,
            timeout,
            ..
        } = self.scenario;
        let timeline = (self.replication == 0 && effort.timeline > 0)
            .then(|| Timeline::new(effort.timeline, fleet.queue == Service::Sharing));
        Steady::new(
            client,
            self.proxy(strategy),
            stations,
            fleet.len(),
            Speeds::new(&fleet.speeds),
            *timeout,
            Requests::new(self.asks_for_details()),
            Recorder::new(segments, timeline),
            oversight,
        )
        .run()
    }

    /// Whether requests are looked for elsewhere than at the front of their queue, or have a client that waits.
    fn asks_for_details(self) -> bool {
        let Scenario {
            fleet,
            traffic,
            timeout,
            ..
        } = self.scenario;
        let last_first = fleet.queue == Service::Queue(Discipline::Lifo);
        last_first || timeout.is_some() || matches!(traffic, Traffic::Closed { .. })
    }

    fn proxy(self, strategy: StrategyName) -> Proxy {
        let Scenario {
            options,
            fleet,
            dispatchers,
            knowledge,
            secure_rng,
            seed,
            ..
        } = self.scenario;
        // The backends keep their names in every replication: it is one fleet that is looked at.
        let names = Stream::new(*seed, 0, Purpose::Names);
        let backends: Vec<(Weight, u64)> = fleet
            .weights
            .iter()
            .zip(0..)
            .map(|(&weight, slot)| {
                let weight = Weight::new(weight).expect("weights were checked with the scenario");
                (weight, names.at(slot).next_u64())
            })
            .collect();
        let balancer = AnyBalancer::new(strategy, options, backends);
        let picks = self.stream(Purpose::Policy);
        let rng = if *secure_rng {
            PolicyRng::Secure(ChaCha12Rng::seed_from_u64(picks.at(0).next_u64()))
        } else {
            PolicyRng::Fast(picks)
        };
        let dispatchers = vec![balancer; usize::from(*dispatchers)];
        Proxy::new(dispatchers, *knowledge, rng, self.stream(Purpose::Dispatch))
    }
}
