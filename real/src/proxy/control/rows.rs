//! Which row of the board is whose.
//!
//! Balancers that count together must agree on it, but hear of backends at different moments, and one that was started
//! again has heard of none that left. So a row follows from who is there now and from nothing else: hashing with linear
//! probing, in the order of the identities. Who comes or goes moves hardly anybody. Whoever is moved gives back to the
//! row it counted in, and for as long as its requests last a balancer takes a row for busier than it is.

use policy::Member;

/// By slot, the row among `rows`. Backends that find none share one: they seem busier than they are.
pub(super) fn of(members: &[Member], rows: usize) -> Vec<u32> {
    let slots = members.last().map_or(0, |last| last.id.slot as usize + 1);
    let mut found = vec![0; slots];
    if rows == 0 {
        return found;
    }
    let mut taken = vec![false; rows];
    let mut members: Vec<_> = members.iter().collect();
    members.sort_unstable_by_key(|member| member.identity);
    for member in members {
        let home = (member.identity % rows as u64) as usize;
        let free = (home..rows).chain(0..home).find(|&row| !taken[row]);
        let row = free.unwrap_or(home);
        taken[row] = true;
        found[member.id.slot as usize] = row as u32;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::{BackendId, Weight};
    use proptest::prelude::*;

    fn member(slot: u32, identity: u64) -> Member {
        Member {
            id: BackendId {
                slot,
                generation: 0,
            },
            weight: Weight::ONE,
            identity,
        }
    }

    proptest! {
        /// Whatever the slots are, each identity has the same row, its own while there are enough.
        #[test]
        fn rows_follow_from_identities(identities in prop::collection::hash_set(any::<u64>(), 0..40), seed: u64) {
            let mut shuffled: Vec<u64> = identities.into_iter().collect();
            shuffled.sort_unstable();
            let members = |identities: &[u64]| -> Vec<Member> {
                (0..).zip(identities).map(|(slot, &identity)| member(slot, identity)).collect()
            };
            let sorted = of(&members(&shuffled), 40);
            let mut distinct = sorted.clone();
            distinct.sort_unstable();
            distinct.dedup();
            prop_assert_eq!(distinct.len(), shuffled.len());
            let by = |identity: u64| sorted[shuffled.binary_search(&identity).unwrap()];
            let mut other = shuffled.clone();
            other.sort_unstable_by_key(|identity| policy::hash::mix(identity ^ seed));
            for (identity, row) in other.iter().zip(of(&members(&other), 40)) {
                prop_assert_eq!(by(*identity), row);
            }
        }
    }

    #[test]
    fn too_many_share() {
        let members: Vec<_> = (0..5).map(|n| member(n, u64::from(n))).collect();
        assert!(of(&members, 2).iter().all(|&row| row < 2));
        assert_eq!(of(&members, 0), [0; 5]);
        assert!(of(&[], 2).is_empty());
    }
}
