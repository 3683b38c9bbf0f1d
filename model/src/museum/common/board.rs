//! Requests in flight, counted in shared memory.

use policy::shared::{Atomic, Board, InFlight};

use super::pool::owner;
use crate::platform::Platform;

/// Workers that share it, from 1.
const WORKERS: usize = 2;

/// A [`Board`] of one backend, with the memory it lives in.
pub(in crate::museum) struct Ours<P: Platform>(Vec<P::U64>);

impl<P: Platform> Ours<P> {
    pub(in crate::museum) fn new() -> Self {
        let words = Board::<P>::words_for(1, WORKERS);
        Ours((0..words).map(|_| P::U64::new(0)).collect())
    }

    pub(in crate::museum) fn board(&self) -> Board<'_, P> {
        Board::over(&self.0, 1, WORKERS)
    }

    pub(in crate::museum) fn start(&self, worker: u8) -> InFlight<'_, P> {
        let request = self.board().lane(owner(worker)).start(0);
        request.expect("it is not full")
    }
}
