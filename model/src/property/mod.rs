//! What must hold, written once for every checker.
//!
//! A property is the body of one execution, generic over the [`Platform`](crate::platform::Platform): it makes its
//! structures, starts its threads and asserts. One file a structure; a line in [`all`] adds it.

mod backoff;
mod bitmap;
mod board;
mod board_view;
mod breaker;
mod counter;
mod cursor;
mod gcra;
mod request;
mod retry;
mod slots;
mod table;

use policy::Owner;
use policy::shared::Native;

use crate::platform::{Loom, Shuttle};
use crate::watch::Watched;

/// Something that must hold, and how it is to be checked.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    /// The structure it is about: the file it stands in.
    pub structure: &'static str,
    /// What must hold.
    pub name: &'static str,
    /// The body for each checker that is to run it.
    pub loom: Option<fn()>,
    /// See `loom`.
    pub shuttle: Option<fn()>,
    /// See `loom`.
    pub native: Option<fn()>,
    /// Phases that some execution must reach, or nothing was shown.
    pub phases: &'static [&'static str],
    /// Whether a part of it may be killed at every step.
    pub dies: bool,
    /// How many preemptions loom tries.
    pub bounds: Bounds,
}

/// loom's bound on preemptions in either tier; `None` searches all.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// What ends within some seconds, the kills and the failures included.
    pub quick: Option<usize>,
    /// What ends within a minute.
    pub deep: Option<usize>,
}

impl Property {
    pub(crate) const fn new(module: &'static str, name: &'static str, bodies: [fn(); 3]) -> Self {
        let [loom, shuttle, native] = bodies;
        Property {
            structure: after_last_colon(module),
            name,
            loom: Some(loom),
            shuttle: Some(shuttle),
            native: Some(native),
            phases: &[],
            dies: false,
            bounds: Bounds {
                quick: Some(3),
                deep: None,
            },
        }
    }

    const fn reaching(mut self, phases: &'static [&'static str]) -> Self {
        self.phases = phases;
        self
    }

    pub(crate) const fn dying(mut self) -> Self {
        self.dies = true;
        self.native = None;
        self
    }

    const fn bounds(mut self, quick: usize, deep: Option<usize>) -> Self {
        self.bounds = Bounds {
            quick: Some(quick),
            deep,
        };
        self
    }

    const fn deep_bound(mut self, preemptions: usize) -> Self {
        self.bounds.deep = Some(preemptions);
        self
    }

    const fn without_loom(mut self) -> Self {
        self.loom = None;
        self
    }
}

/// `structure::name`, as users write it.
impl std::fmt::Display for Property {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}::{}", self.structure, self.name)
    }
}

/// The property whose body is the generic function `$body` of this module.
macro_rules! property {
    ($body:ident) => {
        $crate::property::Property::new(
            module_path!(),
            stringify!($body),
            [
                $body::<$crate::property::OnLoom>,
                $body::<$crate::property::OnShuttle>,
                $body::<$crate::property::OnNative>,
            ],
        )
    };
}
use property;

pub(crate) type OnLoom = Watched<Loom>;
pub(crate) type OnShuttle = Watched<Shuttle>;
pub(crate) type OnNative = Native;

/// Every property, by structure.
pub fn all() -> Vec<Property> {
    [
        backoff::PROPERTIES,
        bitmap::PROPERTIES,
        board::PROPERTIES,
        board_view::PROPERTIES,
        breaker::PROPERTIES,
        counter::PROPERTIES,
        cursor::PROPERTIES,
        gcra::PROPERTIES,
        request::PROPERTIES,
        retry::PROPERTIES,
        slots::PROPERTIES,
        table::PROPERTIES,
    ]
    .concat()
}

/// The worker of this number.
fn owner(number: u8) -> Owner {
    Owner::new(number).expect("1 to 254")
}

/// The structures that properties are about, each once.
pub fn structures() -> Vec<&'static str> {
    let mut names: Vec<_> = all().iter().map(|property| property.structure).collect();
    names.dedup();
    names
}

const fn after_last_colon(path: &'static str) -> &'static str {
    let bytes = path.as_bytes();
    let mut start = bytes.len();
    while start > 0 && bytes[start - 1] != b':' {
        start -= 1;
    }
    path.split_at(start).1
}
