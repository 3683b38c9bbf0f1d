//! A connection's life: request after request, until somebody has had enough.

use std::pin::pin;
use std::rc::Rc;

use super::answer::refusal;
use super::connection::{Answer, Broken, Connection, Peer, Transport, caught};
use super::context::Context;
use super::logged;
use crate::http::BodyReader;
use crate::stats::{Count, Refusal};

/// What answers requests.
pub trait Service {
    /// Answers the request whose head is at the front of `connection.input`: by writing to `connection.output`, which is
    /// sent when this returns, or has to be sent before more than [`LARGE`] bytes are there.
    fn call<T: Transport>(
        &self,
        connection: &mut Connection<T>,
    ) -> impl Future<Output = Result<After, Broken>>;
}

/// What becomes of a connection after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// The next request, if both sides agree.
    KeepAlive,
    /// Nothing more.
    Close,
}

/// So much may be written before it is sent.
pub const LARGE: usize = 16 * 1024;

/// How a connection came to its end.
enum End {
    /// There is nothing more to be said.
    Quiet,
    /// The client may not know yet, and may be sending.
    Midway,
}

/// Serves all requests of `stream`.
pub async fn serve_connection<S: Service, T: Transport>(
    stream: T,
    peer: Peer,
    service: &S,
    context: &Rc<Context>,
) {
    let mut connection = Connection::new(stream, peer, context);
    let end = connection.serve(service).await;
    match end {
        Ok(End::Quiet) => connection.close(false).await,
        Ok(End::Midway) => connection.close(true).await,
        Err(_) => {}
    }
    context.row.closed();
}

impl<T: Transport> Connection<T> {
    async fn serve<S: Service>(&mut self, service: &S) -> Result<End, Broken> {
        let now = self.context.clock.now();
        self.watch.set_idle(now + self.limits.head_timeout);
        loop {
            match self.next_head().await {
                Ok(true) => {}
                Ok(false) => return Ok(End::Quiet),
                Err(broken) => return self.refuse_head(broken).await,
            }
            if let Some(end) = self.exchange(service).await? {
                return Ok(end);
            }
        }
    }

    /// Whether there is another request, with its head complete.
    async fn next_head(&mut self) -> Result<bool, Broken> {
        let limits = self.message_limits();
        loop {
            if !self.input.is_empty() && self.head.parse(self.input.filled(), &limits)? {
                return Ok(true);
            }
            self.flush().await?;
            let fresh = self.input.is_empty();
            if self.fill().await? == 0 {
                return match fresh {
                    true => Ok(false),
                    false => Err(Broken::Closed),
                };
            }
            if fresh && self.requests > 0 {
                let now = self.context.clock.now();
                self.watch.set(now + self.limits.head_timeout);
            }
        }
    }

    /// One request and its answer; the connection's end, if it was the last.
    async fn exchange<S: Service>(&mut self, service: &S) -> Result<Option<End>, Broken> {
        self.begin();
        let (context, began) = (Rc::clone(&self.context), self.arrived);
        let counted = Counted::begin(&context);
        let logged = context.log.as_ref().map(|log| logged::begin(log, self));
        let answered = self.answered(service).await;
        let whole = answered.is_ok();
        let end = match answered {
            Ok(After::KeepAlive) => Ok(None),
            Ok(After::Close) if self.is_over() => Ok(Some(End::Quiet)),
            Ok(After::Close) => Ok(Some(End::Midway)),
            Err(broken) => self.refuse(broken, true).await.map(Some),
        };
        let now = context.clock.now();
        if whole {
            counted.ended(self, now - began);
        }
        if let (Some(log), Some(logged)) = (&context.log, logged) {
            logged::end(log, logged, self, now);
        }
        self.answer.status = 0;
        let idle = context.idle_until(now, self.limits.idle_timeout);
        self.watch.set_idle(idle);
        end
    }

    /// Whether the client neither sends anything more nor expects to.
    fn is_over(&self) -> bool {
        self.body.is_done() && self.input.is_empty() && !self.head.persistent()
    }

    /// Lets `service` answer, and sends what it wrote.
    async fn answered<S: Service>(&mut self, service: &S) -> Result<After, Broken> {
        let called = {
            // In its place from the beginning: a service's future may be large, and would be moved from hand to hand.
            let call = pin!(service.call(self));
            caught(call).await
        };
        let after = match called {
            Ok(after) => after?,
            Err(_) => self.apologise(),
        };
        let goes_on = after == After::KeepAlive
            && self.persists()
            && (self.body.is_done() || self.discard_body().await?);
        self.take_head();
        self.head.clear();
        if !goes_on || self.input.is_empty() || self.output.len() > LARGE {
            self.flush().await?;
        }
        Ok(match goes_on {
            true => After::KeepAlive,
            false => After::Close,
        })
    }

    fn begin(&mut self) {
        self.arrived = self.context.clock.now();
        self.watch.set(self.arrived + self.limits.request_timeout);
        self.body = BodyReader::new(self.head.framing(), self.limits.body_bytes);
        self.head_taken = false;
        self.received = 0;
        self.before = self.output.len() as u64;
        self.requests += 1;
        self.answer = Answer::default();
    }

    /// A handler panicked.
    fn apologise(&mut self) -> After {
        self.closing = true;
        self.context.row.counted(Count::Panics, 1);
        if self.take_back() {
            refusal(self, 500, "the handler of this request failed", "");
        }
        After::Close
    }

    /// A head that cannot be read, or did not come.
    async fn refuse_head(&mut self, broken: Broken) -> Result<End, Broken> {
        self.arrived = self.context.clock.now();
        self.before = self.output.len() as u64;
        self.answer = Answer::default();
        let begun = !self.input.is_empty();
        let end = self.refuse(broken, begun).await;
        if let Some(log) = self
            .context
            .log
            .as_ref()
            .filter(|_| self.answer.status != 0)
        {
            logged::unread(log, self);
        }
        end
    }

    /// Tells the client, if it may hear it, what was wrong with the request it has `begun`.
    async fn refuse(&mut self, broken: Broken, begun: bool) -> Result<End, Broken> {
        let silent = self.take_back();
        self.closing = true;
        match &broken {
            Broken::Refused(refused) if silent => {
                refusal(self, refused.status(), &refused.to_string(), "");
            }
            Broken::Expired if silent && begun => {
                refusal(self, 408, "the request did not come in time", "");
            }
            _ => return Err(broken),
        }
        self.context.row.refused(why(self.answer.status));
        let now = self.context.clock.now();
        self.watch.set(now + self.limits.stall_timeout);
        self.flush().await?;
        Ok(End::Midway)
    }
}

/// Under what a refusal of this status is counted.
fn why(status: u16) -> Refusal {
    match status {
        408 => Refusal::HeadTimeout,
        413 => Refusal::BodyTooLarge,
        414 => Refusal::TargetTooLong,
        431 => Refusal::HeadTooLarge,
        405 | 501 => Refusal::NotImplemented,
        505 => Refusal::Version,
        _ => Refusal::Malformed,
    }
}

/// A request in flight: counted until it ends, one way or the other.
struct Counted<'c>(&'c Context);

impl<'c> Counted<'c> {
    fn begin(context: &'c Context) -> Self {
        context.row.began();
        Counted(context)
    }

    fn ended<T>(self, connection: &Connection<T>, time: policy::time::Duration) {
        let answer = &connection.answer;
        let context: &'c Context = self.0;
        std::mem::forget(self);
        context
            .row
            .ended(answer.status, time, connection.received, answer.sent);
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.row.aborted();
    }
}
