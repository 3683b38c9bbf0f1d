//! [`policy::shared::Table`].

use std::sync::Arc;

use policy::shared::{Cached, Publisher, Table};
use stateright::semantics::SequentialSpec;

use super::{Property, property};
use crate::linear::{History, Recorder, assert_linearizable};
use crate::platform::Platform;
use crate::watch::{mortal, reached};

pub(super) const PROPERTIES: &[Property] = &[
    property!(a_cell_is_never_written_while_somebody_reads_it).reaching(&["old", "new"]),
    property!(every_reader_that_left_is_counted).reaching(&["old", "new"]),
    property!(nobody_reads_an_older_version_again).reaching(&["changed in between"]),
    property!(a_request_ends_on_the_version_it_began_on).reaching(&["swapped under it"]),
    property!(a_reader_that_is_suspended_stops_nobody)
        .dying()
        .reaching(&["suspended", "left"]),
    property!(too_many_suspended_readers_make_the_publisher_busy)
        .dying()
        .reaching(&["busy", "not busy"]),
    property!(histories_linearize)
        .reaching(&["old", "new", "refused"])
        .deep_bound(5),
];

type Small<P> = Table<u32, P, 2>;

fn first<P: Platform>() -> (Publisher<u32, P, 2>, Arc<Small<P>>) {
    let publisher = Publisher::new(Arc::new(0));
    let table = Arc::clone(publisher.table());
    (publisher, table)
}

/// Publishes 1, 2, ...: every cell is used again while there may be readers inside. A refusal is no fault here.
fn publish<P: Platform, const CELLS: usize>(
    publisher: &mut Publisher<u32, P, CELLS>,
    versions: u32,
) -> u32 {
    let published =
        (1..=versions).take_while(|&version| publisher.publish(Arc::new(version)).is_ok());
    published.count() as u32
}

/// loom's cells notice an access that overlaps another or is not ordered after it.
fn a_cell_is_never_written_while_somebody_reads_it<P: Platform>() {
    let (mut publisher, table) = first::<P>();
    let reader = P::spawn(move || *table.read());
    let published = publish(&mut publisher, 2);
    let read = P::join(reader);
    reached(if read == 0 { "old" } else { "new" });
    assert!(read <= published);
    publisher.publish(Arc::new(3)).expect("everybody has left");
}

/// Two readers of one version come and leave at once, while it is replaced: its cell is free afterwards.
fn every_reader_that_left_is_counted<P: Platform>() {
    let (mut publisher, table) = first::<P>();
    let readers = [(); 2].map(|()| {
        let table = Arc::clone(&table);
        P::spawn(move || *table.read())
    });
    publisher.publish(Arc::new(1)).expect("a cell is free");
    for read in readers.map(P::join) {
        reached(if read == 0 { "old" } else { "new" });
    }
    assert_eq!(publisher.let_go(), 0, "everybody has left");
    publisher.publish(Arc::new(2)).expect("everybody has left");
    assert_eq!(*table.read(), 2);
}

/// Through the cached version as through the table itself; and what is known by other means is seen.
fn nobody_reads_an_older_version_again<P: Platform>() {
    let (mut publisher, table) = first::<P>();
    let reader = P::spawn(move || {
        let mut cached = Cached::new(Arc::clone(&table));
        let seen = [**cached.get(), **cached.get(), *table.read()];
        assert!(seen.is_sorted(), "{seen:?}");
        if seen[0] < seen[2] {
            reached("changed in between");
        }
        cached
    });
    let published = publish(&mut publisher, 2);
    let mut cached = P::join(reader);
    assert_eq!(**cached.get(), published, "the publisher was joined with");
}

/// A value that is torn to pieces when the last holder lets go of it.
struct Fragile(Arc<std::sync::atomic::AtomicBool>);

impl Drop for Fragile {
    fn drop(&mut self) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
    }
}

