//! A second attempt beside the first, for requests that do no harm twice: whoever answers first is heard.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use policy::time::Duration;

use super::Proxy;
use super::attempt::Attempt;
use super::control::Ticket;
use super::failure::Failure;
use super::forward::Asked;
use super::plan::Plan;
use crate::http::{Limits, Method};
use crate::serve::{Connection, Transport};

/// What both attempts ask.
#[derive(Clone, Copy)]
struct Question<'a> {
    plan: &'a Plan,
    asked: &'a Asked<'a>,
    request: &'a [u8],
    limits: Limits,
    method: Method,
}

impl Proxy {
    /// Asks at `first`'s backend and, if there is no answer after `delay`, at another, too. `request` is all there is to
    /// be sent. The attempt that is not needed any more is cancelled, connection and all.
    pub(super) async fn hedged<'p, T: Transport>(
        &'p self,
        connection: &Connection<T>,
        plan: &Plan,
        asked: &Asked<'_>,
        first: Ticket<'p>,
        request: &[u8],
        delay: Duration,
    ) -> Result<Attempt<'p>, Failure> {
        let question = Question {
            plan,
            asked,
            request,
            limits: connection.message_limits(),
            method: connection.head.method(),
        };
        let (asked_first, began) = (first.backend.id, first.began);
        let mut alone = pin!(self.alone(question, first));
        let delay = std::time::Duration::from_nanos(delay.0);
        if let Ok(result) = tokio::time::timeout(delay, &mut alone).await {
            return result;
        }
        let now = self.clock.now();
        // The budget first: who is chosen and then not asked would have been counted, and have moved the strategy on.
        if !self.control.has_others() || !self.control.may_hedge() {
            return alone.await;
        }
        let second = self.control.assign(asked.key, None, Some(asked_first), now);
        let Some(second) = second.filter(|second| second.backend.id != asked_first) else {
            return alone.await;
        };
        self.control.hedged(&second.backend);
        let mut beside = pin!(self.alone(question, second));
        let (mut first_failed, mut second_failed) = (false, false);
        poll_fn(|cx| {
            if !first_failed && let Poll::Ready(result) = alone.as_mut().poll(cx) {
                first_failed = result.is_err();
                if !first_failed || second_failed {
                    // Who failed has lost no race: how long that took is no time an answer takes.
                    if !second_failed {
                        self.control.lost_the_race(now);
                    }
                    return Poll::Ready(result);
                }
            }
            if !second_failed && let Poll::Ready(result) = beside.as_mut().poll(cx) {
                second_failed = result.is_err();
                if !second_failed || first_failed {
                    if !first_failed {
                        self.control.lost_the_race(began);
                    }
                    return Poll::Ready(result);
                }
            }
            Poll::Pending
        })
        .await
    }

    /// An attempt that does not touch the client.
    async fn alone<'p>(
        &'p self,
        question: Question<'_>,
        ticket: Ticket<'p>,
    ) -> Result<Attempt<'p>, Failure> {
        let Question { plan, asked, .. } = question;
        let mut attempt = self.open(plan, asked, ticket).await?;
        loop {
            let result = self.ask_alone(question, &mut attempt).await;
            if attempt.is_stale(&result) {
                self.renew(plan, asked, &mut attempt).await?;
                continue;
            }
            attempt.note(&result, self.clock.now());
            return result.map(|()| attempt);
        }
    }

    async fn ask_alone(
        &self,
        question: Question<'_>,
        attempt: &mut Attempt<'_>,
    ) -> Result<(), Failure> {
        let Question { plan, asked, .. } = question;
        let time = plan.attempt_timeout.min(asked.until - self.clock.now());
        let memory = &self.context.memory;
        let ask = attempt.ask_alone(question.request, memory, &question.limits, question.method);
        let time = std::time::Duration::from_nanos(time.0);
        tokio::time::timeout(time, ask)
            .await
            .unwrap_or(Err(Failure::Timeout))
    }
}
