//! New settings, without ending.

use std::rc::Rc;

use policy::time::Instant;
use tokio::task::spawn_local;

use super::Master;
use super::event::{Event, Events};
use super::look::Look;
use super::notify;
use crate::channel::message::Order;
use crate::config::{self, Document, Reload};
use crate::settings::{Behind, Settings};

/// Tells `events` when the file of `document` is another one, if it has one.
pub(super) fn watch(document: &Document, events: Events) {
    let Some(path) = document.file() else {
        return;
    };
    let mut watch = match config::watch(path) {
        Ok(watch) => watch,
        Err(error) => {
            tracing::warn!(%error, "the configuration is not watched; HUP reads it again");
            return;
        }
    };
    spawn_local(async move {
        while !events.is_closed() {
            watch.changed().await;
            // Only if the master is gone.
            let _ = events.send(Event::FileChanged);
        }
    });
}

/// Reads the configuration of `document` again, but for what a running server cannot change. `None`, and that is said,
/// if it is bad.
pub(super) fn read(document: &Document, settings: &Settings) -> Option<(Document, Settings)> {
    let Reload {
        document,
        settings,
        needs_restart,
    } = match document.reload(settings) {
        Ok(reload) => reload,
        Err(failure) => {
            tracing::error!("the configuration stays as it was: {}", failure.sentence());
            return None;
        }
    };
    if !needs_restart.is_empty() {
        let flags = needs_restart.join(", ");
        tracing::warn!(%flags, "these settings need a restart, and stay as they were");
    }
    Some((document, settings))
}

impl Master {
    /// Reads the configuration again and goes by it, unless it is bad.
    pub(super) fn reload(&mut self, now: Instant) {
        if self.phase.is_ending() {
            return;
        }
        notify::reloading(now);
        let read = read(&self.document, &self.settings);
        self.shown.reloaded(read.is_some());
        if let Some((document, settings)) = read {
            self.follow(document, settings, now);
        }
        notify::ready();
    }

    fn follow(&mut self, document: Document, new: Settings, now: Instant) {
        let old = Rc::clone(&self.settings);
        let reborn = born_with(&old) != born_with(&new);
        let sized = size(&old) != size(&new);
        self.settings = Rc::new(new);
        self.document = document;
        self.order_all(&Order::Settings(self.document.to_json()));
        if sized {
            self.look = Look::new(&self.settings, now);
            self.resize(super::workers(&self.settings), now);
        }
        if reborn {
            self.replace_all();
        }
        tracing::info!("the configuration was read again");
    }

    /// Tells everybody.
    pub(super) fn order_all(&self, order: &Order) {
        let children = self.balancers.alive().chain(self.workers.alive());
        children.for_each(|child| child.order(order));
    }
}

/// How many workers there are to be.
fn size(settings: &Settings) -> String {
    let pool = &settings.pool;
    format!(
        "{} {:?} {:?}",
        pool.workers, pool.sizing, pool.sizing_interval
    ) + &format!("{:?} {:?}", pool.lifetime, pool.max_rss)
}

/// What a worker has from its birth: if that is another, all are replaced.
fn born_with(settings: &Settings) -> String {
    let exec = match &settings.behind {
        Behind::Exec(exec) => Some(exec),
        _ => None,
    };
    let Settings {
        concurrency,
        accept_delay,
        admission,
        files,
        access_log,
        ..
    } = settings;
    format!("{exec:?} {concurrency} {accept_delay:?} {admission:?} {files:?} {access_log:?}")
}
