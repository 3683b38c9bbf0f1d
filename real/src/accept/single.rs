//! One process does everything: it accepts, answers, hears the signals and serves the admin pages. There is no master, so
//! nobody starts it again.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use spec::{Failure, Status};
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::mpsc;
use tokio::task::spawn_local;

use super::listener;
use crate::channel::message::{Order, Report};
use crate::config::Document;
use crate::master::{Alone, Event, Signal};
use crate::settings::Settings;
use crate::worker::{Engine, Seat, Serving};

/// Serves until it is told to end.
///
/// # Errors
/// If it cannot begin, or no connection can be accepted any more.
pub(crate) fn run(document: Document, settings: Settings) -> Result<Status, Failure> {
    crate::log::start(&settings.log, "single", true).map_err(Failure::usage)?;
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default());
    let served = runtime.and_then(|runtime| runtime.block_on(serve(document, settings)));
    served.map_err(|error| Failure::Running(error.to_string()))
}

async fn serve(document: Document, settings: Settings) -> io::Result<Status> {
    let (events, inbox) = mpsc::unbounded_channel();
    let (mut alone, socket) = Alone::begin(&document, &settings, events)?;
    tracing::info!("listening on {}", listener::address(&socket)?);
    let seat = Seat::alone(&settings, socket, alone.page, alone.shared)?;
    let server = Rc::new(Serving::application(&seat)?);
    let engine = Engine::start(seat, server, |_: Report| ());
    alone.serves();
    let (orders, queue) = mpsc::unbounded_channel();
    let interrupted = spawn_local(obey(document, settings, alone, inbox, orders));
    engine.run(queue).await?;
    match interrupted.is_finished() && interrupted.await.unwrap_or(false) {
        true => Ok(Status::Interrupted),
        false => Ok(Status::Done),
    }
}

/// Signals, as orders. Whether the last one was INT.
async fn obey(
    mut document: Document,
    mut settings: Settings,
    mut alone: Alone,
    mut inbox: mpsc::UnboundedReceiver<Event>,
    orders: mpsc::UnboundedSender<Order>,
) -> bool {
    let mut draining = false;
    // Only if the process ends already.
    let tell = |order| drop(orders.send(order));
    while let Some(event) = inbox.recv().await {
        match event {
            Event::Signal(Signal::Drain) if !draining => {
                draining = true;
                alone.drains();
                spawn_local(leave(&settings, orders.clone()));
            }
            Event::Signal(signal @ (Signal::Drain | Signal::Quit | Signal::Interrupt)) => {
                alone.drains();
                tell(Order::Quit);
                return signal == Signal::Interrupt;
            }
            Event::Signal(Signal::Reopen) => tell(Order::Reopen),
            Event::Signal(Signal::Reload) | Event::FileChanged => {
                tell(Order::Reopen);
                if let Some(read) = alone.reload(&document, &settings) {
                    (document, settings) = read;
                    tell(Order::Settings(document.to_json()));
                }
            }
            Event::Signal(Signal::Upgrade) if !draining => alone.upgrade(&settings),
            Event::Successor(serves) if alone.is_succeeded(serves) => {
                draining = true;
                tell(Order::Drain { last: false });
                spawn_local(end_after(settings.drain, orders.clone()));
            }
            Event::Signal(signal) => {
                tracing::warn!(?signal, "needs a master: not with --accept single")
            }
            _ => {}
        }
    }
    false
}

/// Takes connections in for as long as others need to see that it is not ready, then ends with what there is.
fn leave(
    settings: &Settings,
    orders: mpsc::UnboundedSender<Order>,
) -> impl Future<Output = ()> + use<> {
    let (delay, drain) = (settings.drain_delay, settings.drain);
    async move {
        tokio::time::sleep(Duration::from_nanos(delay.0)).await;
        // Only if it has ended already.
        let _ = orders.send(Order::Drain { last: true });
        end_after(drain, orders).await;
    }
}

async fn end_after(time: policy::time::Duration, orders: mpsc::UnboundedSender<Order>) {
    tokio::time::sleep(Duration::from_nanos(time.0)).await;
    // Only if it has ended already.
    let _ = orders.send(Order::Quit);
}
