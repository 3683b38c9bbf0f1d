//! How the memory that prefork workers map is laid out, and the one place where bytes become words.
//!
//! ```text
//! word 0 magic, 1 layout version, 2 backends, 3 balancers, 4 slots, 5 to 7 zero
//!      8 the board: a row of lanes for each backend, an incarnation for each balancer
//!      . the health map: a bit for each backend, its epoch
//!      . the slots of the pool: owners, hints, a counter
//! ```
//!
//! Each part begins at a multiple of 64 bytes. Everything is 64-bit words of which any value is valid, so a page that
//! somebody scribbled on may mislead but cannot break anything. Who makes the memory, maps and hands it on is not known
//! here: the maker writes [`Layout::initial`] before it hands it on, so whoever gets it finds it laid out.

#![expect(unsafe_code, reason = "mapped bytes are taken for atomics, once, here")]

use std::error::Error;
use std::fmt;
use std::ops::Range;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use super::{Bitmap, Board, Native, Slots};
use crate::Owner;

const MAGIC: u64 = u64::from_ne_bytes(*b"evenkeel");
/// To be raised whenever the layout changes.
const VERSION: u64 = 1;
/// Words in a cache line.
const LINE: usize = 8;
/// Words of the header.
const HEADER: usize = LINE;

/// How much the memory is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Rows of the board and bits of the health map, at most [`Layout::MAX_BACKENDS`]. Twice as many as there
    /// are backends: see [`super::BackendList`].
    pub backends: u32,
    /// Lanes of the board, at most [`Owner::MAX`].
    pub balancers: u32,
    /// Slots of the pool, at most [`Layout::MAX_SLOTS`].
    pub slots: u32,
}

/// Memory that is laid out, borrowed from wherever it is mapped.
#[derive(Clone, Copy, Debug)]
pub struct Mapped<'a> {
    words: &'a [AtomicU64],
    layout: Layout,
}

/// Why a piece of memory is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each says it in a sentence")]
pub enum MappedError {
    Misaligned,
    Short {
        bytes: usize,
        expected: usize,
    },
    NotOurs,
    OtherVersion(u64),
    TooLarge {
        what: &'static str,
        number: u64,
        limit: u32,
    },
}

impl Layout {
    /// The most backends.
    pub const MAX_BACKENDS: u32 = 1 << 16;
    /// The most slots.
    pub const MAX_SLOTS: u32 = 1 << 20;

    /// How many bytes it takes.
    ///
    /// # Errors
    /// If there is too much of something.
    pub fn bytes(self) -> Result<usize, MappedError> {
        self.checked()
            .map(|layout| layout.words() * size_of::<u64>())
    }

    /// The words it begins with: what the maker writes, each in the machine's own order of bytes, before anybody maps
    /// it.
    ///
    /// # Errors
    /// If there is too much of something.
    pub fn initial(self) -> Result<impl Iterator<Item = u64>, MappedError> {
        let layout = self.checked()?;
        let Layout {
            backends,
            balancers,
            slots,
        } = layout;
        let numbers = [backends, balancers, slots].map(u64::from);
        let header = [MAGIC, VERSION].into_iter().chain(numbers);
        let zeros = std::iter::repeat(0);
        let before_pool = header.chain(zeros).take(layout.parts().pool.start);
        Ok(before_pool.chain(Slots::<Native>::initial(slots as usize)))
    }

    fn checked(self) -> Result<Layout, MappedError> {
        let numbers = [self.backends, self.balancers, self.slots];
        Layout::of(numbers.map(u64::from))
    }

    fn of([backends, balancers, slots]: [u64; 3]) -> Result<Layout, MappedError> {
        let within = |what, number, limit| match u32::try_from(number) {
            Ok(fits) if fits <= limit => Ok(fits),
            _ => Err(MappedError::TooLarge {
                what,
                number,
                limit,
            }),
        };
        Ok(Layout {
            backends: within("backends", backends, Self::MAX_BACKENDS)?,
            balancers: within("balancers", balancers, u32::from(Owner::MAX))?,
            slots: within("slots", slots, Self::MAX_SLOTS)?,
        })
    }

