//! What a process does with its connections: the built-in application answers, or a balancer asks others.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use tokio::task::spawn_local;

use policy::{Owner, Weight};

use super::engine::Server;
use super::seat::Seat;
use crate::app::Application;
use crate::app::files::Files;
use crate::channel::message::{Backend, Workers};
use crate::clock::Clock;
use crate::config::Document;
use crate::log::AccessLog;
use crate::proxy::{Endpoint, Proxy, Shared, tls};
use crate::serve::{Client, Context, Front, Gate, Pool, Service, arrive};
use crate::settings::{Accept, Behind, Settings};

/// A service and what its connections share.
pub(crate) struct Serving<S> {
    service: Rc<S>,
    context: Rc<Context>,
    front: RefCell<Rc<Front>>,
}

/// What a service does when something changes that is not a request.
pub(crate) trait Follow: Service + 'static {
    /// Goes by new settings.
    fn settings(&self, settings: &Settings);
    /// Sends requests to these, and to no others.
    fn workers(&self, workers: Workers);
}

impl Follow for Application {
    fn settings(&self, _: &Settings) {}

    fn workers(&self, _: Workers) {}
}

impl Follow for Proxy {
    fn settings(&self, settings: &Settings) {
        if let Err(error) = self.reload(settings) {
            tracing::error!(%error, "goes on as before");
        }
    }

    fn workers(&self, workers: Workers) {
        let endpoints: Vec<Endpoint> = workers.ready.iter().map(endpoint).collect();
        if let Err(error) = self.set_backends(&endpoints) {
            tracing::error!(%error, "sends to the same workers as before");
        }
    }
}

fn endpoint(worker: &Backend) -> Endpoint {
    Endpoint {
        authority: worker.address.to_string(),
        tls: false,
        weight: Weight::ONE,
        generation: worker.incarnation,
    }
}

impl<S: Follow> Server for Serving<S> {
    async fn connection(&self, stream: Client, peer: SocketAddr) {
        let front = Rc::clone(&self.front.borrow());
        arrive(stream, peer, &front, &*self.service, &self.context).await;
    }

    fn settings(&self, document: &str) {
        // The master resolved it before it was sent.
        let resolved = Document::from_json(document).ok();
        let Some(Ok(resolved)) = resolved.map(|document| document.resolve()) else {
            return;
        };
        let settings = resolved.settings;
        self.context.limits.set(settings.limits);
        if self.front.borrow().tls.is_some() {
            match front(&settings) {
                Ok(front) => drop(self.front.replace(Rc::new(front))),
                Err(error) => tracing::error!(%error, "goes on with the certificate it has"),
            }
        }
        self.service.settings(&settings);
    }

    fn workers(&self, workers: Workers) {
        self.service.workers(workers);
    }

    fn drain(&self) {
        self.context.drain();
    }

    fn reopen(&self) {
        if let Some(log) = &self.context.log {
            log.reopen();
        }
    }

    fn ended(&self) {
        if let Some(log) = &self.context.log {
            log.flush();
        }
    }
}

impl Serving<Application> {
    /// The built-in application.
    ///
    /// # Errors
    /// If a file cannot be opened that the settings name.
    pub(crate) fn application(seat: &Seat) -> io::Result<Serving<Application>> {
        let context = context(seat)?;
        let settings = &seat.settings;
        let owner = Owner::of_slot(seat.number);
        let pool = owner.map(|owner| Pool::new(seat.shared.pool(), owner));
        // Each incarnation and each slot draws something else.
        let seed = policy::hash::combine(settings.seed, u64::from(seat.number));
        let rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let gate = Gate::new(
            settings.concurrency,
            pool,
            settings.admission.wait,
            rng,
            Clock,
        );
        // A process that is its own master hears signals and serves admin pages while it works.
        let alone = settings.concurrency == 1 && settings.accept != Accept::Single;
        let mut service = Application::new(gate, seat.slot, alone, settings.testing_routes);
        if let Some(files) = &settings.files {
            service = service.with_files(Files::open(files, seat.row)?);
        }
        Ok(Serving {
            service: Rc::new(service),
            front: front_of(seat)?,
            context,
        })
    }
}

impl Serving<Proxy> {
    /// A balancer.
    ///
    /// # Errors
    /// If the backends or certificates cannot be used that the settings name.
    pub(crate) fn balancer(seat: &Seat) -> io::Result<Serving<Proxy>> {
        let context = context(seat)?;
        let owner = Owner::of_slot(seat.slot).filter(|_| seat.settings.shared_board);
        let shared = Shared {
            page: Some((seat.page, seat.number)),
            board: owner.map(|owner| (seat.shared.board(), owner)),
        };
        let service = Proxy::new(&seat.settings, &context, shared).map_err(io::Error::other)?;
        if !matches!(seat.settings.behind, Behind::Upstreams(_)) {
            service.workers(seat.workers.clone());
        }
        let service = Rc::new(service);
        spawn_local(Rc::clone(&service).keep_up());
        Ok(Serving {
            service,
            front: front_of(seat)?,
            context,
        })
    }
}

fn context(seat: &Seat) -> io::Result<Rc<Context>> {
    let settings = &seat.settings;
    let log = settings.access_log.as_ref();
    let log = log
        .map(|log| AccessLog::open(log, seat.slot, seat.row, Clock))
        .transpose()?;
    if let Some(log) = log.clone() {
        spawn_local(async move { log.keep_flushing().await });
    }
    let context = Context::new(settings.limits, seat.row, log);
    let deadlines = Rc::clone(&context.deadlines);
    spawn_local(async move { deadlines.keep(Clock).await });
    Ok(context)
}

/// Workers behind balancers are talked to plainly, whatever the clients speak.
fn front_of(seat: &Seat) -> io::Result<RefCell<Rc<Front>>> {
    let front = match seat.address {
        Some(_) => Front::default(),
        None => front(&seat.settings)?,
    };
    Ok(RefCell::new(Rc::new(front)))
}

fn front(settings: &Settings) -> io::Result<Front> {
    let tls = settings.tls.front.as_ref();
    let tls = tls.map(|(chain, key)| tls::acceptor(chain, key));
    Ok(Front {
        tls: tls.transpose().map_err(io::Error::other)?,
        proxy_protocol: settings.proxy_protocol,
    })
}
