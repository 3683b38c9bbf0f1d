//! Each failure costs a backend `weight / max_fails` of its effective weight, in whole numbers.
//!
//! With the default weight of 1 and two failures allowed that is nothing: up to the last one a backend that fails every
//! request gets as many as ever.

use super::{Exhibit, FoundBy, Guard};

pub(super) fn exhibit() -> Exhibit {
    Exhibit {
        property: owned!(a_failure_costs_weight<WholeNumbers>),
        ours: None,
        found_in: "nginx src/http/ngx_http_upstream_round_robin.c, ngx_http_upstream_free_round_robin_peer: \
                   `peer->effective_weight -= peer->weight / peer->max_fails`",
        harm: "who raises max_fails above the weight turns the gentle reaction off without being told",
        guarded_by: Guard::Test(
            "policy/src/view.rs",
            "weights_are_kept_to_three_decimals_within_their_range",
        ),
        found_by: FoundBy::ANY_RUN,
    }
}

const MAX_FAILS: i64 = 10;

/// What a weight of 1 is in the unit that is counted in.
trait Unit {
    const ONE: i64;
}

struct WholeNumbers;

impl Unit for WholeNumbers {
    const ONE: i64 = 1;
}

/// Two backends of weight 1, the second of which fails whatever it gets; how many requests that is, of `requests`.
fn to_the_failing<U: Unit>(requests: u32) -> u32 {
    let mut effective = [U::ONE; 2];
    let mut current = [0; 2];
    let mut failed = 0;
    for _ in 0..requests {
        for (current, effective) in current.iter_mut().zip(effective) {
            *current += effective;
        }
        let chosen = usize::from(current[1] > current[0]);
        current[chosen] -= effective.iter().sum::<i64>();
        if chosen == 1 {
            failed += 1;
            effective[1] = (effective[1] - U::ONE / MAX_FAILS).max(0);
        }
    }
    failed
}

/// Nine failures are not yet ten, so the backend stays; but it should not get its full half any more.
fn a_failure_costs_weight<U: Unit>() {
    let failed = to_the_failing::<U>(18);
    assert!(failed < 9, "{failed} of 18 went to the one that fails");
}

#[cfg(test)]
mod tests {
    use policy::Weight;

    use super::*;

    struct Thousandths;

    impl Unit for Thousandths {
        const ONE: i64 = 1_000;
    }

    #[test]
    fn in_the_unit_of_our_weights_a_failure_does_cost() {
        assert_eq!(Thousandths::ONE, i64::from(Weight::ONE.thousandths()));
        a_failure_costs_weight::<Thousandths>();
    }
}
