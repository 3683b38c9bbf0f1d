//! What both the simulator and the load generator draw from.
//!
//! A workload is a deterministic function of its specification and a seed: the k-th request has an arrival
//! time, a service demand and a key. Whoever asks, in whatever order, gets the same sequence.
//!
//! ```
//! use workload::{arrivals::Arrivals, demand::Demand, stream::{Purpose, Stream}};
//!
//! let stream = |purpose| Stream::new(1, 0, purpose);
//! let arrivals: Arrivals = "poisson".parse()?;
//! let demand: Demand = "lognormal:10ms,cv=2".parse()?;
//! let sampler = demand.sampler();
//! let mut process = arrivals.process(80.0, stream(Purpose::Arrivals))?;
//! for number in 0..10 {
//!     let arrival = process.next();
//!     let demand = sampler.sample(&mut stream(Purpose::Demands).at(number));
//!     println!("{arrival:?} {demand:?}");
//! }
//! # Ok::<(), workload::SpecError>(())
//! ```

pub mod arrivals;
mod decimal;
pub mod demand;
pub mod key;
pub mod quantity;
pub mod sampling;
mod spec;
pub mod stream;
pub mod stretch;
pub mod trace;

pub use spec::{Arguments, SpecError};
