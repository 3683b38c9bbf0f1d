//! Asking: one backend after another until one answers.

use std::rc::Rc;

use policy::time::Duration;

use super::Proxy;
use super::attempt::Attempt;
use super::connect::connect;
use super::control::{Ticket, Tried};
use super::failure::{self, Failure};
use super::forward::Asked;
use super::link::Link;
use super::outbound::Outbound;
use super::plan::Plan;
use crate::serve::{Connection, Transport};
use crate::stats::BackendCount;

/// No answer: why, or that nobody could be asked.
pub(super) enum Unanswered {
    Nobody,
    Failed(Failure),
}

impl Proxy {
    /// Asks one backend after another until one answers, or there is no point in asking more.
    pub(super) async fn answer<T: Transport>(
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
            // It was heard: that it did nothing is the backend's word (RFC 9110, 9.2.2).
            Ok(attempt) => failure::of_status(attempt.head.status()).filter(|_| asked.idempotent),
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
            ticket.backend.complain(failure, self.clock.now());
        }
        match link.as_ref().map_err(Failure::reason) {
            Ok(_) => self.control.count(&ticket.backend, BackendCount::Connected),
            Err(Some(reason)) => ticket.failed(reason),
            Err(None) => {}
        }
        link
    }
}
