//! How the page is laid out, and how it is told from others.
//!
//! ```text
//! word 0 magic, 1 layout version, 2 processes, 3 balancers, 4 backends, 5 to 7 zero
//!      8 a row for each process
//!      . a row for each backend of the first balancer, of the second ...
//! ```
//!
//! Each row begins at a multiple of 128 bytes of the page: no two processes write to one cache line, nor to two that
//! the processor fetches together.

use std::error::Error;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use super::{backend, process};

const MAGIC: u64 = u64::from_ne_bytes(*b"evenstat");
/// To be raised whenever the layout changes.
const VERSION: u64 = 1;
/// Words of two cache lines, and of the header.
pub(super) const LINES: usize = 16;

/// How much a page is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Rows of processes: of every slot of a worker or balancer, at most [`Layout::MAX_PROCESSES`].
    pub processes: u32,
    /// How many of them may be balancers: those of the rows 0, 1, ...
    pub balancers: u32,
    /// Rows of each balancer's backends, at most [`Layout::MAX_BACKENDS`].
    pub backends: u32,
}

/// Why a piece of memory is no page of counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each says it in a sentence")]
pub enum PageError {
    Short {
        bytes: usize,
        expected: usize,
    },
    NotOurs,
    OtherVersion(u64),
    TooMany {
        what: &'static str,
        number: u64,
        limit: u32,
    },
}

impl Layout {
    /// The most processes.
    pub const MAX_PROCESSES: u32 = 1 << 12;
    /// The most backends.
    pub const MAX_BACKENDS: u32 = 1 << 16;

    /// How many bytes it takes. Only what is written to takes memory.
    pub fn bytes(self) -> usize {
        self.words() * size_of::<u64>()
    }

    pub(super) fn words(self) -> usize {
        self.backend_row(self.balancers, 0)
    }

    /// Where the row of this process begins.
    pub(super) fn process_row(self, process: u32) -> usize {
        LINES + process as usize * process::WORDS
    }

    /// Where the row of this balancer's backend begins.
    pub(super) fn backend_row(self, balancer: u32, slot: u32) -> usize {
        let rows = balancer as usize * self.backends as usize + slot as usize;
        self.process_row(self.processes) + rows * backend::WORDS
    }

    pub(super) fn write(self, words: &[AtomicU64]) -> Result<(), PageError> {
        let Layout {
            processes,
            balancers,
            backends,
        } = self;
        let numbers = [processes, balancers, backends].map(u64::from);
        long_enough(words, Layout::checked(numbers)?.words())?;
        let header = [MAGIC, VERSION].into_iter().chain(numbers);
        for (word, value) in words.iter().zip(header) {
            word.store(value, Relaxed);
        }
        Ok(())
    }

    pub(super) fn read(words: &[AtomicU64]) -> Result<Layout, PageError> {
        long_enough(words, LINES)?;
        let header = |index: usize| words[index].load(Relaxed);
        if header(0) != MAGIC {
            return Err(PageError::NotOurs);
        }
        if header(1) != VERSION {
            return Err(PageError::OtherVersion(header(1)));
        }
        let layout = Layout::checked([header(2), header(3), header(4)])?;
        long_enough(words, layout.words())?;
        Ok(layout)
    }

    fn checked([processes, balancers, backends]: [u64; 3]) -> Result<Layout, PageError> {
        let within = |what, number, limit| match u32::try_from(number) {
            Ok(fits) if fits <= limit => Ok(fits),
            _ => Err(PageError::TooMany {
                what,
                number,
                limit,
            }),
        };
        let processes = within("processes", processes, Self::MAX_PROCESSES)?;
        Ok(Layout {
            processes,
            balancers: within("balancers", balancers, processes)?,
            backends: within("backends", backends, Self::MAX_BACKENDS)?,
        })
    }
}

fn long_enough(words: &[AtomicU64], expected: usize) -> Result<(), PageError> {
    if words.len() >= expected {
        return Ok(());
    }
    Err(PageError::Short {
        bytes: size_of_val(words),
        expected: expected * size_of::<u64>(),
    })
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PageError::Short { bytes, expected } => write!(
                f,
                "the page of counters has {bytes} bytes and should have at least {expected}"
            ),
            PageError::NotOurs => f.write_str(
                "the page of counters does not begin with `evenstat`: it is something else, or was never laid out",
            ),
            PageError::OtherVersion(version) => write!(
                f,
                "the page of counters has layout version {version}, this program knows {VERSION}: \
                 all processes must be of one version"
            ),
            PageError::TooMany {
                what,
                number,
                limit,
            } => write!(f, "the page of counters is for {number} {what}; at most {limit} are possible"),
        }
    }
}

impl Error for PageError {}
