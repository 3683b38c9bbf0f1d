//! Every decision of a worker pool and its load balancer, as pure code.

pub mod time;
