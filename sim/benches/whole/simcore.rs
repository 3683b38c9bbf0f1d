//! W1 on `simcore`, the core of DSLab: what a user of a general simulation framework in Rust would write, as its
//! documentation and examples do. Components own their state and talk by events: an arrival at the balancer, a
//! request to a server, the end of a service, a response. Generator, histogram and strategies are the reference's.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use rand_distr::{Distribution, Exp1};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use serde::Serialize;
use simcore::{Event, EventHandler, Id, Simulation, SimulationContext, cast};

use crate::reference::{
    Choose, Histogram, LeastConnections, MEAN_SERVICE_SECONDS, Random, RoundRobin, TwoChoices,
};

/// Mean response time and 99th percentile in seconds.
pub(crate) fn simulate(strategy: &str, backends: u32, requests: u64) -> Option<(f64, f64)> {
    Some(match strategy {
        "random" => run(Random, backends, requests),
        "round-robin" => run(RoundRobin(0), backends, requests),
        "two-choices" => run(TwoChoices, backends, requests),
        "least-connections" => run(LeastConnections::new(backends), backends, requests),
        _ => return None,
    })
}

#[derive(Clone, Serialize)]
struct Arrival {}

#[derive(Clone, Copy, Serialize)]
struct Request {
    sent: f64,
    service: f64,
}

#[derive(Clone, Serialize)]
struct ServiceEnd {}

#[derive(Clone, Serialize)]
struct Response {
    server: u32,
    sent: f64,
}

struct Balancer<S> {
    context: SimulationContext,
    strategy: S,
    servers: Vec<Id>,
    in_flight: Vec<u32>,
    rng: Xoshiro256PlusPlus,
    mean_gap: f64,
    left: u64,
    responses: Histogram,
    sum: f64,
}

struct Server {
    context: SimulationContext,
    number: u32,
    balancer: Id,
    serving: Option<Request>,
    waiting: VecDeque<Request>,
}

impl<S: Choose> Balancer<S> {
    fn arrival(&mut self) {
        let service = MEAN_SERVICE_SECONDS * exp1(&mut self.rng);
        let in_flight = |server: u32| self.in_flight[server as usize];
        let n = self.servers.len() as u32;
        let chosen = self.strategy.choose(n, in_flight, &mut self.rng);
        self.in_flight[chosen as usize] += 1;
        self.strategy
            .started(chosen, self.in_flight[chosen as usize]);
        let request = Request {
            sent: self.context.time(),
            service,
        };
        self.context
            .emit_now(request, self.servers[chosen as usize]);
        self.left -= 1;
        if self.left > 0 {
            let gap = self.mean_gap * exp1(&mut self.rng);
            self.context.emit_self(Arrival {}, gap);
        }
    }

    fn response(&mut self, server: u32, sent: f64) {
        let response = self.context.time() - sent;
        self.sum += response;
        self.responses.record(response);
        self.in_flight[server as usize] -= 1;
        self.strategy
            .finished(server, self.in_flight[server as usize]);
    }
}

impl Server {
    fn request(&mut self, request: Request) {
        if self.serving.is_some() {
            self.waiting.push_back(request);
        } else {
            self.serve(request);
        }
    }

    fn serve(&mut self, request: Request) {
        self.serving = Some(request);
        self.context.emit_self(ServiceEnd {}, request.service);
    }

    fn service_end(&mut self) {
        if let Some(Request { sent, .. }) = self.serving.take() {
            let response = Response {
                server: self.number,
                sent,
            };
            self.context.emit_now(response, self.balancer);
        }
        if let Some(next) = self.waiting.pop_front() {
            self.serve(next);
        }
    }
}

impl<S: Choose> EventHandler for Balancer<S> {
    fn on(&mut self, event: Event) {
        cast!(match event.data {
            Arrival {} => {
                self.arrival()
            }
            Response { server, sent } => {
                self.response(server, sent)
            }
        })
    }
}

impl EventHandler for Server {
    fn on(&mut self, event: Event) {
        cast!(match event.data {
            Request { sent, service } => {
                self.request(Request { sent, service })
            }
            ServiceEnd {} => {
                self.service_end()
            }
        })
    }
}

fn run<S: Choose + 'static>(strategy: S, backends: u32, requests: u64) -> (f64, f64) {
    let mut simulation = Simulation::new(1);
    let context = simulation.create_context("balancer");
    let balancer = context.id();
    let server = |number: u32| {
        let name = format!("server {number}");
        let context = simulation.create_context(&name);
        let server = Server {
            context,
            number,
            balancer,
            serving: None,
            waiting: VecDeque::new(),
        };
        simulation.add_handler(name, Rc::new(RefCell::new(server)))
    };
    let servers = (0..backends).map(server).collect();
    let balancer = Rc::new(RefCell::new(Balancer {
        context,
        strategy,
        servers,
        in_flight: vec![0; backends as usize],
        rng: Xoshiro256PlusPlus::seed_from_u64(1),
        mean_gap: MEAN_SERVICE_SECONDS / (0.9 * f64::from(backends)),
        left: requests,
        responses: Histogram::default(),
        sum: 0.0,
    }));
    balancer.borrow().context.emit_self(Arrival {}, 0.0);
    simulation.add_handler(
        "balancer",
        Rc::clone(&balancer) as Rc<RefCell<dyn EventHandler>>,
    );
    simulation.step_until_no_events();
    let balancer = balancer.borrow();
    (
        balancer.sum / requests as f64,
        balancer.responses.quantile(0.99),
    )
}

fn exp1(rng: &mut Xoshiro256PlusPlus) -> f64 {
    Exp1.sample(rng)
}
