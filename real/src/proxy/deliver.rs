//! An answer's way to the client, and what is kept afterwards.

use policy::admission::Outcome;
use policy::time::Instant;

use super::Proxy;
use super::attempt::Attempt;
use super::failure::Failure;
use super::forward::Asked;
use super::inbound::{Delivery, Inbound};
use super::outbound::Outbound;
use super::plan::Plan;
use super::response_head::{self, Reply};
use super::tunnel;
use crate::serve::{After, Broken, Connection, Transport, refusal};
use crate::stats::Count;

impl Proxy {
    /// Passes the answer on.
    pub(super) async fn deliver<T: Transport>(
        &self,
        connection: &mut Connection<T>,
        plan: &Plan,
        asked: &mut Asked<'_>,
        outbound: &mut Outbound,
        mut attempt: Attempt<'_>,
    ) -> Result<After, Broken> {
        if attempt.head.status() == 101 {
            return Box::pin(self.switch(connection, plan, asked, attempt)).await;
        }
        let answered = attempt.answered;
        let delivery = self.begin_answer(connection, plan, asked, outbound, &mut attempt);
        let mut inbound = Inbound::new(attempt.head.framing(), delivery.chunked);
        let passed = inbound
            .pass_on(connection, &mut attempt, outbound, asked.until)
            .await;
        match passed {
            Ok(()) => {}
            Err(Failure::Client(broken)) => return Err(broken),
            Err(failure) => {
                let now = self.clock.now();
                attempt.note(&Err(failure), now);
                asked.ends(Outcome::Dropped, now);
                // What came is the client's; that it is not all it learns from the connection's end.
                let _ = connection.flush().await;
                return Err(Broken::Closed);
            }
        }
        let ended = if inbound.waited {
            self.clock.now()
        } else {
            answered
        };
        asked.ends(outcome(&attempt), ended);
        connection.answer.service = attempt.ticket.response().unwrap_or_default();
        let whole = outbound.is_sent();
        self.keep(attempt, whole, ended);
        Ok(match whole && !delivery.until_close {
            true => After::KeepAlive,
            false => After::Close,
        })
    }

    /// Writes the answer's head.
    #[inline]
    fn begin_answer<T: Transport>(
        &self,
        connection: &mut Connection<T>,
        plan: &Plan,
        asked: &Asked<'_>,
        outbound: &Outbound,
        attempt: &mut Attempt<'_>,
    ) -> Delivery {
        let (head, backend) = (&attempt.head, &attempt.ticket.backend);
        let (version, status) = (connection.head.version(), head.status());
        let delivery = Delivery::of(head.framing(), status, connection.head.method(), version);
        // Who is refused before all was said probably does not say the rest.
        let early = !outbound.is_sent() && (status >= 400 || connection.head.expects_continue());
        let cookie = plan
            .sticky
            .as_ref()
            .filter(|_| asked.token != Some(backend.token));
        let cookie = cookie.map(|sticky| sticky.set(backend.token));
        let reply = Reply {
            chunked: delivery.chunked,
            length: delivery.length,
            close: delivery.until_close || early || !connection.persists(),
            version,
            cookie: cookie.as_deref(),
            upgrade: false,
        };
        let (context, arrived) = (&connection.context, connection.arrived);
        let date = |out: &mut Vec<u8>| context.write_date(out, arrived);
        let bytes = attempt.input.filled();
        response_head::write(&mut connection.output, head, bytes, &reply, date);
        connection.answer.status = status;
        attempt.input.consume(attempt.head.len());
        delivery
    }

    /// Both sides speak another protocol from here on.
    async fn switch<T: Transport>(
        &self,
        connection: &mut Connection<T>,
        plan: &Plan,
        asked: &mut Asked<'_>,
        mut attempt: Attempt<'_>,
    ) -> Result<After, Broken> {
        if !(asked.upgrade && attempt.head.upgrade()) {
            attempt.note(&Err(Failure::Reset { heard: true }), self.clock.now());
            refusal(
                connection,
                502,
                "the backend switched to a protocol nobody asked for",
                "",
            );
            return Ok(After::KeepAlive);
        }
        let reply = Reply {
            upgrade: true,
            ..Reply::default()
        };
        let bytes = attempt.input.filled();
        response_head::write(&mut connection.output, &attempt.head, bytes, &reply, |_| ());
        connection.answer.status = 101;
        attempt.input.consume(attempt.head.len());
        connection.flush().await?;
        connection.context.row.counted(Count::Tunnels, 1);
        asked.ends(outcome(&attempt), self.clock.now());
        let Attempt {
            link,
            input,
            ticket,
            ..
        } = attempt;
        tunnel::run(connection, link, input, plan.tunnel_idle).await?;
        drop(ticket);
        Ok(After::Close)
    }

    /// The attempt has ended at `now`: keeps what can be used again.
    #[inline]
    fn keep(&self, attempt: Attempt<'_>, whole: bool, now: Instant) {
        let Attempt {
            mut ticket,
            link,
            mut input,
            head,
            ..
        } = attempt;
        let reusable = whole && head.persistent() && input.is_empty();
        input.release(&self.context.memory);
        self.spare.keep_head(head);
        if reusable {
            self.idle.put(ticket.backend.id, link, now);
        }
        ticket.ends(now);
    }
}

/// What an answer says of how much the backends have to do.
fn outcome(attempt: &Attempt<'_>) -> Outcome {
    attempt
        .ticket
        .response()
        .map_or(Outcome::Dropped, Outcome::Answered)
}
