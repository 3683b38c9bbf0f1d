//! What the access log is told of a connection's requests.

use policy::time::Instant;

use super::connection::{Connection, Transport};
use crate::http::Version;
use crate::log::{AccessLog, Asked, Entry, Pending};

/// What is asked for; by the time it is answered its head is gone.
pub(super) fn begin<T: Transport>(log: &AccessLog, connection: &Connection<T>) -> Pending {
    let (head, bytes) = (&connection.head, connection.input.filled());
    log.begin(&Asked {
        client: connection.peer.address.ip(),
        method: head.method().name(bytes),
        target: head.target().of(bytes),
        is_http10: head.version() == Version::Http10,
        referer: head.get(bytes, "referer"),
        user_agent: head.get(bytes, "user-agent"),
    })
}

/// A head that could not be read was refused.
pub(super) fn unread<T: Transport>(log: &AccessLog, connection: &Connection<T>) {
    log.write(&Entry {
        asked: Asked {
            client: connection.peer.address.ip(),
            ..Asked::default()
        },
        arrived: connection.arrived,
        status: connection.answer.status,
        bytes_in: connection.received,
        bytes_out: connection.answer.sent,
        ..Entry::default()
    });
}

/// It was answered at `now`.
pub(super) fn end<T: Transport>(
    log: &AccessLog,
    pending: Pending,
    connection: &Connection<T>,
    now: Instant,
) {
    let answer = &connection.answer;
    log.end(
        pending,
        &Entry {
            arrived: connection.arrived,
            status: answer.status,
            bytes_in: connection.received,
            bytes_out: answer.sent,
            service: answer.service,
            response: now - connection.arrived,
            backend: answer.backend.as_deref(),
            attempts: answer.attempts,
            ..Entry::default()
        },
    );
}
