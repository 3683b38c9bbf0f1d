//! Bugs of real systems, each as small as it can be and still be itself.
//!
//! An exhibit is a faulty structure or policy, written over the same memory as ours, and a property that it breaks.
//! The property names no implementation: it is written over a small trait, and what we ship for the purpose
//! passes the same body ([`Exhibit::ours`]). So a checker that lets an exhibit pass has lost its teeth, and a
//! property that fails on ours asks too much.
//!
//! Where a bug was found is said as exactly as it is known: numbers are those of issues (or pull requests) at GitHub.
//! The variants are written from the description, not copied.

/// The property of `$body` over a structure that lives in shared memory.
macro_rules! over {
    ($body:ident<$Subject:ident>) => {
        over!(stringify!($body), $body<$Subject>)
    };
    ($name:expr, $body:ident<$Subject:ident>) => {
        $crate::property::Property::new(
            module_path!(),
            $name,
            [
                $body::<$crate::property::OnLoom, $Subject<$crate::property::OnLoom>>,
                $body::<$crate::property::OnShuttle, $Subject<$crate::property::OnShuttle>>,
                $body::<$crate::property::OnNative, $Subject<$crate::property::OnNative>>,
            ],
        )
    };
}

/// The same over ours, under a name of its own.
macro_rules! over_ours {
    ($body:ident<$Subject:ident>) => {
        over!(concat!(stringify!($body), "_on_ours"), $body<$Subject>)
    };
}

/// The property of `$body` over something that one thread owns: two threads have one each, because PCT refuses a
/// model in which there is nothing to schedule.
macro_rules! owned {
    ($body:ident<$Subject:ty>) => {
        owned!(stringify!($body), $body<$Subject>)
    };
    ($name:expr, $body:ident<$Subject:ty>) => {{
        fn each<P: $crate::platform::Platform>() {
            let threads = [(); 2].map(|()| P::spawn($body::<$Subject>));
            threads.into_iter().for_each(P::join);
        }
        $crate::property::Property::new(
            module_path!(),
            $name,
            [
                each::<$crate::property::OnLoom>,
                each::<$crate::property::OnShuttle>,
                each::<$crate::property::OnNative>,
            ],
        )
    }};
}

/// The same over ours, under a name of its own.
macro_rules! owned_ours {
    ($body:ident<$Subject:ty>) => {
        owned!(concat!(stringify!($body), "_on_ours"), $body<$Subject>)
    };
}

mod common;

use crate::check::{Checker, Scheduler};
use crate::property::Property;

/// The exhibits, in the order of the list.
macro_rules! exhibits {
    ($($name:ident)*) => {
        $(mod $name;)*

        /// All of them.
        pub fn all() -> Vec<Exhibit> {
            vec![$($name::exhibit()),*]
        }
    };
}

exhibits! {
    free_list_without_tag
    release_only_swap
    given_back_twice
    hint_cleared_after_the_check
    one_scan_says_full
    check_then_add
    lost_update
    count_of_the_dead
    restart_heals_all
    count_before_table
    relaxed_publication
    cursor_read_twice
    refilled_twice
    everybody_probes
    late_result
    probe_cancelled
    cancelled_while_connecting
    finish_by_index
    sockets_by_index
    counter_wraps
    neighbour_of_the_dead
    fresh_selector
    key_modulo_n
    failover_to_the_lowest
    weight_in_integers
    restarts_of_a_lifetime
}

/// The properties of all of them and of ours behind them: what a job may name.
pub fn properties() -> Vec<Property> {
    let both = |exhibit: Exhibit| [Some(exhibit.property), exhibit.ours];
    all().into_iter().flat_map(both).flatten().collect()
}

/// A bug and what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Exhibit {
    /// Fails, on a checker that can see it.
    pub property: Property,
    /// The same body over what we ship; it holds. `None` where nothing of ours has that shape.
    pub ours: Option<Property>,
    /// The system, and where in it.
    pub found_in: &'static str,
    /// What its users saw.
    pub harm: &'static str,
    /// What of ours holds where this fails.
    pub guarded_by: Guard,
    /// Which checkers find it.
    pub found_by: FoundBy,
}

/// What keeps us from having the same bug.
#[derive(Clone, Copy, Debug)]
pub enum Guard {
    /// A property of [`crate::property::all`], as `structure::name`.
    Property(&'static str),
    /// A test, or a property test: the file from the root of the workspace, and the function.
    Test(&'static str, &'static str),
}

/// Which checkers find a bug: loom with at most 3 preemptions, shuttle in 10,000 schedules from seed 1, threads in
/// 10,000 runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundBy {
    /// See [`Checker::Loom`].
    pub loom: Sight,
    /// See [`Scheduler::Random`].
    pub random: Sight,
    /// See [`Scheduler::Pct`].
    pub pct: Sight,
    /// See [`Scheduler::Urw`].
    pub urw: Sight,
    /// See [`Checker::Threads`].
    pub threads: Sight,
}

/// Whether a checker finds a bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// It must.
    Finds,
    /// On some machines and days.
    ByLuck,
    /// It cannot: it does not look there.
    Blind,
}

use Sight::{Blind, ByLuck, Finds};

impl FoundBy {
    /// No schedule is needed: the first execution shows it.
    const ANY_RUN: FoundBy = FoundBy {
        loom: Finds,
        random: Finds,
        pct: Finds,
        urw: Finds,
        threads: Finds,
    };
    /// It takes a certain schedule, which threads of the system may or may not run into.
    const SCHEDULES: FoundBy = FoundBy {
        threads: ByLuck,
        ..FoundBy::ANY_RUN
    };
    /// It takes a process killed at a certain step, which threads are not.
    const DEATHS: FoundBy = FoundBy {
        threads: Blind,
        ..FoundBy::ANY_RUN
    };
    /// It takes an ordering too weak, which shuttle does not model and a strong processor does not have.
    const ORDERINGS: FoundBy = FoundBy {
        loom: Finds,
        random: Blind,
        pct: Blind,
        urw: Blind,
        threads: Blind,
    };

    /// What is expected of `checker`.
    pub fn by(&self, checker: Checker) -> Sight {
        match checker {
            Checker::Loom { .. } => self.loom,
            Checker::Shuttle { scheduler, .. } => match scheduler {
                Scheduler::Random => self.random,
                Scheduler::Pct => self.pct,
                Scheduler::Urw => self.urw,
            },
            Checker::Threads { .. } => self.threads,
        }
    }
}

impl std::fmt::Display for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Guard::Property(name) => f.write_str(name),
            Guard::Test(file, name) => write!(f, "{file}: {name}"),
        }
    }
}

#[cfg(test)]
mod tests;
