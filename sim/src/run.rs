//! One replication of one strategy: from a scenario to a world, and through it.

use policy::Weight;
use policy::strategy::{AnyBalancer, StrategyName};
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use workload::arrivals::{Process, Profile};
use workload::demand::{Demand, Sampler};
use workload::stream::{Purpose, Stream};
use workload::trace::Trace;

use crate::accept::{Knowledge, PolicyRng, Proxy};
use crate::client::{Client, ClosedLoop, Demands, OpenLoop, Redraw, RequestKeys, Streams};
use crate::control::{Dispatcher, Gate, Pool, Setup};
use crate::fault::Schedule;
use crate::operations::Operations;
use crate::probe::{Chronicle, Recorded, Recorder, Segments, Timeline};
use crate::request::Requests;
use crate::scenario::{Scenario, Service, Traffic};
use crate::station::{
    Discipline, ProcessorSharing, Queueing, SeveralServers, Sharing, SingleServer, Stations,
    VariableStations,
};
use crate::world::{Counts, Draws, Eventful, Oversight, Parts, Speeds, Steady};

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
        watch: None,
    };
    go_through(draw, strategy, segments, oversight)
}

/// As [`run`], and tells `watch` what there is of requests after every event of an eventful world; of a steady one it
/// hears nothing.
pub fn run_watched(
    scenario: &Scenario,
    strategy: StrategyName,
    replication: u32,
    watch: &dyn Fn(Counts),
) -> Recorded {
    let draw = Draw {
        scenario,
        replication,
        watch: Some(watch),
    };
    let segments = Segments::fixed(0, scenario.fleet.len());
    go_through(draw, strategy, segments, &Oversight::default())
}

