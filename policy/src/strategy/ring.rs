//! The ring of consistent hashing: each member owns points on a circle, a key belongs to the next point
//! clockwise.
//!
//! Source: Karger et al. 1997, "Consistent hashing and random trees"; 160 points a member as in libketama
//! (Jones 2007). A member's points follow from its identity alone, so when a member comes or goes only the
//! keys between its points and those before them move, and they move to it or from it.

use super::Options;
use crate::hash::{combine, mix};
use crate::view::{BackendId, Member, View};

/// Finding a key's place is O(log p) for p points. Memory: 12 bytes a point, so 19 MB for 10,000 members of
/// 160 points each.
#[derive(Clone, Debug)]
pub(super) struct Ring {
    points_per_weight: u32,
    /// The points, ascending, apart from their owners: the search reads only these.
    points: Vec<u64>,
    /// Of each point, as an index into `members`.
    owners: Vec<u32>,
    members: Vec<Member>,
}

impl Ring {
    /// Nobody is on it yet.
    pub(super) fn new(options: &Options) -> Ring {
        Ring {
            points_per_weight: options.ring_points.clamp(1, Options::MAX_RING_POINTS),
            points: Vec::new(),
            owners: Vec::new(),
            members: Vec::new(),
        }
    }

    /// Places all members of `view`, unless they and their weights are the same as before: eligibility moves
    /// no point. O(p log p) after a change, else O(n).
    pub(super) fn refresh<V: View>(&mut self, view: &V) {
        if self.members != view.members() {
            self.members = view.members().to_vec();
            self.build();
        }
    }

    /// The owners of the points from `key`'s place onwards, once around.
    #[inline]
    pub(super) fn clockwise(&self, key: u64) -> impl Iterator<Item = BackendId> + '_ {
        let place = mix(key);
        let first = self.points.partition_point(|&point| point < place);
        let (before, after) = self.owners.split_at(first);
        let owners = after.iter().chain(before);
        owners.map(|&owner| self.members[owner as usize].id)
    }

    fn build(&mut self) {
        let scale = self.points_per_thousandth();
        let mut points: Vec<(u64, u32)> = Vec::new();
        for (member, owner) in self.members.iter().zip(0..) {
            let own = (f64::from(member.weight.thousandths()) * scale + 0.5) as u64;
            points.extend((0..own.max(1)).map(|number| (combine(member.identity, number), owner)));
        }
        // Of equal points the smaller identity's comes first, whatever the slots.
        let identity = |owner: u32| self.members[owner as usize].identity;
        points.sort_unstable_by_key(|&(point, owner)| (point, identity(owner), owner));
        (self.points, self.owners) = points.into_iter().unzip();
    }

    /// The limit on all points makes every member's fewer. Beyond it a newcomer therefore also takes points
    /// from members whose keys it does not get.
    fn points_per_thousandth(&self) -> f64 {
        let weight = |member: &Member| f64::from(member.weight.thousandths());
        let all: f64 = self.members.iter().map(weight).sum();
        let wanted = f64::from(self.points_per_weight) / 1000.0;
        wanted.min(f64::from(Options::MAX_RING_POINTS) / all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::{Fleet, NoIndex};
    use crate::view::Weight;

    #[test]
    fn from_any_place_one_goes_once_around() {
        let mut ring = Ring::new(&Options::default());
        ring.refresh(&Fleet::<NoIndex>::new((0..3).map(|n| (Weight::ONE, n))));
        for key in 0..2_000 {
            let owners: Vec<BackendId> = ring.clockwise(key).collect();
            assert_eq!(owners.len(), 480);
            let own = |slot| owners.iter().filter(|id| id.slot == slot).count();
            assert_eq!([own(0), own(1), own(2)], [160; 3]);
        }
    }
}
