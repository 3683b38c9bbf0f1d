//! W1 on `simcore` with every short cut that the framework allows: two events a request (arrival, departure), and
//! components that reach each other directly instead of by messages. What is left is the event queue.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use rand_distr::{Distribution, Exp1};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use serde::Serialize;
use simcore::{Event, EventHandler, Simulation, SimulationContext, cast};

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

#[derive(Clone, Serialize)]
struct Departure {}

#[derive(Clone, Copy)]
struct Request {
    arrived: f64,
    service: f64,
}

/// What clients, balancer and servers share.
struct System<S> {
    strategy: S,
    in_system: Vec<u32>,
    responses: Histogram,
    sum: f64,
}

struct Clients<S> {
    context: SimulationContext,
    system: Rc<RefCell<System<S>>>,
    servers: Vec<Rc<RefCell<Server<S>>>>,
    rng: Xoshiro256PlusPlus,
    mean_gap: f64,
    left: u64,
}

struct Server<S> {
    context: SimulationContext,
    number: u32,
    system: Rc<RefCell<System<S>>>,
    serving: Option<Request>,
    waiting: VecDeque<Request>,
}

impl<S: Choose> Clients<S> {
    fn send(&mut self) {
        let service = MEAN_SERVICE_SECONDS * exp1(&mut self.rng);
        let chosen = {
            let System {
                strategy,
                in_system,
                ..
            } = &mut *self.system.borrow_mut();
            let loads = |server: u32| in_system[server as usize];
            let chosen = strategy.choose(in_system.len() as u32, loads, &mut self.rng);
            in_system[chosen as usize] += 1;
            strategy.started(chosen, in_system[chosen as usize]);
            chosen
        };
        let request = Request {
            arrived: self.context.time(),
            service,
        };
        self.servers[chosen as usize].borrow_mut().accept(request);
        self.left -= 1;
        if self.left > 0 {
            let gap = self.mean_gap * exp1(&mut self.rng);
            self.context.emit_self(Arrival {}, gap);
        }
    }
}

impl<S: Choose> Server<S> {
    fn accept(&mut self, request: Request) {
        if self.serving.is_some() {
            self.waiting.push_back(request);
        } else {
            self.serve(request);
        }
    }

    fn serve(&mut self, request: Request) {
        self.serving = Some(request);
        self.context.emit_self(Departure {}, request.service);
    }

    fn depart(&mut self) {
        if let Some(done) = self.serving.take() {
            let system = &mut *self.system.borrow_mut();
            let response = self.context.time() - done.arrived;
            system.sum += response;
            system.responses.record(response);
            let in_system = &mut system.in_system[self.number as usize];
            *in_system -= 1;
            system.strategy.finished(self.number, *in_system);
        }
        if let Some(next) = self.waiting.pop_front() {
            self.serve(next);
        }
    }
}

impl<S: Choose> EventHandler for Clients<S> {
    fn on(&mut self, event: Event) {
        cast!(match event.data {
            Arrival {} => {
                self.send()
            }
        })
    }
}

impl<S: Choose> EventHandler for Server<S> {
    fn on(&mut self, event: Event) {
        cast!(match event.data {
            Departure {} => {
                self.depart()
            }
        })
    }
}

fn run<S: Choose + 'static>(strategy: S, backends: u32, requests: u64) -> (f64, f64) {
    let mut simulation = Simulation::new(1);
    let in_system = vec![0; backends as usize];
    let system = System {
        strategy,
        in_system,
        responses: Histogram::default(),
        sum: 0.0,
    };
    let system = Rc::new(RefCell::new(system));
    let server = |number: u32| {
        let name = format!("server {number}");
        let context = simulation.create_context(&name);
        let (serving, waiting) = (None, VecDeque::new());
        let server = Server {
            context,
            number,
            system: Rc::clone(&system),
            serving,
            waiting,
        };
        let server = Rc::new(RefCell::new(server));
        simulation.add_handler(name, Rc::clone(&server) as Rc<RefCell<dyn EventHandler>>);
        server
    };
    let servers = (0..backends).map(server).collect();
    let clients = Clients {
        context: simulation.create_context("clients"),
        system: Rc::clone(&system),
        servers,
        rng: Xoshiro256PlusPlus::seed_from_u64(1),
        mean_gap: MEAN_SERVICE_SECONDS / (0.9 * f64::from(backends)),
        left: requests,
    };
    clients.context.emit_self(Arrival {}, 0.0);
    simulation.add_handler("clients", Rc::new(RefCell::new(clients)));
    simulation.step_until_no_events();
    let system = system.borrow();
    (
        system.sum / requests as f64,
        system.responses.quantile(0.99),
    )
}

fn exp1(rng: &mut Xoshiro256PlusPlus) -> f64 {
    Exp1.sample(rng)
}
