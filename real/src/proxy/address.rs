//! Where a backend is: a host and a port, and the addresses its name has at present.
//!
//! The identity is the authority as written. What it resolves to may change, and the backend stays the one it was.

use std::cell::RefCell;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use policy::time::{Duration, Instant};
use tokio::sync::watch;

use crate::clock::Clock;

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Authority {
    /// Without brackets.
    pub(super) host: String,
    pub(super) port: u16,
}

/// Why an authority is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadAuthority(String);

impl fmt::Display for BadAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the upstream `{}` must be a host and a port: example.org:8080, 192.0.2.1:80 or [2001:db8::1]:80",
            self.0
        )
    }
}

impl std::error::Error for BadAuthority {}

impl Authority {
    /// Reads `host:port`, an IPv6 address in brackets; without a port, `default_port`.
    pub(super) fn parse(written: &str, default_port: u16) -> Result<Authority, BadAuthority> {
        let bad = || BadAuthority(written.to_owned());
        let (host, port) = split(written).ok_or_else(bad)?;
        let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:%".contains(&byte);
        if host.is_empty() || !host.bytes().all(is_host) {
            return Err(bad());
        }
        let port = match port {
            None => default_port,
            Some(port) => port.parse().map_err(|_| bad())?,
        };
        Ok(Authority {
            host: host.to_owned(),
            port,
        })
    }

    /// The address, if it is one already.
    fn literal(&self) -> Option<SocketAddr> {
        let address: IpAddr = self.host.parse().ok()?;
        Some(SocketAddr::new(address, self.port))
    }

    async fn resolve(self) -> io::Result<Vec<SocketAddr>> {
        let found = tokio::net::lookup_host((self.host, self.port)).await?;
        Ok(found.collect())
    }
}

fn split(written: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = written.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        return match rest {
            "" => Some((host, None)),
            _ => Some((host, Some(rest.strip_prefix(':')?))),
        };
    }
    match written.split_once(':') {
        None => Some((written, None)),
        // An IPv6 address without brackets could end in its port, or not.
        Some((_, port)) if port.contains(':') => None,
        Some((host, port)) => Some((host, Some(port))),
    }
}

/// An authority and what it resolves to.
#[derive(Debug)]
pub(super) struct Addresses {
    authority: Authority,
    known: RefCell<Rc<[SocketAddr]>>,
    /// The last question: each takes a thread, so that whoever asks meanwhile waits for its answer, too.
    asked: RefCell<Option<watch::Receiver<Option<Answer>>>>,
}

/// What was found, or why nothing was, and when that was.
type Answer = Result<Vec<SocketAddr>, (io::ErrorKind, String, Instant)>;

/// For how long a name that could not be resolved is not asked for again.
const FAILED: Duration = Duration::from_millis(1_000);

impl Addresses {
    /// Known at once if the host is an address; else nothing is until [`Addresses::refresh`].
    pub(super) fn new(authority: Authority) -> Self {
        let known = authority.literal().into_iter().collect();
        Addresses {
            authority,
            known: RefCell::new(known),
            asked: RefCell::default(),
        }
    }

    pub(super) fn host(&self) -> &str {
        &self.authority.host
    }

    /// Whether the host is a name, whose addresses may change.
    pub(super) fn is_name(&self) -> bool {
        self.authority.literal().is_none()
    }

    /// Those known, or else asked for now.
    pub(super) async fn get(&self) -> io::Result<Rc<[SocketAddr]>> {
        let known = Rc::clone(&self.known.borrow());
        if !known.is_empty() {
            return Ok(known);
        }
        self.refresh().await?;
        Ok(Rc::clone(&self.known.borrow()))
    }

