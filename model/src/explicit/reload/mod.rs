//! Reloads while requests are in flight, in two halves: how one version takes the place of another ([`versions`]), and
//! what the versions say ([`backends`]), for which reading one and publishing one are single steps, as the first half
//! shows.

mod backends;
mod versions;

use super::search::search;
use super::{Explicit, Faulty};
use backends::Reloads;
use versions::Table;

pub(super) const QUICK: &[Explicit] = &[
    Explicit {
        name: "reload::versions_three_readers_two_cells",
        run: || {
            search(
                "reload::versions_three_readers_two_cells",
                Table::<3, 2>::new(),
            )
        },
    },
    Explicit {
        name: "reload::versions_two_readers_three_cells",
        run: || {
            search(
                "reload::versions_two_readers_three_cells",
                Table::<2, 3>::new(),
            )
        },
    },
    Explicit {
        name: "reload::backends_one_request",
        run: || search("reload::backends_one_request", Reloads::<1>::new()),
    },
];

pub(super) const DEEP: &[Explicit] = &[
    Explicit {
        name: "reload::versions_three_readers_three_cells",
        run: || {
            search(
                "reload::versions_three_readers_three_cells",
                Table::<3, 3>::new(),
            )
        },
    },
    Explicit {
        name: "reload::backends_two_requests",
        run: || search("reload::backends_two_requests", Reloads::<2>::new()),
    },
];

pub(super) fn faulty() -> Vec<Faulty> {
    let mut all = versions::faulty();
    all.extend(backends::faulty());
    all
}
