//! What a running server cannot change.

use crate::settings::{Behind, Settings};

impl Settings {
    /// What is different in `new` and stays as it is until the server is started again, by the names of the flags: what
    /// sockets and shared memory were made for, and what stands behind the balancers. All else a reload changes.
    pub fn needs_restart(&self, new: &Settings) -> Vec<&'static str> {
        let differs = [
            ("listen", self.listen != new.listen),
            ("admin", self.admin != new.admin),
            ("backlog", self.backlog != new.backlog),
            ("accept", self.accept != new.accept),
            ("balancers", self.balancers != new.balancers),
            ("shared-board", self.shared_board != new.shared_board),
            ("slots", self.admission.slots != new.admission.slots),
            ("seed", self.seed != new.seed),
            (kind(&new.behind), kind(&self.behind) != kind(&new.behind)),
        ];
        let those = differs.into_iter().filter(|(_, differs)| *differs);
        those.map(|(key, _)| key).collect()
    }
}

/// The flag that says so.
fn kind(behind: &Behind) -> &'static str {
    match behind {
        Behind::Application => "workers",
        Behind::Exec(_) => "exec",
        Behind::Upstreams(_) => "upstream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Document;
    use spec::{Given, Origin, Table};

    fn settings(given: &[(&str, &str)]) -> Settings {
        let mut table = Table::default();
        for (key, text) in given {
            let (text, origin) = (text.to_string(), Origin::Flag);
            table.offer(key, Given { text, origin });
        }
        Document::new(table).unwrap().resolve().unwrap().settings
    }

    #[test]
    fn a_reload_changes_what_it_can() {
        let before = settings(&[("upstream", "a:1,b:2")]);
        let again = settings(&[
            ("upstream", "b:2,c:3"),
            ("retries", "3"),
            ("max-fails", "2"),
        ]);
        assert_eq!(before.needs_restart(&again), [""; 0]);
        let workers = settings(&[("workers", "2")]);
        let more = settings(&[("workers", "7"), ("max-body", "1MiB")]);
        assert_eq!(workers.needs_restart(&more), [""; 0]);
    }

    #[test]
    fn what_it_cannot_is_named() {
        let before = settings(&[]);
        let after = settings(&[("listen", "127.0.0.1:1"), ("exec", "serve"), ("seed", "2")]);
        let expected = ["listen", "accept", "slots", "seed", "exec"];
        assert_eq!(before.needs_restart(&after), expected);
    }
}
