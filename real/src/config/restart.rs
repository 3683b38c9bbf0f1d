//! What a running server cannot change, and what becomes of it when the file asks for it.

use spec::{Failure, Given, Origin, Table};

use super::Document;
use crate::settings::{Accept, Behind, Settings};

/// What a server that runs goes by from now on.
#[derive(Clone, Debug)]
pub struct Reload {
    /// In which what cannot change is as it runs.
    pub document: Document,
    /// What was made of it.
    pub settings: Settings,
    /// What was asked for and has to wait until the server is started again, by the names of the flags.
    pub needs_restart: Vec<&'static str>,
}

impl Document {
    /// The same command line and environment with the file as it is now, for a server that goes by `running`.
    pub fn reload(&self, running: &Settings) -> Result<Reload, Failure> {
        let mut document = self.reloaded()?;
        let resolved = document.resolve()?;
        resolved.check()?;
        let mut settings = resolved.settings;
        if let Some(kind) = running.other_kind(&settings) {
            let reason = "this makes it another kind of server, which needs a new start";
            return Err(document.given.refuse(kind, reason));
        }
        let fixed = fixed(running, &settings);
        let mut needs_restart = document.keep_as_written(self, &fixed);
        if !needs_restart.is_empty() {
            settings = document.resolve()?.settings;
        }
        let kept = running.needs_restart(&settings);
        if !kept.is_empty() {
            running.keep(&kept, &mut document.given);
            settings = document.resolve()?.settings;
        }
        needs_restart.extend(kept);
        Ok(Reload {
            document,
            settings,
            needs_restart,
        })
    }

    /// Goes by what is written in `running` for each of `keys`, and names those for which something else was written.
    fn keep_as_written(&mut self, running: &Document, keys: &[&'static str]) -> Vec<&'static str> {
        let differ = |key: &&'static str| self.given.text(key) != running.given.text(key);
        let mut kept: Vec<&'static str> = keys.iter().copied().filter(differ).collect();
        let details = DETAILS
            .iter()
            .filter(|(of, _)| of.iter().any(|of| kept.contains(of)));
        let details: Vec<&'static str> = (details.map(|(_, key)| *key).filter(differ)).collect();
        kept.extend(details);
        self.given.retain(|key, _| !kept.contains(&key));
        for key in &kept {
            if let Some(text) = running.given.text(key).map(str::to_owned) {
                let origin = Origin::Running;
                self.given.offer(key, Given { text, origin });
            }
        }
        kept
    }
}

/// What balancers and whoever accepts are made with, and do not take over while they run: counts, windows and states
/// hang on it. If whoever is started next went by something else than the others, nobody would know what is so.
const FIXED: &[&str] = &[
    "steering",
    "proxy-protocol",
    "max-connections",
    "strategy",
    "choices",
    "replacement",
    "bound",
    "ring-points",
    "sticky-keys",
    "retries",
    "retry-backoff",
    "retry-on",
    "retry-budget",
    "hedge-after",
    "upstream-keepalive",
    "health-interval",
    "health-timeout",
    "health-rise",
    "health-fall",
    "max-fails",
    "fail-timeout",
    "breaker",
    "outlier",
    "max-ejection",
    "panic",
    "slow-start",
    "rate-limit",
    "concurrency-limit",
    "restart",
    "pin",
    "log",
];

/// What balancers do not take over, but workers do, which are replaced.
const FIXED_IN_BALANCERS: &[&str] = &["access-log", "access-log-format"];

/// What else a process without others cannot take over, as nobody replaces it.
const FIXED_ALONE: &[&str] = &[
    "access-log",
    "access-log-format",
    "concurrency",
    "accept-delay",
    "slot-wait",
    "root",
    "cache",
];

/// What can be changed, but means nothing if what it says something about was to be changed with it and stays.
const DETAILS: &[(&[&str], &str)] = &[
    (&["strategy", "rate-limit"], "key"),
    (&["health-interval"], "health-path"),
];

/// What is kept as it was written.
fn fixed(running: &Settings, new: &Settings) -> Vec<&'static str> {
    let more = match running.accept {
        Accept::Single => FIXED_ALONE,
        Accept::Proxy => FIXED_IN_BALANCERS,
        Accept::Shared | Accept::Reuseport(_) | Accept::Handoff => &[],
    };
    // Other certificates are taken over.
    let tls: &[_] = match running.tls.front.is_some() == new.tls.front.is_some() {
        true => &[],
        false => &["tls-certificate", "tls-key"],
    };
    [FIXED, more, tls].concat()
}

impl Settings {
    /// What is different in `new` and stays as it is until the server is started again, by the names of the flags: what
    /// sockets and shared memory were made for, and what stands behind the balancers. What is kept besides is kept as it
    /// was written.
    pub fn needs_restart(&self, new: &Settings) -> Vec<&'static str> {
        let kept = self.kept().into_iter().zip(new.kept());
        let differ = kept.filter(|((_, here), (_, there))| here != there);
        let keys = differ.map(|((key, _), _)| key);
        keys.chain(self.other_kind(new)).collect()
    }

