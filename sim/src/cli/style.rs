//! How a table looks where it goes.

use std::ffi::OsString;
use std::io::{IsTerminal, stdout};

use sim::report::Style;

/// Where there is no terminal to ask.
const WIDTH: usize = 100;

/// For a file.
pub(crate) fn plain() -> Style {
    Style {
        width: WIDTH,
        color: false,
        unicode: true,
    }
}

/// For stdout: coloured only on a terminal, and not where `NO_COLOR` is set.
pub(crate) fn of_stdout() -> Style {
    if !stdout().is_terminal() {
        let columns = variable("COLUMNS").and_then(|columns| columns.to_str()?.parse().ok());
        return Style {
            width: columns.unwrap_or(WIDTH),
            ..plain()
        };
    }
    let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    Style {
        width: width.unwrap_or(WIDTH),
        color: variable("NO_COLOR").is_none() && variable("TERM").is_none_or(|term| term != "dumb"),
        unicode: speaks_unicode(),
    }
}

/// Whether the locale does; where none is set, it is taken to.
fn speaks_unicode() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(variable);
    locale.is_none_or(|locale| {
        let locale = locale.to_string_lossy().to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// An environment variable that is not empty.
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
