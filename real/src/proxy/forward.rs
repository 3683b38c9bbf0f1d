//! A request's way: let in, sent to a backend, to another if that fails, and its answer back.

use std::rc::Rc;

use policy::BackendId;
use policy::admission::Outcome;
use policy::dispatcher::Shed;
use policy::time::{Duration, Instant};

use super::Proxy;
use super::attempt::Attempt;
use super::connect::connect;
use super::control::{Admitted, Ticket, Tried};
use super::failure::{self, Failure};
use super::forwarded::is_trusted;
use super::inbound::{Delivery, Inbound};
use super::key::cookies;
use super::link::Link;
use super::outbound::Outbound;
use super::plan::Plan;
use super::refuse::{Refuse, options, say};
use super::request_head::{self, Rewrite};
use super::response_head::{self, Reply};
use super::sticky::Token;
use super::tunnel;
use crate::http::{Framing, Method, RequestHead};
use crate::serve::{After, Broken, Connection, Service, Transport};
use crate::stats::{BackendCount, Count};

/// What a request asks of us, besides its answer.
pub(super) struct Asked<'c> {
    /// Until it has ended, or is a tunnel: that is no work any more.
    admitted: Option<Admitted<'c>>,
    /// What it is placed by.
    pub(super) key: u64,
    /// Who its cookie names, and where that is if it is there.
    token: Option<Token>,
    stay: Option<BackendId>,
    /// Whether it may be sent twice.
    pub(super) idempotent: bool,
    upgrade: bool,
    /// When all must be over.
    pub(super) until: Instant,
}

impl Asked<'_> {
    /// What its end tells of the backends.
    fn ends(&mut self, outcome: Outcome, now: Instant) {
        if let Some(admitted) = self.admitted.take() {
            admitted.ends(outcome, now);
        }
    }
}

/// No answer: why, or that nobody could be asked.
enum Unanswered {
    Nobody,
    Failed(Failure),
}

impl Service for Proxy {
    async fn call<T: Transport>(&self, connection: &mut Connection<T>) -> Result<After, Broken> {
        let plan = self.plan();
        if request_head::max_forwards(&connection.head, connection.input.filled()) == Some(0) {
            options(connection);
            return Ok(After::KeepAlive);
        }
        match self.asked(connection, &plan) {
            Ok(asked) => self.forward(connection, &plan, asked).await,
            Err(refuse) => {
                refuse.answer(connection);
                Ok(After::KeepAlive)
            }
        }
    }
}

