//! Clients, the balancer and backends that misbehave on purpose, over sockets of the loopback interface.

mod balancing;
mod bodies;
mod failures;
mod flushing;
mod harness;
mod heads;
mod limits;
mod random;
mod switching;
mod tls;