    /// Asks again. What was known stays known if nobody answers: a name server's failure is not the backend's.
    pub(super) async fn refresh(&self) -> io::Result<()> {
        let mut asked = self.ask();
        let answer = asked.wait_for(Option::is_some).await;
        let answer = answer.map_err(io::Error::other)?.clone();
        let found = answer.unwrap_or_else(|| Ok(Vec::new()));
        let found = found.map_err(|(kind, why, _)| io::Error::new(kind, why))?;
        if !found.is_empty() {
            self.known.replace(found.into());
        }
        Ok(())
    }

    /// The question that is open or has just failed; a new one if there is none. It goes on if nobody waits for it.
    fn ask(&self) -> watch::Receiver<Option<Answer>> {
        let mut asked = self.asked.borrow_mut();
        if let Some(asked) = asked.as_ref().filter(|asked| holds(asked)) {
            return asked.clone();
        }
        let (answer, question) = watch::channel(None);
        let authority = self.authority.clone();
        tokio::spawn(async move {
            let found = authority.resolve().await;
            let failed = |error: io::Error| (error.kind(), error.to_string(), Clock.now());
            answer.send_replace(Some(found.map_err(failed)));
        });
        *asked = Some(question.clone());
        question
    }
}

/// Whether nobody need ask anew.
fn holds(asked: &watch::Receiver<Option<Answer>>) -> bool {
    match &*asked.borrow() {
        None => asked.has_changed().is_ok(),
        Some(Ok(_)) => false,
        Some(Err((_, _, at))) => Clock.now() - *at < FAILED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_are_read_as_they_are_written() {
        for (written, host, port) in [
            ("example.org:8080", "example.org", 8080),
            ("example.org", "example.org", 80),
            ("127.0.0.1:1", "127.0.0.1", 1),
            ("[::1]:90", "::1", 90),
            ("[::1]", "::1", 80),
        ] {
            let authority = Authority::parse(written, 80).unwrap();
            assert_eq!((authority.host.as_str(), authority.port), (host, port));
        }
    }

    #[test]
    fn what_is_none_is_refused_with_a_sentence() {
        for bad in [
            "", ":80", "a:b", "a:70000", "::1:80", "[::1", "[::1]80", "a b:1", "a/b:1", "a:80:90",
            "a\r\n:80",
        ] {
            let refusal = Authority::parse(bad, 80).unwrap_err().to_string();
            assert!(refusal.contains("must be a host and a port"), "{refusal}");
        }
    }

    #[tokio::test]
    async fn an_address_is_known_and_a_name_is_asked_for() {
        let addresses = |written| Addresses::new(Authority::parse(written, 80).unwrap());
        let literal = addresses("127.0.0.1:7");
        assert!(!literal.is_name());
        assert_eq!(
            literal.get().await.unwrap()[..],
            ["127.0.0.1:7".parse().unwrap()]
        );
        let name = addresses("localhost:7");
        assert!(name.is_name());
        let found = name.get().await.unwrap();
        assert!(
            found
                .iter()
                .all(|address| address.ip().is_loopback() && address.port() == 7)
        );
        assert!(addresses("does-not-exist.invalid:7").get().await.is_err());
    }

    /// Each question takes a thread.
    #[tokio::test]
    async fn however_many_wait_one_asks_and_a_failure_is_remembered() {
        let authority = Authority::parse("does-not-exist.invalid:7", 80).unwrap();
        let addresses = Addresses::new(authority);
        let (one, other) = (addresses.ask(), addresses.ask());
        assert!(one.same_channel(&other));
        assert!(addresses.get().await.is_err());
        assert!(addresses.ask().same_channel(&one));
        assert!(addresses.get().await.is_err());
    }

    #[tokio::test]
    async fn whoever_gives_up_leaves_the_question_to_others() {
        let addresses = Addresses::new(Authority::parse("localhost:7", 80).unwrap());
        let question = addresses.ask();
        drop(addresses.get());
        assert!(addresses.ask().same_channel(&question));
        assert!(!addresses.get().await.unwrap().is_empty());
        assert!(
            !addresses.ask().same_channel(&question),
            "answered, so asked anew"
        );
    }
}
