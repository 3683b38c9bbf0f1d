//! Asking a backend how it is.

use std::future::poll_fn;

use policy::time::Instant;
use tokio::io::AsyncWriteExt;

use super::backend::Backend;
use super::connect::connect;
use super::plan::Plan;
use crate::http::{Limits, Method, ResponseHead};
use crate::serve::{Buffer, Memory};

/// Whether `backend` answers by 2xx or 3xx before `until`. Over a connection of its own: whether one can be had is part
/// of the question.
pub(super) async fn probe(
    backend: &Backend,
    plan: &Plan,
    memory: &Memory,
    now: Instant,
    until: Instant,
) -> bool {
    let time = until - now;
    let ask = async {
        let mut link = connect(backend, plan.tls.as_ref(), time).await.ok()?;
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: evenkeel-probe\r\nConnection: close\r\n\r\n",
            plan.probe_path, backend.endpoint.authority
        );
        link.write_all(request.as_bytes()).await.ok()?;
        link.flush().await.ok()?;
        let (mut input, mut head) = (Buffer::default(), ResponseHead::default());
        while !head
            .parse(input.filled(), &Limits::default(), Method::Get)
            .ok()?
        {
            let read = poll_fn(|cx| input.poll_fill(&mut link, memory, cx)).await;
            read.ok().filter(|read| *read > 0)?;
        }
        Some(head.status())
    };
    let status = tokio::time::timeout(std::time::Duration::from_nanos(time.0), ask).await;
    matches!(status, Ok(Some(200..=399)))
}
