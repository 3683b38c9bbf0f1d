//! A transport that takes bytes and holds them back until it is told to let them go, as TLS may.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf};
use tokio::task::spawn_local;

use super::harness::*;
use crate::serve::{Peer, serve_connection};

struct Lazy {
    stream: DuplexStream,
    held: Vec<u8>,
    /// Whether it was told, and said that it could not yet.
    told: bool,
}

impl AsyncRead for Lazy {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Lazy {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().held.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.held.is_empty() && !std::mem::replace(&mut this.told, true) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        while !this.held.is_empty() {
            let written = ready!(Pin::new(&mut this.stream).poll_write(cx, &this.held))?;
            this.held.drain(..written);
        }
        this.told = false;
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[test]
fn what_there_is_of_an_answer_is_let_go_while_the_rest_is_awaited() {
    run(async {
        let slow = listen(|stream| async move {
            let mut client = Client::over(stream);
            client.request().await;
            client
                .say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
                .await;
            while client.read().await {}
        })
        .await;
        let front = Front::start(&settings(&[slow])).await;
        let (mut client, stream) = tokio::io::duplex(1 << 16);
        let stream = Lazy {
            stream,
            held: Vec::new(),
            told: false,
        };
        let (proxy, address) = (std::rc::Rc::clone(&front.proxy), front.address);
        spawn_local(async move {
            let peer = Peer { address, tls: true };
            let context = std::rc::Rc::clone(&proxy.context);
            serve_connection(stream, peer, &*proxy, &context).await;
        });
        client.write_all(GET.as_bytes()).await.unwrap();
        let mut heard = Vec::new();
        while !heard.ends_with(b"\r\n\r\nab") {
            assert!(client.read_buf(&mut heard).await.unwrap() > 0);
        }
    });
}