fn go_through(
    draw: Draw<'_>,
    strategy: StrategyName,
    segments: Segments,
    oversight: &Oversight,
) -> Recorded {
    let scenario = draw.scenario;
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
    watch: Option<&'a dyn Fn(Counts)>,
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
        let arrivals = match &self.scenario.operations {
            Some(operations) if !operations.surges.is_empty() => arrivals.shaped(
                Profile::new(&operations.surges)
                    .expect("surges were checked when the scenario was made"),
            ),
            _ => arrivals,
        };
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
        if let Some(operations) = &self.scenario.operations {
            let mut world = self.eventful(strategy, client, segments, operations, oversight);
            if let Some(watch) = self.watch {
                while world.step() {
                    watch(world.counts());
                }
            }
            return world.run();
        }
        let fleet = &self.scenario.fleet;
        let (n, servers) = (fleet.len(), fleet.servers);
        match fleet.queue {
            Service::Sharing => {
                let stations = ProcessorSharing::new(n, servers, fleet.most_sharing());
                self.steady(strategy, client, stations, segments, oversight)
            }
            Service::Queue(discipline) if servers == 1 => {
                let stations = SingleServer::new(n, fleet.limits(discipline));
                self.steady(strategy, client, stations, segments, oversight)
            }
            Service::Queue(discipline) => {
                let stations = SeveralServers::new(n, servers, fleet.limits(discipline));
                self.steady(strategy, client, stations, segments, oversight)
            }
        }
    }

    fn steady<C: Client, S: Stations>(
        self,
        strategy: StrategyName,
        client: C,
        stations: S,
        segments: Segments,
        oversight: &Oversight,
    ) -> Recorded {
        let Scenario { fleet, timeout, .. } = self.scenario;
        Steady::new(
            client,
            self.proxy(strategy),
            stations,
            fleet.len(),
            Speeds::new(&fleet.speeds),
            *timeout,
            Requests::new(self.asks_for_details()),
            self.recorder(segments),
            oversight,
        )
        .run()
    }

    fn recorder(self, segments: Segments) -> Recorder {
        let Scenario { fleet, effort, .. } = self.scenario;
        let timeline = (self.replication == 0 && effort.timeline > 0)
            .then(|| Timeline::new(effort.timeline, fleet.queue == Service::Sharing));
        Recorder::new(segments, timeline)
    }

    fn eventful<'b, C: Client>(
        self,
        strategy: StrategyName,
        client: C,
        segments: Segments,
        operations: &Operations,
        oversight: &'b Oversight,
    ) -> Eventful<'b, C> {
        let Scenario {
            fleet,
            timeout,
            dispatchers,
            knowledge,
            ..
        } = self.scenario;
        let n = fleet.len();
        let balancer = self.balancer(strategy);
        let of_dispatchers = self.stream(Purpose::Probes);
        let dispatcher = |number: u16| {
            Dispatcher::new(Setup {
                balancer: balancer.clone(),
                knowledge: *knowledge,
                operations,
                draws: of_dispatchers.part(u64::from(number)),
            })
        };
        let pool = operations
            .pool
            .clone()
            .map(|spec| Pool::new(spec, n, fleet.servers, self.stream(Purpose::Workers)));
        let parts = Parts {
            client,
            patience: *timeout,
            controls: operations.requests.clone(),
            redraw: self.redraw(),
            draws: Draws::new(|purpose| self.stream(purpose)),
            picks: self.picks(),
            dispatchers: (0..*dispatchers).map(dispatcher).collect(),
            board: match knowledge {
                Knowledge::Own => None,
                Knowledge::Board(interval) => Some(*interval),
            },
            gate: operations.admission.slots.map(Gate::new),
            stations: self.variable_stations(operations),
            backends: n,
            speeds: Speeds::new(&fleet.speeds),
            schedule: Schedule::new(
                &operations.effective_faults(),
                n,
                self.scenario.seed,
                self.replication,
            ),
            pool,
            recorder: self.recorder(segments),
            chronicle: Chronicle::new(operations.series),
        };
        Eventful::new(parts, oversight)
    }

    fn variable_stations(self, operations: &Operations) -> Box<dyn VariableStations> {
        let fleet = &self.scenario.fleet;
        let (n, servers) = (fleet.len(), fleet.servers);
        match fleet.queue {
            Service::Sharing => Box::new(Sharing::new(n, servers, fleet.most_sharing())),
            Service::Queue(discipline) => {
                let codel = operations.admission.codel;
                Box::new(Queueing::new(n, servers, fleet.limits(discipline), codel))
            }
        }
    }

    /// What further attempts at a request take.
    fn redraw(self) -> Redraw {
        let (Traffic::Open { service, .. }
        | Traffic::Closed { service, .. }
        | Traffic::Trace { service, .. }) = &self.scenario.traffic;
        match &self.scenario.traffic {
            Traffic::Trace { trace, .. } if trace.demands.is_some() => Redraw::Same,
            _ => Redraw::Drawn(service.sampler(), self.stream(Purpose::Demands)),
        }
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
            dispatchers,
            knowledge,
            ..
        } = self.scenario;
        let dispatchers = vec![self.balancer(strategy); usize::from(*dispatchers)];
        let meets = self.stream(Purpose::Dispatch);
        Proxy::new(dispatchers, *knowledge, self.picks(), meets)
    }

    fn picks(self) -> PolicyRng {
        let picks = self.stream(Purpose::Policy);
        if self.scenario.secure_rng {
            PolicyRng::Secure(ChaCha12Rng::seed_from_u64(picks.at(0).next_u64()))
        } else {
            PolicyRng::Fast(picks)
        }
    }

    fn balancer(self, strategy: StrategyName) -> AnyBalancer {
        let Scenario {
            options,
            fleet,
            seed,
            ..
        } = self.scenario;
        // The backends keep their names in every replication: it is one fleet that is looked at.
        let names = Stream::new(*seed, 0, Purpose::Names);
        let backends: Vec<(Weight, u64)> = fleet
            .weights
            .iter()
            .zip(0..)
            .map(|(&weight, slot)| (checked(weight), names.at(slot).next_u64()))
            .collect();
        AnyBalancer::new(strategy, options, backends)
    }
}

fn checked(weight: f64) -> Weight {
    Weight::new(weight).expect("weights were checked with the scenario")
}
