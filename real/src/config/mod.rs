//! From what was given to [`Settings`]: flags, environment and file, read alike, refused alike, shown alike.
//!
//! `flags` says what may be given, `file` reads TOML and YAML, [`Document`] holds every option as it was written and
//! travels to the children, `resolve` turns it into settings, `restart` says which of these a running server cannot
//! change, [`watch()`] says when the file is another one.

mod document;
mod file;
mod flags;
mod resolve;
mod restart;
mod value;
mod watch;

pub use document::{Document, Resolved};
pub(crate) use flags::command;
pub use restart::Reload;
pub use spec::Failure;
pub use watch::{Watch, watch};

use crate::settings::Settings;

/// The settings that `document` asks for, or the sentence that says why there are none.
pub fn resolve(document: &Document) -> Result<Settings, Failure> {
    document.resolve().map(|resolved| resolved.settings)
}
