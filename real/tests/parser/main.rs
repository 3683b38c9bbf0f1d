//! What is accepted and what is refused, as a table, and everything that must hold for it: a million generated heads,
//! heads in pieces, what hyper makes of the same bytes, and what is read of what was written.
#![cfg(not(loom))]

mod bodies;
mod dice;
mod generated;
mod head;
mod hyper;
mod oracle;
mod page;
mod pieces;
mod proxy_header;
mod responses;
mod round_trip;
mod shapes;
mod table;

use real::http::Limits;

/// Small enough that limits are met often.
const LIMITS: Limits = Limits {
    head_bytes: 4096,
    headers: 40,
    body_bytes: 1 << 20,
};