    /// What is kept as it runs, and how it is written.
    fn kept(&self) -> [(&'static str, String); 7] {
        let admin = self.admin.map(|address| address.to_string());
        [
            ("listen", self.listen.to_string()),
            ("admin", admin.unwrap_or_else(|| "none".to_owned())),
            ("backlog", self.backlog.to_string()),
            ("balancers", self.balancers.to_string()),
            ("shared-board", self.shared_board.to_string()),
            ("slots", self.admission.slots.to_string()),
            ("seed", self.seed.to_string()),
        ]
    }

    /// Says in `given` that those `keys` are as they run.
    fn keep(&self, keys: &[&str], given: &mut Table) {
        let kept = self.kept().into_iter();
        for (key, text) in kept.filter(|(key, _)| keys.contains(key)) {
            let origin = Origin::Running;
            given.offer(key, Given { text, origin });
        }
    }

    /// What makes of it another kind of server than `new` is.
    fn other_kind(&self, new: &Settings) -> Option<&'static str> {
        let (here, there) = (kind(&self.behind), kind(&new.behind));
        match self.accept == new.accept {
            false => Some("accept"),
            true => (here != there).then_some(there),
        }
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
        let expected = ["listen", "slots", "seed", "accept"];
        assert_eq!(before.needs_restart(&after), expected);
        let (upstream, exec) = (
            settings(&[("upstream", "a:1")]),
            settings(&[("exec", "serve")]),
        );
        assert_eq!(upstream.needs_restart(&exec), ["exec"]);
    }

    /// A document whose file says `text`, and what to write another text to.
    fn with_file(text: &str) -> (Document, tempfile::TempDir, std::path::PathBuf) {
        let home = tempfile::TempDir::new().unwrap();
        let path = home.path().join("a.toml");
        std::fs::write(&path, text).unwrap();
        let mut table = Table::default();
        let (text, origin) = (path.display().to_string(), Origin::Flag);
        table.offer("config", Given { text, origin });
        (Document::new(table).unwrap(), home, path)
    }

    #[test]
    fn what_a_file_cannot_change_stays_and_is_named() {
        let (document, _home, path) = with_file("seed = 1\nupstream = [\"a:1\"]\n");
        let running = document.resolve().unwrap().settings;
        std::fs::write(
            &path,
            "seed = 2\nupstream = [\"b:1\"]\nmax-body = \"10B\"\n",
        )
        .unwrap();
        let first = document.reload(&running).unwrap();
        assert_eq!(first.needs_restart, ["seed"]);
        let there = Document::from_json(&first.document.to_json()).unwrap();
        for settings in [&first.settings, &crate::config::resolve(&there).unwrap()] {
            assert_eq!((settings.seed, settings.limits.body_bytes), (1, 10));
            assert_eq!(settings.admission.slots, running.admission.slots);
            assert!(
                matches!(&settings.behind, Behind::Upstreams(all) if all[0].authority == "b:1")
            );
        }
        // Once it is as before, nothing is kept by force.
        std::fs::write(&path, "seed = 1\nupstream = [\"a:1\"]\n").unwrap();
        let second = first.document.reload(&first.settings).unwrap();
        assert_eq!(second.needs_restart, [""; 0]);
        assert!(
            second
                .document
                .given
                .all()
                .all(|(_, given)| given.origin != Origin::Running)
        );
    }

    #[test]
    fn what_balancers_are_made_with_stays_as_it_was_written() {
        let (document, _home, path) =
            with_file("upstream = [\"a:1\"]\nretries = 1\nstrategy = \"random\"\n");
        let running = document.resolve().unwrap().settings;
        let other = "upstream = [\"b:1\"]\nretries = 3\nstrategy = \"maglev\"\nkey = \"path\"\n\
            health-interval = \"1s\"\nhealth-path = \"/up\"\nmax-connections = 10\n";
        std::fs::write(&path, other).unwrap();
        let first = document.reload(&running).unwrap();
        for key in [
            "retries",
            "strategy",
            "key",
            "health-interval",
            "health-path",
            "max-connections",
        ] {
            assert!(first.needs_restart.contains(&key), "{key}");
        }
        let told = Document::from_json(&first.document.to_json()).unwrap();
        let told = told.resolve().unwrap().settings;
        assert_eq!(told.balancing.strategy, running.balancing.strategy);
        assert_eq!(told.controls.retries, running.controls.retries);
        assert_eq!(told.limits.connections, running.limits.connections);
        assert!(told.controls.probes.is_none());
        assert!(matches!(&told.behind, Behind::Upstreams(all) if all[0].authority == "b:1"));
        // What stays by force is named each time.
        let second = first.document.reload(&first.settings).unwrap();
        assert_eq!(second.needs_restart.len(), 6, "{:?}", second.needs_restart);
    }

    #[test]
    fn what_is_kept_is_a_setting() {
        let keys = crate::config::flags::keys();
        let kept = FIXED.iter().chain(FIXED_IN_BALANCERS).chain(FIXED_ALONE);
        for key in kept.chain(DETAILS.iter().map(|(_, key)| key)) {
            assert!(keys.iter().any(|known| known == key), "{key}");
        }
    }

    #[test]
    fn a_bad_file_and_another_kind_of_server_are_refused_by_line() {
        let (document, _home, path) = with_file("seed = 1\n");
        let running = document.resolve().unwrap().settings;
        for (text, sentence) in [
            ("seed = 1\nworker = 2", ":2: `worker` is not a setting"),
            (
                "\naccept = \"handoff\"",
                ":2: accept: this makes it another kind",
            ),
            ("seed = ", ":1:"),
        ] {
            std::fs::write(&path, text).unwrap();
            let failure = document.reload(&running).unwrap_err().to_string();
            assert!(failure.contains(sentence), "{failure}");
        }
        std::fs::remove_file(&path).unwrap();
        assert!(document.reload(&running).is_err());
    }
}
