//! How connections reach a worker.
//!
//! Each way has its file: [`shared`], [`reuseport`], [`handoff`] (and [`passed`], its other end), [`proxy`], [`single`]. What
//! they have in common is [`intake`]: accepting from a socket, one connection after the other, for as long as there is
//! room.

mod delay;
pub(crate) mod handoff;
pub(crate) mod intake;
pub(crate) mod listener;
pub(crate) mod passed;
pub(crate) mod peers;
pub(crate) mod proxy;
mod reserve;
pub(crate) mod reuseport;
pub(crate) mod room;
mod shared;
pub(crate) mod single;
