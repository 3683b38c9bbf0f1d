//! Running processes in turn and accounting for them as the kernel does.

use std::fmt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use wait4::Wait4;

/// A command to be run.
#[derive(Clone)]
pub(crate) struct Run {
    program: PathBuf,
    arguments: Vec<String>,
}

/// What is run on one side of a comparison.
pub(crate) enum Side {
    One(Run),
    /// At the same time.
    Two(Run, Run),
}

/// What a run cost: seconds of user and system time, seconds on the clock, bytes.
#[derive(Clone, Copy, Default)]
pub(crate) struct Cost {
    pub cpu: f64,
    pub wall: f64,
    pub peak_bytes: u64,
}

/// Neighbours in time.
pub(crate) struct Pair(pub Cost, pub Cost);

impl Run {
    pub(crate) fn new(program: impl Into<PathBuf>) -> Run {
        Run {
            program: program.into(),
            arguments: Vec::new(),
        }
    }

    /// Later ones override earlier ones of the same name.
    pub(crate) fn arguments<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Run {
        for argument in arguments {
            let repeated = self.arguments.iter().position(|known| known == argument);
            if let Some(at) = repeated.filter(|_| argument.starts_with("--")) {
                self.arguments.drain(at..at + 2);
            }
            self.arguments.push(argument.to_owned());
        }
        self
    }

    pub(crate) fn measure(&self) -> Cost {
        finish(self.start())
    }

    fn start(&self) -> (Child, Instant) {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        (command.spawn().expect("the program starts"), now())
    }
}

impl Side {
    fn measure(&self) -> Cost {
        match self {
            Side::One(run) => run.measure(),
            Side::Two(first, second) => {
                let (first, second) = (first.start(), second.start());
                let (first, second) = (finish(first), finish(second));
                Cost {
                    cpu: first.cpu + second.cpu,
                    wall: first.wall.max(second.wall),
                    peak_bytes: first.peak_bytes + second.peak_bytes,
                }
            }
        }
    }
}

fn finish((child, started): (Child, Instant)) -> Cost {
    let ended = child.wait4().expect("the program ends");
    let wall = started.elapsed().as_secs_f64();
    assert!(
        ended.status.success(),
        "the program failed: {:?}",
        ended.status
    );
    let cpu = (ended.rusage.utime + ended.rusage.stime).as_secs_f64();
    Cost {
        cpu,
        wall,
        peak_bytes: ended.rusage.maxrss,
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn now() -> Instant {
    Instant::now()
}

/// `a` and `b` in turn, after one round that is not counted.
pub(crate) fn compare(a: &Side, b: &Side, rounds: usize) -> Vec<Pair> {
    (0..=rounds)
        .map(|_| Pair(a.measure(), b.measure()))
        .skip(1)
        .collect()
}

/// The middle one.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Least, median and largest ratio of the neighbours.
pub(crate) struct Ratios([f64; 3]);

pub(crate) fn ratios(pairs: &[Pair], of: fn(&Cost) -> f64) -> Ratios {
    let mut all: Vec<f64> = pairs.iter().map(|Pair(a, b)| of(a) / of(b)).collect();
    all.sort_by(f64::total_cmp);
    Ratios([all[0], all[all.len() / 2], all[all.len() - 1]])
}

impl fmt::Display for Ratios {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ratios([least, median, largest]) = self;
        write!(f, "{median:.3}  ({least:.3} to {largest:.3})")
    }
}