    fn words(self) -> usize {
        self.parts().pool.end
    }

    fn parts(self) -> Parts {
        let board = Board::<Native>::words_for(self.backends as usize, self.balancers as usize);
        let board = after(HEADER, board);
        let health = after(board.end, Bitmap::<Native>::words_for(self.backends));
        let pool = after(health.end, Slots::<Native>::words_for(self.slots as usize));
        Parts {
            board,
            health,
            pool,
        }
    }
}

/// Which words are whose.
struct Parts {
    board: Range<usize>,
    health: Range<usize>,
    pool: Range<usize>,
}

impl<'a> Mapped<'a> {
    /// Over memory that somebody else laid out.
    ///
    /// # Errors
    /// If it is not, or not as this version does it, or is shorter than it says.
    pub fn open(words: &'a [AtomicU64]) -> Result<Self, MappedError> {
        long_enough(words, HEADER)?;
        let header = |index: usize| words[index].load(Relaxed);
        if header(0) != MAGIC {
            return Err(MappedError::NotOurs);
        }
        if header(1) != VERSION {
            return Err(MappedError::OtherVersion(header(1)));
        }
        let layout = Layout::of([header(2), header(3), header(4)])?;
        long_enough(words, layout.words())?;
        Ok(Mapped { words, layout })
    }

    /// How much it is for.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Requests in flight.
    pub fn board(&self) -> Board<'a> {
        let (backends, balancers) = (self.layout.backends, self.layout.balancers);
        let words = &self.words[self.layout.parts().board];
        Board::over(words, backends as usize, balancers as usize)
    }

    /// Which backends are healthy.
    pub fn health(&self) -> Bitmap<'a, Native> {
        let words = &self.words[self.layout.parts().health];
        Bitmap::over(words, self.layout.backends)
    }

    /// Who holds which slot of the pool.
    pub fn pool(&self) -> Slots<'a, Native> {
        let words = &self.words[self.layout.parts().pool];
        Slots::over(words, self.layout.slots as usize)
    }
}

/// The words of mapped memory.
///
/// # Errors
/// If it does not begin at a multiple of 8 bytes.
///
/// # Safety
/// For as long as `'a`, the `bytes` bytes from `at` on are mapped for reading and writing, and whoever accesses them, in
/// this process or another, does so by atomic operations on aligned 64-bit words: no process truncates the file.
pub unsafe fn from_mapped<'a>(at: *const u8, bytes: usize) -> Result<&'a [AtomicU64], MappedError> {
    let words = at.cast::<AtomicU64>();
    if at.is_null() || !words.is_aligned() {
        return Err(MappedError::Misaligned);
    }
    // SAFETY: not null, aligned, and the whole words among `bytes` are mapped for 'a, says the caller. An atomic has
    // no invalid value, and is shared by those who access it atomically, which all do.
    Ok(unsafe { std::slice::from_raw_parts(words, bytes / size_of::<AtomicU64>()) })
}

/// `words` words from the first line after `end` on.
const fn after(end: usize, words: usize) -> Range<usize> {
    let start = end.next_multiple_of(LINE);
    start..start + words
}

fn long_enough(words: &[AtomicU64], expected: usize) -> Result<(), MappedError> {
    if words.len() >= expected {
        return Ok(());
    }
    Err(MappedError::Short {
        bytes: size_of_val(words),
        expected: expected * size_of::<u64>(),
    })
}

