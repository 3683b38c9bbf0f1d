//! Where a process gets its connections from.

use std::io;

use crate::accept::intake::{Intake, Taken};
use crate::accept::passed::Passed;

/// See the [module](self).
#[derive(Debug)]
pub(crate) enum Source {
    /// It accepts them.
    Listener(Intake),
    /// The master does.
    Passed(Passed),
}

impl Source {
    /// The next connection; `None` when there will be no more.
    ///
    /// # Errors
    /// If nothing can be got any more, and nobody meant that.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Taken>> {
        match self {
            Source::Listener(intake) => intake.next().await.map(Some),
            Source::Passed(passed) => passed.next().await,
        }
    }

    /// A connection that waits already, if there is one and room for it.
    pub(crate) fn next_of_queue(&mut self) -> Option<Taken> {
        match self {
            Source::Listener(intake) => intake.next_of_queue(),
            Source::Passed(_) => None,
        }
    }

    /// Whether it ends by itself: what was passed has to be taken.
    pub(crate) fn ends_by_itself(&self) -> bool {
        matches!(self, Source::Passed(_))
    }
}