/// It holds its version as long as it runs, and nobody holds it any longer.
fn a_request_ends_on_the_version_it_began_on<P: Platform>() {
    let gone = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let is_gone =
        |gone: &std::sync::atomic::AtomicBool| gone.load(std::sync::atomic::Ordering::Relaxed);
    let other = || Arc::new(Fragile(Arc::default()));
    let mut publisher = Publisher::<Fragile, P, 2>::new(Arc::new(Fragile(Arc::clone(&gone))));
    let table = Arc::clone(publisher.table());
    let request = {
        let gone = Arc::clone(&gone);
        P::spawn(move || {
            let began_on = table.read();
            let again = table.read();
            if !Arc::ptr_eq(&began_on, &again) && Arc::ptr_eq(&began_on.0, &gone) {
                reached("swapped under it");
                assert!(!is_gone(&gone), "it was torn from under the request");
            }
        })
    };
    let published = publisher.publish(other()).is_ok();
    P::join(request);
    assert!(published, "one cell is always free for the first");
    assert_eq!(publisher.let_go(), 0);
    assert!(is_gone(&gone), "nobody reads it any more");
}

/// A reader that stops at any step, for ever, takes one cell out of use; the others read and publish on.
fn a_reader_that_is_suspended_stops_nobody<P: Platform>() {
    let mut publisher = Publisher::<u32, P, 3>::new(Arc::new(0));
    let table = Arc::clone(publisher.table());
    let suspended = {
        let table = Arc::clone(&table);
        P::spawn(move || mortal::<P, _>(|| *table.read()).is_none())
    };
    assert_eq!(publish(&mut publisher, 2), 2, "two cells take turns");
    assert_eq!(*table.read(), 2);
    let suspended = P::join(suspended);
    reached(if suspended { "suspended" } else { "left" });
    assert!(publisher.let_go() <= usize::from(suspended));
}

/// With no cell left the publisher says so, keeps the value, and what is current stays so.
fn too_many_suspended_readers_make_the_publisher_busy<P: Platform>() {
    let (mut publisher, table) = first::<P>();
    let suspended = {
        let table = Arc::clone(&table);
        P::spawn(move || mortal::<P, _>(|| *table.read()).is_none())
    };
    publisher.publish(Arc::new(1)).expect("a cell is free");
    let suspended = P::join(suspended);
    let second = publisher.publish(Arc::new(2));
    if let Err(value) = &second {
        assert!(suspended && **value == 2);
        reached("busy");
    } else {
        reached("not busy");
    }
    assert_eq!(*table.read(), if second.is_ok() { 2 } else { 1 });
}

/// Whatever readers and the publisher do: it could have happened one at a time, as with a register whose writer may be
/// refused.
fn histories_linearize<P: Platform>() {
    let (mut publisher, table) = first::<P>();
    let recorder = Recorder::<P>::new();
    let readers = [(); 2].map(|()| {
        let (table, recorder) = (Arc::clone(&table), recorder.clone());
        P::spawn(move || {
            let mut history = History::<Register>::new();
            recorder.record::<Register>(&mut history, Call::Read, || {
                let read = *table.read();
                reached(if read == 0 { "old" } else { "new" });
                Return::Read(read)
            });
            history
        })
    });
    let mut published = History::<Register>::new();
    for version in [1, 2] {
        recorder.record::<Register>(&mut published, Call::Publish(version), || {
            let done = publisher.publish(Arc::new(version)).is_ok();
            if !done {
                reached("refused");
            }
            Return::Published(done)
        });
    }
    let mut histories = readers.map(P::join).to_vec();
    histories.push(published);
    assert_linearizable(Register(0), histories);
}

/// A table, one operation at a time: the version that is current.
#[derive(Clone, Debug)]
struct Register(u32);

#[derive(Clone, Debug, PartialEq)]
enum Call {
    Read,
    Publish(u32),
}

#[derive(Clone, Debug, PartialEq)]
enum Return {
    Read(u32),
    /// Or refused, because readers were inside: then nothing changed.
    Published(bool),
}

impl SequentialSpec for Register {
    type Op = Call;
    type Ret = Return;

    fn invoke(&mut self, operation: &Call) -> Return {
        match operation {
            Call::Read => Return::Read(self.0),
            Call::Publish(version) => {
                self.0 = *version;
                Return::Published(true)
            }
        }
    }

    fn is_valid_step(&mut self, operation: &Call, result: &Return) -> bool {
        match (operation, result) {
            (Call::Publish(_), Return::Published(false)) => true,
            _ => self.invoke(operation) == *result,
        }
    }
}
