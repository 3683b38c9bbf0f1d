//! A request's way: let in, answered by whoever is behind, or refused.

use policy::BackendId;
use policy::admission::Outcome;
use policy::dispatcher::Shed;
use policy::time::Instant;

use super::Proxy;
use super::ask::Unanswered;
use super::control::Admitted;
use super::failure::Failure;
use super::forwarded::{self, is_trusted};
use super::key::cookies;
use super::outbound::Outbound;
use super::plan::Plan;
use super::refuse::{Refuse, options};
use super::request_head::{self, Rewrite};
use super::sticky::Token;
use crate::http::{Framing, Method, RequestHead};
use crate::serve::{After, Broken, Connection, Service, Transport, refusal};
use crate::stats::Refusal;

/// What a request asks of us, besides its answer.
pub(super) struct Asked<'c> {
    /// Until it has ended, or is a tunnel: that is no work any more.
    admitted: Option<Admitted<'c>>,
    /// What it is placed by.
    pub(super) key: u64,
    /// Who its cookie names, and where that is if it is there.
    pub(super) token: Option<Token>,
    pub(super) stay: Option<BackendId>,
    /// Whether it may be sent twice.
    pub(super) idempotent: bool,
    pub(super) upgrade: bool,
    /// When all must be over.
    pub(super) until: Instant,
}

impl Asked<'_> {
    /// What its end tells of the backends.
    pub(super) fn ends(&mut self, outcome: Outcome, now: Instant) {
        if let Some(admitted) = self.admitted.take() {
            admitted.ends(outcome, now);
        }
    }
}

impl Service for Proxy {
    async fn call<T: Transport>(&self, connection: &mut Connection<T>) -> Result<After, Broken> {
        let plan = self.plan();
        // Whoever is answered already does not wait for this one.
        connection.flush().await?;
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
        let (peer, now) = (connection.peer.address.ip(), connection.arrived);
        let client = forwarded::client(&plan.trusted, head, bytes, peer);
        let method = head.method();
        // A tunnel to anywhere is no balancer's business, and what TRACE shows (our fields) is nobody's.
        if matches!(method, Method::Connect | Method::Trace) {
            return Err(Refuse::METHOD);
        }
        if let Some(clients) = &self.clients {
            let client = plan.key.of_client(head, bytes, client);
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
            key: plan.key.of_request(head, bytes, client),
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
    let lines = head.values(bytes, "upgrade");
    let mut protocols = lines.flat_map(|line| line.split(|&byte| byte == b','));
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

/// Tells the client that there is no answer.
fn confess<T: Transport>(
    connection: &mut Connection<T>,
    unanswered: Unanswered,
) -> Result<After, Broken> {
    match unanswered {
        Unanswered::Nobody => Refuse::NOBODY.answer(connection),
        Unanswered::Failed(Failure::Client(Broken::Expired)) => {
            connection.context.row.refused(Refusal::BodyTimeout);
            refusal(connection, 408, "the body did not come in time", "");
        }
        Unanswered::Failed(Failure::Client(broken)) => return Err(broken),
        Unanswered::Failed(failure) => {
            connection.context.row.refused(Refusal::NoBackend);
            refusal(connection, failure.status(), &failure.to_string(), "");
        }
    }
    // Whoever has not sent its body yet may be waiting to be asked for it, or be about to send it.
    Ok(match connection.body_is_done() {
        true => After::KeepAlive,
        false => After::Close,
    })
}
