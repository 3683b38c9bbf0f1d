//! Whether a backend is well, as one balancer sees it: by probes of its own ([`active`]) and by what becomes of
//! the requests it sends ([`passive`]). What follows from it is for [`crate::standing`].

pub mod active;
pub mod passive;

/// A backend's health is not what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// It may be sent requests again.
    Up,
    /// It should be sent none.
    Down,
}
