//! The lock-free half: what threads or prefork workers share.
//!
//! Every structure is generic over one parameter, [`Memory`], which supplies atomics and cells: [`Native`] in
//! production, the model checkers' own in `model`. The source that ships is the source that is checked;
//! there is no `cfg` here for a checker.
//!
//! Two habits hold all of it together:
//!
//! - **Who holds something is written in the same word as the thing.** Taking a slot, a count or a probe permit
//!   is one atomic step that also says whose it is, so a process may be killed between any two steps and a
//!   supervisor can give back exactly what it held ([`Slots::clear`], [`Board::clear`]). A total kept beside the parts
//!   would leak whenever somebody dies between the two updates; totals are therefore sums.
//! - **Nobody waits in here.** An operation that another thread can delay says so by its result, and the caller
//!   waits as its [backoff](crate::backoff) says. A suspended thread stops no other.
//!
//! Orderings are as weak as the checkers allow: `model` weakens each of them in turn and must find the harm.

mod backend_list;
mod bitmap;
mod board;
mod board_view;
mod counter;
mod cursor;
mod mapped;
mod memory;
mod slot_pool;
mod slots;
mod table;

pub use backend_list::{BackendList, ListError, Place};
pub use bitmap::Bitmap;
pub use board::{Board, FULL, InFlight, Lane};
pub use board_view::BoardView;
pub use counter::Counters;
pub use cursor::Cursor;
pub use mapped::{Layout, Mapped, MappedError, from_mapped};
pub use memory::{Atomic, Memory, Native, SharedCell};
pub use slot_pool::{Slot, SlotPool, Worker, WorkerRef};
pub use slots::Slots;
pub use table::{Cached, Publisher, Table};
