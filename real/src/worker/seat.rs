//! What a child was given to begin with, opened.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::time::Duration;

use policy::shared::Mapped;

use super::parent;
use super::source::Source;
use crate::accept::intake::Intake;
use crate::accept::passed::Passed;
use crate::accept::peers::Peers;
use crate::accept::proxy;
use crate::accept::room::Room;
use crate::channel::message::{self, Role, Start, Workers};
use crate::config::Document;
use crate::settings::{Accept, Settings};
use crate::stats::{Layout, Page, ProcessRow};
use crate::sys;

/// See the [module](self).
pub(crate) struct Seat {
    /// What it is.
    pub(crate) role: Role,
    /// Its place among those of its role.
    pub(crate) slot: u32,
    /// Its row on the page of counters, by which it owns slots, too.
    pub(crate) number: u32,
    /// That row.
    pub(crate) row: ProcessRow,
    /// The page of counters.
    pub(crate) page: Page,
    /// Board, health map and slots.
    pub(crate) shared: Mapped<'static>,
    /// Everything that was asked for.
    pub(crate) settings: Settings,
    /// Whom it balances over, if that is workers.
    pub(crate) workers: Workers,
    /// How many connections it may have.
    pub(crate) room: Rc<Room>,
    /// Where they come from.
    pub(crate) source: Source,
    /// Where balancers reach it, if they do.
    pub(crate) address: Option<SocketAddr>,
}

impl Seat {
    /// Takes over the descriptors that `start` names.
    ///
    /// # Errors
    /// If one is not what it should be.
    pub(crate) fn take(start: Start) -> io::Result<Seat> {
        if let Some(cpu) = start.cpu {
            parent::pin(cpu)?;
        }
        let document = Document::from_json(&start.settings)?;
        let settings = document
            .resolve()
            .map_err(|failure| io::Error::other(failure.to_string()))?;
        let settings = settings.settings;
        let counters = sys::map(&sys::inherited(start.counters)?)?;
        let page = Page::open(counters).map_err(io::Error::other)?;
        let shared = sys::map(&sys::inherited(start.shared)?)?;
        let shared = Mapped::open(shared).map_err(io::Error::other)?;
        let row = page.process(start.row);
        let room = Room::new(settings.limits.connections);
        let (source, address) = source(&start, &settings, &room, &page)?;
        Ok(Seat {
            role: start.role,
            slot: start.slot,
            number: start.row,
            row,
            page,
            shared,
            settings,
            workers: start.workers,
            room,
            source,
            address,
        })
    }
}

impl Seat {
    /// Of the only process there is.
    ///
    /// # Errors
    /// If the socket cannot be watched.
    pub(crate) fn alone(
        settings: &Settings,
        socket: OwnedFd,
        page: Page,
        shared: Mapped<'static>,
    ) -> io::Result<Seat> {
        let row = page.process(0);
        let room = Room::new(settings.limits.connections);
        let intake = Intake::new(socket, Rc::clone(&room), row, Duration::ZERO, 1)?;
        Ok(Seat {
            role: Role::Worker,
            slot: 0,
            number: 0,
            row,
            page,
            shared,
            settings: settings.clone(),
            workers: Workers::default(),
            room,
            source: Source::Listener(intake),
            address: None,
        })
    }
}

fn source(
    start: &Start,
    settings: &Settings,
    room: &Rc<Room>,
    page: &Page,
) -> io::Result<(Source, Option<SocketAddr>)> {
    let row = page.process(start.row);
    let (socket, address) = match start.source {
        message::Source::Passed(number) => {
            let passed = Passed::new(sys::inherited(number)?, Rc::clone(room), row)?;
            return Ok((Source::Passed(passed), None));
        }
        message::Source::Listener(number) => (sys::inherited(number)?, None),
        message::Source::Own => {
            let (socket, address) = proxy::own_socket(settings.backlog)?;
            (socket, Some(address))
        }
    };
    // Only workers that compete for connections leave them to each other.
    let competes = start.role == Role::Worker && address.is_none();
    let delay = match competes {
        true => Duration::from_nanos(settings.accept_delay.0),
        false => Duration::ZERO,
    };
    let intake = Intake::new(socket, Rc::clone(room), row, delay, settings.concurrency)?;
    Ok((
        Source::Listener(intake.beside(peers(start, settings, page))),
        address,
    ))
}

/// Who accepts from the same socket: the other workers, or the other balancers.
fn peers(start: &Start, settings: &Settings, page: &Page) -> Peers {
    let Layout {
        processes,
        balancers,
        ..
    } = page.layout();
    let rows = match (start.role, settings.accept) {
        (Role::Balancer, _) => 0..balancers,
        // The last row is the master's.
        (Role::Worker, Accept::Shared) => balancers..processes - 1,
        _ => 0..0,
    };
    let others = rows.filter(|&row| row != start.row);
    Peers::new(others.map(|row| page.process(row)))
}