impl fmt::Display for MappedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MappedError::Misaligned => {
                f.write_str("the shared memory does not begin at a multiple of 8 bytes")
            }
            MappedError::Short { bytes, expected } => write!(
                f,
                "the shared memory has {bytes} bytes and should have at least {expected}"
            ),
            MappedError::NotOurs => f.write_str(
                "the shared memory does not begin with `evenkeel`: it is something else, or was never laid out",
            ),
            MappedError::OtherVersion(version) => write!(
                f,
                "the shared memory has layout version {version}, this program knows {VERSION}: \
                 all workers must be of one version"
            ),
            MappedError::TooLarge {
                what,
                number,
                limit,
            } => write!(f, "the shared memory is for {number} {what}; at most {limit} are possible"),
        }
    }
}

impl Error for MappedError {}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUT: Layout = Layout {
        backends: 70,
        balancers: 5,
        slots: 100,
    };

    /// As it is written, and then to the end of its page.
    fn page() -> Vec<AtomicU64> {
        let laid_out = LAYOUT.initial().unwrap();
        let page = laid_out.chain(std::iter::repeat(u64::MAX)).take(512);
        page.map(AtomicU64::new).collect()
    }

    fn words(page: &[AtomicU64]) -> &[AtomicU64] {
        // SAFETY: it is a slice of atomics, borrowed as long as the result is.
        unsafe { from_mapped(page.as_ptr().cast(), size_of_val(page)) }.unwrap()
    }

    /// Opened twice, as by two processes.
    #[test]
    fn what_one_counts_another_sees() {
        let page = page();
        let one = Mapped::open(words(&page)).unwrap();
        let other = Mapped::open(words(&page)).unwrap();
        assert_eq!(other.layout(), LAYOUT);

        let fifth = Owner::new(5).unwrap();
        let request = one.board().lane(fifth).start(69).unwrap();
        assert!(one.health().set(69));
        let slot = one.pool().acquire(fifth).unwrap();

        assert_eq!((other.board().in_flight(69), other.board().total()), (1, 1));
        assert!(other.health().iter().eq([69]));
        assert_eq!(other.pool().in_use(), 1);
        assert!(other.pool().release(fifth, slot));
        drop(request);
        assert_eq!(other.board().total(), 0);
    }

    #[test]
    fn every_part_has_its_own_lines() {
        let Parts {
            board,
            health,
            pool,
        } = LAYOUT.parts();
        assert_eq!(board, 8..8 + 70 * 2 + 5);
        assert_eq!(health, 160..160 + 3);
        assert_eq!(pool, 168..168 + 13 + 1 + 1);
        assert_eq!(LAYOUT.bytes(), Ok(183 * 8));
        assert_eq!(LAYOUT.initial().unwrap().count(), 183);
    }

    #[test]
    fn what_is_not_laid_out_is_refused_in_a_sentence() {
        let page = page();
        let refusal = |words| Mapped::open(words).unwrap_err().to_string();
        assert_eq!(
            refusal(&page[..7]),
            "the shared memory has 56 bytes and should have at least 64"
        );
        assert_eq!(
            refusal(&page[..100]),
            "the shared memory has 800 bytes and should have at least 1464"
        );
        assert!(
            refusal(&page[8..]).starts_with("the shared memory does not begin with `evenkeel`")
        );
        page[3].store(255, Relaxed);
        assert_eq!(
            refusal(&page),
            "the shared memory is for 255 balancers; at most 254 are possible"
        );
        page[3].store(u64::MAX, Relaxed);
        assert!(refusal(&page).contains("at most 254"));
        page[1].store(2, Relaxed);
        assert!(refusal(&page).contains("layout version 2, this program knows 1"));

        let beside = page.as_ptr().cast::<u8>().wrapping_add(4);
        // SAFETY: it is refused before anything is read.
        let refused = unsafe { from_mapped(beside, 8) };
        assert_eq!(refused.unwrap_err(), MappedError::Misaligned);
        assert_eq!(
            Layout {
                slots: 1 << 21,
                ..LAYOUT
            }
            .bytes()
            .unwrap_err()
            .to_string(),
            "the shared memory is for 2097152 slots; at most 1048576 are possible"
        );
    }
}
