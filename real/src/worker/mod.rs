//! A process that serves: a worker, or a balancer. What it is told by the master, and what it answers.

mod engine;
pub(crate) mod exec;
mod parent;
mod seat;
mod serving;
mod source;

use std::ffi::CString;
use std::io;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::rc::Rc;

use tokio::runtime::{Builder, LocalOptions};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::spawn_local;

pub(crate) use self::engine::Engine;
pub(crate) use self::seat::Seat;
pub(crate) use self::serving::Serving;
use crate::channel::message::{Order, Report, Role};
use crate::channel::{self, Receiver, Sender};
use crate::sys;

/// The first argument of a worker.
pub(crate) const WORKER: &str = "__worker";
/// The first argument of a balancer.
pub(crate) const BALANCER: &str = "__balancer";

/// `__worker SOCKET MASTER`: serves as the master says that is at the other end of this socket and has this pid.
pub(crate) fn run(mut arguments: impl Iterator<Item = String>) -> ExitCode {
    let (socket, master) = (arguments.next(), arguments.next());
    let served = parent::bind(master.as_deref()).and_then(|()| {
        let number = socket.and_then(|word| word.parse().ok()).unwrap_or(-1);
        let socket = UnixStream::from(sys::inherited(number)?);
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build_local(LocalOptions::default());
        runtime?.block_on(serve(socket))
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("real: a process could not serve: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(socket: UnixStream) -> io::Result<()> {
    let (reports, mut orders) = channel::open::<Report, Order>(socket)?;
    let Some(Order::Start(start)) = orders.next().await? else {
        return Err(io::Error::other(
            "the first order was another than to start",
        ));
    };
    let seat = Seat::take(*start)?;
    let orders = obey(orders, reports.clone())?;
    let name = format!("{} {}", seat.role, seat.slot);
    // It would be called `exe`, as what was executed is.
    let _ = CString::new(format!("real {name}")).map(|name| rustix::thread::set_name(&name));
    crate::log::start(&seat.settings.log, &name, true).map_err(io::Error::other)?;
    let report = move |report| reports.send(&report);
    match seat.role {
        Role::Worker => {
            let server = Rc::new(Serving::application(&seat)?);
            Engine::start(seat, server, report).run(orders).await
        }
        Role::Balancer => {
            let server = Rc::new(Serving::balancer(&seat)?);
            Engine::start(seat, server, report).run(orders).await
        }
    }
}

/// The orders of the master, and TERM, which is one to drain. All other signals that might be meant for the master and
/// its children alike are the master's business.
fn obey(
    mut from_master: Receiver<Order>,
    reports: Sender<Report>,
) -> io::Result<mpsc::UnboundedReceiver<Order>> {
    let (orders, queue) = mpsc::unbounded_channel();
    let kinds = [
        SignalKind::interrupt(),
        SignalKind::quit(),
        SignalKind::hangup(),
        SignalKind::user_defined1(),
        SignalKind::user_defined2(),
    ];
    for kind in kinds {
        // With a handler it does not end the process, also when nobody asks whether it came.
        drop(signal(kind)?);
    }
    let mut terminate = signal(SignalKind::terminate())?;
    let drain = orders.clone();
    spawn_local(async move {
        if terminate.recv().await.is_some() {
            reports.send(&Report::Leaving);
            // Only if it ends already.
            let _ = drain.send(Order::Drain { last: false });
        }
    });
    spawn_local(async move {
        while let Ok(Some(order)) = from_master.next().await {
            if orders.send(order).is_err() {
                return;
            }
        }
        // Without a master nobody is told anything any more.
        let _ = orders.send(Order::Quit);
    });
    Ok(queue)
}
