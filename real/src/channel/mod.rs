//! How the master and its children talk: a line of JSON a message, over a pair of Unix sockets.
//!
//! The child's end is the one descriptor whose number it is told; all other descriptors and settings come with the first
//! order. Either side that hears the end of the stream knows that the other is gone.

mod line;
pub(crate) mod message;
pub(crate) mod passing;

pub(crate) use line::{Receiver, Sender, open};
