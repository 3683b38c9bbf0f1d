//! What decides: balancers with their controls, the slot pool, the pool of workers. Each carries out what `policy` says and
//! answers what happens next; the world schedules.

mod dispatcher;
mod gate;
mod pool;

pub(crate) use dispatcher::{Dispatcher, End, Probed, Setup};
pub(crate) use gate::Gate;
pub(crate) use pool::{Looked, Pool};