impl Proxy {
    /// Lets the request in, if it may come in.
    fn asked<T: Transport>(
        &self,
        connection: &Connection<T>,
        plan: &Plan,
    ) -> Result<Asked<'_>, Refuse> {
        let (head, bytes) = (&connection.head, connection.input.filled());
        let (peer, now) = (connection.peer.address, connection.arrived);
        let method = head.method();
        // A tunnel to anywhere is no balancer's business, and what TRACE shows (our fields) is nobody's.
        if matches!(method, Method::Connect | Method::Trace) {
            return Err(Refuse::METHOD);
        }
        if let Some(clients) = &self.clients {
            let client = plan.key.of_client(head, bytes, peer);
            clients
                .borrow_mut()
                .admit(client, now)
                .map_err(Refuse::rate)?;
        }
        let admitted = self.control.admit(now).map_err(shed)?;
        let token = plan
            .sticky
            .as_ref()
            .and_then(|sticky| cookies(head, bytes).find_map(|field| sticky.read(field)));
        Ok(Asked {
            admitted: Some(admitted),
            key: plan.key.of_request(head, bytes, peer),
            token,
            stay: token.and_then(|token| self.control.holder(token)),
            idempotent: method.is_idempotent(),
            upgrade: may_upgrade(head, bytes),
            until: connection.watch.at(),
        })
    }

    async fn forward<T: Transport>(
        &self,
        connection: &mut Connection<T>,
        plan: &Plan,
        mut asked: Asked<'_>,
    ) -> Result<After, Broken> {
        let rewrite = rewrite(connection, plan, &asked);
        let mut outbound = Outbound::new(connection, &rewrite, self.spare.request())?;
        let answer = self.answer(connection, plan, &asked, &mut outbound).await;
        let after = match answer {
            Ok(attempt) => {
                self.deliver(connection, plan, &mut asked, &mut outbound, attempt)
                    .await
            }
            Err(unanswered) => {
                asked.ends(Outcome::Dropped, self.clock.now());
                confess(connection, unanswered)
            }
        };
        self.spare.keep_request(outbound.into_memory());
        after
    }

    /// Asks one backend after another until one answers, or there is no point in asking more.
    async fn answer<T: Transport>(
        &self,
        connection: &mut Connection<T>,
        plan: &Plan,
        asked: &Asked<'_>,
        outbound: &mut Outbound,
    ) -> Result<Attempt<'_>, Unanswered> {
        let mut tried = Tried::default();
        let mut now = connection.arrived;
        loop {
            let ticket = self.control.assign(asked.key, asked.stay, tried.last, now);
            let ticket = ticket.ok_or(Unanswered::Nobody)?;
            tried.last = Some(ticket.backend.id);
            connection.answer.attempts += 1;
            connection.answer.backend = Some(Rc::clone(&ticket.backend.name));
            if tried.retries > 0 {
                self.control.retried(&ticket.backend);
            }
            let result = self.ask(connection, plan, asked, ticket, outbound).await;
            let Some(delay) = self.delay(&result, &mut tried, asked, outbound) else {
                return result.map_err(Unanswered::Failed);
            };
            drop(result);
            if delay > Duration::ZERO {
                let delay = std::time::Duration::from_nanos(delay.0);
                // Boxed, as all that is rare: every connection has room for the largest of what may be awaited.
                Box::pin(tokio::time::sleep(delay)).await;
            }
            outbound.begin_again();
            now = self.clock.now();
        }
    }

    /// After how long a request is sent again, if the result is a failure, it may be, and it can be.
    fn delay(
        &self,
        result: &Result<Attempt<'_>, Failure>,
        tried: &mut Tried,
        asked: &Asked<'_>,
        outbound: &Outbound,
    ) -> Option<Duration> {
        let reason = match result {
            Ok(attempt) => failure::of_status(attempt.head.status()),
            Err(failure) => failure.reason(),
        };
        let reason = reason.filter(|_| outbound.can_begin_again())?;
        self.control
            .again(tried, reason, asked.idempotent, asked.until)
    }

    /// One attempt, or two at once.
    async fn ask<'p, T: Transport>(
        &'p self,
        connection: &mut Connection<T>,
        plan: &Plan,
        asked: &Asked<'_>,
        ticket: Ticket<'p>,
        outbound: &mut Outbound,
    ) -> Result<Attempt<'p>, Failure> {
        if let Some(delay) = self.control.hedge_delay()
            && connection.head.method().is_safe()
            && outbound.is_whole()
            && !asked.upgrade
        {
            // Boxed, or every connection would have room for it.
            let hedged = self.hedged(connection, plan, asked, ticket, outbound.bytes(), delay);
            let attempt = Box::pin(hedged).await?;
            connection.answer.backend = Some(Rc::clone(&attempt.ticket.backend.name));
            outbound.was_sent();
            return Ok(attempt);
        }
        self.attempt(connection, plan, asked, ticket, outbound)
            .await
    }

    async fn attempt<'p, T: Transport>(
        &'p self,
        connection: &mut Connection<T>,
        plan: &Plan,
        asked: &Asked<'_>,
        ticket: Ticket<'p>,
        outbound: &mut Outbound,
    ) -> Result<Attempt<'p>, Failure> {
        let mut attempt = match self.open_idle(ticket) {
            Ok(attempt) => attempt,
            Err(ticket) => Box::pin(self.open_new(plan, asked, ticket)).await?,
        };
        loop {
            let result = attempt.ask(connection, outbound, plan.attempt_timeout, asked.until);
            let result = result.await;
            if attempt.is_stale(&result) && asked.idempotent && outbound.can_begin_again() {
                self.renew(plan, asked, &mut attempt).await?;
                outbound.begin_again();
                continue;
            }
            attempt.note(&result, self.clock.now());
            return result.map(|()| attempt);
        }
    }

    /// An attempt that has a connection: an idle one or a new one.
    pub(super) async fn open<'p>(
        &'p self,
        plan: &Plan,
        asked: &Asked<'_>,
        ticket: Ticket<'p>,
    ) -> Result<Attempt<'p>, Failure> {
        match self.open_idle(ticket) {
            Ok(attempt) => Ok(attempt),
            Err(ticket) => Box::pin(self.open_new(plan, asked, ticket)).await,
        }
    }

    /// Over an idle connection, if there is one.
    #[inline]
    fn open_idle<'p>(&'p self, ticket: Ticket<'p>) -> Result<Attempt<'p>, Ticket<'p>> {
        let found = self.idle.take(ticket.backend.id, ticket.began);
        for _ in 0..found.stale {
            self.control.count(&ticket.backend, BackendCount::Stale);
        }
        let Some(link) = found.link else {
            return Err(ticket);
        };
        self.control.count(&ticket.backend, BackendCount::Reused);
        Ok(Attempt::new(ticket, link, true, self.spare.head()))
    }

    async fn open_new<'p>(
        &'p self,
        plan: &Plan,
        asked: &Asked<'_>,
        mut ticket: Ticket<'p>,
    ) -> Result<Attempt<'p>, Failure> {
        let link = self.connected(plan, asked, &mut ticket).await?;
        Ok(Attempt::new(ticket, link, false, self.spare.head()))
    }

    /// Another connection instead of one that was closed while the request was on its way. That is nobody's fault, and
    /// no retry in the policy's sense (RFC 9112, 9.3.1).
    pub(super) async fn renew(
        &self,
        plan: &Plan,
        asked: &Asked<'_>,
        attempt: &mut Attempt<'_>,
    ) -> Result<(), Failure> {
        self.control
            .count(&attempt.ticket.backend, BackendCount::Stale);
        let link = Box::pin(self.connected(plan, asked, &mut attempt.ticket)).await?;
        attempt.begin_again(link);
        Ok(())
    }

    async fn connected(
        &self,
        plan: &Plan,
        asked: &Asked<'_>,
        ticket: &mut Ticket<'_>,
    ) -> Result<Link, Failure> {
        let left = asked.until - self.clock.now();
        let time = plan.connect_timeout.min(left);
        let link = connect(&ticket.backend, plan.tls.as_ref(), time).await;
        if let Err(failure) = &link {
            let backend = &*ticket.backend.name;
            tracing::debug!(backend, why = failure.detail(), "no connection");
        }
        match link.as_ref().map_err(Failure::reason) {
            Ok(_) => self.control.count(&ticket.backend, BackendCount::Connected),
            Err(Some(reason)) => ticket.failed(reason),
            Err(None) => {}
        }
        link
    }

    /// Passes the answer on.
    async fn deliver<T: Transport>(
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
            say(
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

fn rewrite<T: Transport>(connection: &Connection<T>, plan: &Plan, asked: &Asked<'_>) -> Rewrite {
    let (head, peer) = (&connection.head, connection.peer);
    Rewrite {
        peer: peer.address,
        tls: peer.tls,
        trusted: is_trusted(&plan.trusted, peer.address.ip()),
        // Who sends the body along has stopped waiting.
        expect: head.expects_continue() && connection.input.filled().len() == head.len(),
        upgrade: asked.upgrade,
    }
}

/// Whether an upgrade is asked for that is passed on. HTTP/2 would be spoken past whatever is checked here.
fn may_upgrade(head: &RequestHead, bytes: &[u8]) -> bool {
    let bodiless = matches!(head.framing(), Framing::None | Framing::Length(0));
    let mut protocols = head
        .get(bytes, "upgrade")
        .unwrap_or_default()
        .split(|&byte| byte == b',');
    head.upgrade()
        && bodiless
        && !protocols.any(|protocol| protocol.trim_ascii().eq_ignore_ascii_case(b"h2c"))
}

fn shed(shed: Shed) -> Refuse {
    match shed {
        Shed::Rate { retry_after } => Refuse::rate(retry_after),
        Shed::Concurrency => Refuse::CONCURRENCY,
    }
}

/// What an answer says of how much the backends have to do.
fn outcome(attempt: &Attempt<'_>) -> Outcome {
    attempt
        .ticket
        .response()
        .map_or(Outcome::Dropped, Outcome::Answered)
}

/// Tells the client that there is no answer.
fn confess<T: Transport>(
    connection: &mut Connection<T>,
    unanswered: Unanswered,
) -> Result<After, Broken> {
    match unanswered {
        Unanswered::Nobody => Refuse::NOBODY.answer(connection),
        Unanswered::Failed(Failure::Client(Broken::Expired)) => {
            connection
                .context
                .row
                .refused(crate::stats::Refusal::BodyTimeout);
            say(connection, 408, "the body did not come in time", "");
        }
        Unanswered::Failed(Failure::Client(broken)) => return Err(broken),
        Unanswered::Failed(failure) => {
            connection
                .context
                .row
                .refused(crate::stats::Refusal::NoBackend);
            say(connection, failure.status(), &failure.to_string(), "");
        }
    }
    // Whoever has not sent its body yet may be waiting to be asked for it, or be about to send it.
    Ok(match connection.body_is_done() {
        true => After::KeepAlive,
        false => After::Close,
    })
}
