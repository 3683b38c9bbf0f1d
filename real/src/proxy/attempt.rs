//! One attempt: a request is sent to one backend, up to the head of its answer.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use policy::time::{Duration, Instant};
use tokio::io::AsyncWrite;

use super::control::Ticket;
use super::failure::{self, Failure};
use super::link::Link;
use super::outbound::{Outbound, poll_write_all};
use super::response_head;
use crate::http::{Limits, Method, ResponseHead, Version};
use crate::serve::{Broken, Buffer, Connection, Memory, Transport};

/// More interim responses than anybody needs.
const INTERIM: u32 = 32;

/// An attempt under way, or answered.
pub(super) struct Attempt<'c> {
    pub(super) ticket: Ticket<'c>,
    pub(super) link: Link,
    /// What the backend said, and nobody used.
    pub(super) input: Buffer,
    /// Of its answer; its spans lie at the front of `input`.
    pub(super) head: ResponseHead,
    /// Whether the connection was used before: then it may have been closed while the request was on its way.
    pub(super) reused: bool,
    /// When its answer began, or it failed.
    pub(super) answered: Instant,
    /// The request cannot be sent on, but there may be an answer all the same.
    deaf: bool,
    interim: u32,
}

impl<'c> Attempt<'c> {
    /// Nothing was sent. `head` is memory to be used.
    pub(super) fn new(ticket: Ticket<'c>, link: Link, reused: bool, head: ResponseHead) -> Self {
        let mut attempt = Attempt {
            ticket,
            link,
            input: Buffer::default(),
            head,
            reused,
            answered: Instant::ZERO,
            deaf: false,
            interim: 0,
        };
        attempt.head.clear();
        attempt
    }

    /// Whether `result` is that of a connection that was closed before the request came. It may be sent again over
    /// another, to the same backend.
    pub(super) fn is_stale(&self, result: &Result<(), Failure>) -> bool {
        self.reused && matches!(result, Err(Failure::Reset { heard: false }))
    }

    /// Its answer began, or it failed, at `now`.
    pub(super) fn note(&mut self, result: &Result<(), Failure>, now: Instant) {
        self.answered = now;
        match result.as_ref().map_err(Failure::reason) {
            Ok(()) => match failure::of_status(self.head.status()) {
                None => self.ticket.answered(now),
                Some(reason) => self.ticket.failed(reason),
            },
            Err(Some(reason)) => self.ticket.failed(reason),
            Err(None) => {}
        }
    }

    /// Over `link` instead, from the beginning.
    pub(super) fn begin_again(&mut self, link: Link) {
        self.link = link;
        self.reused = false;
        self.deaf = false;
        self.head.clear();
    }

    /// Sends what `connection` asks for, and waits for the head of the answer. Interim responses are passed on. The
    /// client must give its body, and the backend take it, without stalling; then the backend has until `patience`
    /// after that to answer; all until `until`.
    pub(super) async fn ask<T: Transport>(
        &mut self,
        connection: &mut Connection<T>,
        outbound: &mut Outbound,
        patience: Duration,
        until: Instant,
    ) -> Result<(), Failure> {
        loop {
            self.wait(connection, outbound, patience, until).await?;
            if !self.head.is_interim() {
                return Ok(());
            }
            if connection.head.version() == Version::Http11 {
                let bytes = self.input.filled();
                response_head::write_interim(&mut connection.output, &self.head, bytes);
                connection.flush().await?;
            }
            self.pass_over_interim()?;
        }
    }

    /// Until the next head is there.
    async fn wait<T: Transport>(
        &mut self,
        connection: &mut Connection<T>,
        outbound: &mut Outbound,
        patience: Duration,
        until: Instant,
    ) -> Result<(), Failure> {
        let limits = connection.message_limits();
        let method = connection.head.method();
        let stall = connection.limits.stall_timeout;
        let clock = connection.context.clock;
        // As nearly always: chosen just now, and sent at once over a connection that was there.
        let mut now = (self.reused && self.interim == 0).then_some(self.ticket.began);
        let mut moved = None;
        let head = connection.poll_until(|connection, cx| {
            self.send(cx, connection, outbound)?;
            if moved != Some(outbound.moved()) {
                // Something went on since: there is time for more.
                moved = Some(outbound.moved());
                let now = now.take().unwrap_or_else(|| clock.now());
                let time = if outbound.is_sent() { patience } else { stall };
                connection.watch.set(until.min(now + time));
            }
            self.poll_head(cx, &connection.context.memory, &limits, method)
        });
        match head.await {
            Ok(result) => result,
            Err(_) if outbound.waits_for_client() => Err(Broken::Expired.into()),
            Err(_) => Err(Failure::Timeout),
        }
    }

    /// Sends what can be sent, also while the answer is passed on already.
    pub(super) fn send<T: Transport>(
        &mut self,
        cx: &mut Context<'_>,
        connection: &mut Connection<T>,
        outbound: &mut Outbound,
    ) -> Result<(), Failure> {
        if self.deaf || outbound.is_sent() {
            return Ok(());
        }
        match outbound.poll_send(cx, connection, &mut self.link) {
            Poll::Ready(Err(Failure::Client(broken))) => Err(broken.into()),
            Poll::Ready(Err(_)) => {
                self.deaf = true;
                Ok(())
            }
            Poll::Ready(Ok(())) | Poll::Pending => Ok(()),
        }
    }

    fn poll_head(
        &mut self,
        cx: &mut Context<'_>,
        memory: &Memory,
        limits: &Limits,
        method: Method,
    ) -> Poll<Result<(), Failure>> {
        loop {
            if !self.input.is_empty() && self.head.parse(self.input.filled(), limits, method)? {
                return Poll::Ready(Ok(()));
            }
            let heard = !self.input.is_empty();
            match ready!(self.input.poll_fill(&mut self.link, memory, cx)) {
                Ok(1..) => {}
                Ok(0) | Err(_) => return Poll::Ready(Err(Failure::Reset { heard })),
            }
        }
    }

    /// Sends a request that is whole, and waits for the head of the answer. Interim responses are left out: whether they
    /// would be this attempt's or another's is not known yet.
    pub(super) async fn ask_alone(
        &mut self,
        request: &[u8],
        memory: &Memory,
        limits: &Limits,
        method: Method,
    ) -> Result<(), Failure> {
        let mut sent = 0;
        let written = poll_fn(|cx| {
            ready!(poll_write_all(cx, &mut self.link, request, &mut sent))?;
            Pin::new(&mut self.link).poll_flush(cx)
        });
        // Who does not take all of a request may have answered it.
        let _ = written.await;
        loop {
            poll_fn(|cx| self.poll_head(cx, memory, limits, method)).await?;
            if !self.head.is_interim() {
                return Ok(());
            }
            self.pass_over_interim()?;
        }
    }

    fn pass_over_interim(&mut self) -> Result<(), Failure> {
        self.interim += 1;
        if self.interim > INTERIM {
            return Err(Failure::Reset { heard: true });
        }
        self.input.consume(self.head.len());
        Ok(())
    }
}
