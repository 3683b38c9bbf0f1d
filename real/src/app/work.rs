//! Work of a given length, so that request k needs here what request k needs in the simulator.

use policy::time::{Duration, Instant};

use super::LONGEST;
use crate::clock::Clock;
use crate::serve::sleep;

/// What `/work` understands.
pub(super) const USAGE: &str =
    "/work takes us=N, microseconds up to 60000000, and kind=sleep or kind=spin";

/// A piece of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Work {
    time: Duration,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Wall time.
    Sleep,
    /// CPU time of the thread.
    Spin,
}

impl Work {
    /// What `query` asks for; `None` if that makes no sense.
    pub(super) fn parse(query: &[u8]) -> Option<Work> {
        let (mut time, mut kind) = (None, Kind::Sleep);
        for pair in query
            .split(|&byte| byte == b'&')
            .filter(|pair| !pair.is_empty())
        {
            match pair.split_at_checked(3)? {
                (b"us=", number) => time = Some(microseconds(number)?),
                _ if pair == b"kind=sleep" => kind = Kind::Sleep,
                _ if pair == b"kind=spin" => kind = Kind::Spin,
                _ => return None,
            }
        }
        let time = time.filter(|&time| time <= LONGEST)?;
        Some(Work { time, kind })
    }

    /// Works, until `deadline` at the latest; whether that was long enough. A sleep of a worker that has nothing else to do
    /// (`alone`) is the thread's: there is nobody to give way to, and it wakes more precisely.
    pub(super) async fn run(self, alone: bool, clock: Clock, deadline: Instant) -> bool {
        let time = self.time.min(deadline - clock.now());
        match self.kind {
            Kind::Spin => spin(time, clock),
            Kind::Sleep if alone => {
                #[expect(clippy::disallowed_methods, reason = "this is the work")]
                std::thread::sleep(std::time::Duration::from_nanos(time.0));
            }
            Kind::Sleep => sleep(time).await,
        }
        time == self.time
    }
}

fn spin(time: Duration, clock: Clock) {
    let until = clock.thread_cpu() + time;
    while clock.thread_cpu() < until {
        std::hint::spin_loop();
    }
}

fn microseconds(digits: &[u8]) -> Option<Duration> {
    let text = std::str::from_utf8(digits).ok()?;
    let digits_only = text.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = text.parse().ok().filter(|_| digits_only)?;
    number.checked_mul(1_000).map(Duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_says_how_long_and_how() {
        let work = |query: &str| Work::parse(query.as_bytes());
        let sleep = |micros| {
            Some(Work {
                time: Duration::from_micros(micros),
                kind: Kind::Sleep,
            })
        };
        assert_eq!(work("us=5"), sleep(5));
        assert_eq!(work("kind=sleep&us=60000000"), sleep(60_000_000));
        assert_eq!(work("us=5&kind=spin").unwrap().kind, Kind::Spin);
        for bad in [
            "",
            "us=",
            "us=x",
            "us=+5",
            "us=60000001",
            "us=5&kind=nap",
            "us=5&a",
            "ms=5",
        ] {
            assert_eq!(work(bad), None, "{bad}");
        }
        assert_eq!(work("us=99999999999999999999"), None);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn it_takes_as_long_as_was_asked() {
        for (alone, query) in [
            (true, "us=500"),
            (false, "us=500"),
            (true, "us=500&kind=spin"),
        ] {
            let before = Clock.now();
            let work = Work::parse(query.as_bytes()).unwrap();
            assert!(work.run(alone, Clock, Instant::NEVER).await);
            assert!(
                Clock.now() - before >= Duration::from_micros(500),
                "{query}"
            );
        }
    }
}
