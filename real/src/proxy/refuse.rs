//! Answers of our own: when nobody behind us can give one.

use policy::time::Duration;

use crate::serve::{Connection, Transport, refusal};
use crate::stats::Refusal;

/// Methods that are passed on, for whoever asks for another.
const ALLOWED: &str = "allow: GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH\r\n";

/// A request that was not passed on, or came to nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refuse {
    pub(super) status: u16,
    pub(super) why: &'static str,
    pub(super) counted: Refusal,
    pub(super) retry_after: Option<Duration>,
}

impl Refuse {
    pub(super) const METHOD: Refuse = Refuse {
        status: 405,
        why: "this method is not passed on",
        counted: Refusal::NotImplemented,
        retry_after: None,
    };
    pub(super) const CONCURRENCY: Refuse = Refuse {
        status: 503,
        why: "too many requests are under way",
        counted: Refusal::Concurrency,
        retry_after: Some(Duration::from_millis(1_000)),
    };
    pub(super) const NOBODY: Refuse = Refuse {
        status: 503,
        why: "no backend may be asked now",
        counted: Refusal::NoBackend,
        retry_after: Some(Duration::from_millis(1_000)),
    };

    /// The client must wait for `time`.
    pub(super) fn rate(time: Duration) -> Refuse {
        Refuse {
            status: 429,
            why: "too many requests from here",
            counted: Refusal::Rate,
            retry_after: Some(time),
        }
    }

    /// Writes it.
    pub(super) fn answer<T: Transport>(self, connection: &mut Connection<T>) {
        connection.context.row.refused(self.counted);
        let mut fields = match self.status {
            405 => ALLOWED.to_owned(),
            _ => String::new(),
        };
        if let Some(time) = self.retry_after {
            // Whole seconds, and never too few.
            let seconds = time.0.div_ceil(1_000_000_000).max(1);
            fields.push_str(&format!("retry-after: {seconds}\r\n"));
        }
        refusal(connection, self.status, self.why, &fields);
    }
}

/// What can be asked for, said to OPTIONS that are not to be passed on.
pub(super) fn options<T: Transport>(connection: &mut Connection<T>) {
    refusal(connection, 200, "these methods are passed on", ALLOWED);
}
