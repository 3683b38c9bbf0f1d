//! Serving the pages: a few connections, none of them for long.

use std::convert::Infallible;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration as Wait;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::{Admin, INTERVAL, Source};

/// Connections at once; others wait to be accepted.
const CONNECTIONS: usize = 64;
/// Bytes of a request's head.
const HEAD_BYTES: usize = 16 * 1024;
/// For a request's head, the wait for it included.
const HEAD_TIMEOUT: Wait = Wait::from_secs(30);
/// After which no further request is taken.
const LIFETIME: Wait = Wait::from_secs(300);
/// For the last one to end.
const GRACE: Wait = Wait::from_secs(10);
/// Before it is tried again to accept when that failed.
const PAUSE: Wait = Wait::from_millis(100);

impl<S: Source + 'static> Admin<S> {
    /// Serves whoever connects to `listener`, for as long as it is polled. Needs a `LocalSet` or a local runtime.
    pub async fn serve(self: Rc<Self>, listener: TcpListener) {
        let observer = tokio::task::spawn_local(Rc::clone(&self).keep_averages());
        let _guard = AbortOnDrop(observer.abort_handle());
        let free = Arc::new(Semaphore::new(CONNECTIONS));
        // The semaphore is never closed.
        while let Ok(permit) = Arc::clone(&free).acquire_owned().await {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let admin = Rc::clone(&self);
                    tokio::task::spawn_local(async move {
                        admin.serve_connection(stream).await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    tracing::warn!("an admin connection cannot be accepted: {error}");
                    sleep(PAUSE).await;
                }
            }
        }
    }

    async fn keep_averages(self: Rc<Self>) {
        loop {
            sleep(Wait::from_nanos(INTERVAL.0)).await;
            self.observe();
        }
    }

    async fn serve_connection(&self, stream: TcpStream) {
        let service = service_fn(async |request| Ok::<_, Infallible>(self.answer(&request)));
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(HEAD_BYTES);
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
        // Whatever goes wrong, it is the client's.
        if timeout(LIFETIME, &mut connection).await.is_err() {
            connection.as_mut().graceful_shutdown();
            let _ = timeout(GRACE, connection).await;
        }
    }
}

struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
