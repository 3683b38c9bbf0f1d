//! Why a recording was refused.

use std::fmt;

/// Why a recording was refused: one sentence that names the file, where possible the line, and what was
/// expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceError(String);

impl TraceError {
    pub(super) fn new(file: &str, problem: impl fmt::Display) -> TraceError {
        TraceError(format!("{file}: {problem}"))
    }
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TraceError {}
