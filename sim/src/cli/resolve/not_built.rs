//! What the command line promises and the simulator cannot do yet.

use spec::value::Parsed;
use spec::{Failure, Table};

/// Flag, and what it will do.
const FLAGS: &[(&str, &str)] = &[
    ("wake", "whom an arrival wakes"),
    ("backlog", "a limit on connections that wait to be accepted"),
    ("connections", "keep-alive connections"),
    ("cores", "workers that share cores"),
];

/// Fails at the first setting that asks for what is not there.
pub(super) fn refuse(settings: &Table) -> Result<(), Failure> {
    for (key, what) in FLAGS {
        if settings.has(key) {
            return Err(settings.refuse(
                key,
                &format!("this is not built yet, so {what} cannot be simulated"),
            ));
        }
    }
    settings.given("accept", through_a_proxy)?;
    Ok(())
}

fn through_a_proxy(text: &str) -> Parsed<()> {
    match text.trim() {
        "proxy" => Ok(()),
        "shared" | "reuseport" | "handoff" => Err(format!(
            "`{text}` is not built yet: only proxy can be simulated"
        )),
        _ => Err(format!(
            "`{text}` is not a way to accept; allowed are proxy, shared, reuseport, handoff"
        )),
    }
}
