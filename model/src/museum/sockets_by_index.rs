//! Idle connections are kept under the backend's index in the list.
//!
//! After a reload another backend stands there, and requests for it go over the old one's sockets.

use policy::lifo::{Config, Pool};
use policy::time::Instant;
use policy::{BackendId, Fleet, View, Weight};

use super::{Exhibit, FoundBy, Guard};

pub(super) fn exhibit() -> Exhibit {
    Exhibit {
        property: owned!(a_socket_leads_to_its_backend<ByIndex>),
        ours: Some(owned_ours!(a_socket_leads_to_its_backend<Pool<u64>>)),
        found_in: "ejpir/zig-loadbalancer (seed 003: a reload leaves the pool as it is); sozu-proxy/sozu#262",
        harm: "after a reload, answers from the wrong host: an old release, or another customer's application",
        guarded_by: Guard::Test(
            "policy/src/lifo.rs",
            "the_next_occupant_of_a_slot_gets_none_of_its_predecessors_connections",
        ),
        found_by: FoundBy::ANY_RUN,
    }
}

/// Sockets, each known by the address that it leads to.
trait IdlePool {
    fn new() -> Self;
    fn put(&mut self, backend: BackendId, socket: u64);
    fn take(&mut self, backend: BackendId) -> Option<u64>;
}

struct ByIndex([Vec<u64>; 1]);

impl IdlePool for ByIndex {
    fn new() -> Self {
        ByIndex([Vec::new()])
    }

    fn put(&mut self, backend: BackendId, socket: u64) {
        self.0[backend.slot as usize].push(socket);
    }

    fn take(&mut self, backend: BackendId) -> Option<u64> {
        self.0[backend.slot as usize].pop()
    }
}

impl IdlePool for Pool<u64> {
    fn new() -> Self {
        Pool::new(Config::default())
    }

    fn put(&mut self, backend: BackendId, socket: u64) {
        let closed = Pool::put(self, backend, socket, Instant::ZERO);
        assert_eq!(closed, None, "there is room, and the backend is there");
    }

    fn take(&mut self, backend: BackendId) -> Option<u64> {
        Pool::take(self, backend, Instant::ZERO)
    }
}

fn a_socket_leads_to_its_backend<S: IdlePool>() {
    let (old, new) = (1, 2);
    let mut fleet: Fleet = Fleet::new([(Weight::ONE, old)]);
    let mut sockets = S::new();
    let id = fleet.members()[0].id;
    sockets.put(id, old);
    assert_eq!(sockets.take(id), Some(old));
    sockets.put(id, old);

    fleet.remove(id);
    let successor = fleet.add(Weight::ONE, new);
    assert_eq!(successor.slot, id.slot, "it stands in the same place");
    let socket = sockets.take(successor);
    assert_ne!(socket, Some(old), "a socket to the old host");
}
