//! Weighted round robin whose state is made anew for each request.
//!
//! The first pick of smooth weighted round robin is the heaviest, and every pick is a first. (Tests of the selector by
//! itself pass: they keep it.)

use policy::strategy::Weighted;

use super::common::chooser::{Chooser, Ours};
use super::{Exhibit, FoundBy, Guard};

pub(super) fn exhibit() -> Exhibit {
    Exhibit {
        property: owned!(everybody_gets_its_share<Forgetful>),
        ours: Some(owned_ours!(everybody_gets_its_share<Ours<Weighted>>)),
        found_in: "ejpir/zig-loadbalancer src/lb/worker.zig, selectBackend (seed 003); warpllm/warpllm#79 (found in review); \
                   openresty/lua-resty-balancer#47 (every worker begins with the heaviest)",
        harm: "one backend gets everything, the others nothing",
        guarded_by: Guard::Test(
            "policy/src/strategy/weighted/tests.rs",
            "ten_thousand_backends_get_exactly_their_weight_in_every_window",
        ),
        found_by: FoundBy::ANY_RUN,
    }
}

/// Smooth weighted round robin, as in nginx.
struct Selector {
    weights: Vec<i64>,
    current: Vec<i64>,
}

impl Selector {
    fn new(weights: &[i64]) -> Self {
        Selector {
            weights: weights.to_vec(),
            current: vec![0; weights.len()],
        }
    }

    fn next(&mut self) -> usize {
        for (current, weight) in self.current.iter_mut().zip(&self.weights) {
            *current += weight;
        }
        let heaviest = (0..self.current.len())
            .rev()
            .max_by_key(|&backend| self.current[backend])
            .expect("there are backends");
        self.current[heaviest] -= self.weights.iter().sum::<i64>();
        heaviest
    }
}

struct Forgetful(Vec<i64>);

impl Chooser for Forgetful {
    fn new(weights: &[u32]) -> Self {
        Forgetful(weights.iter().map(|&weight| weight.into()).collect())
    }

    fn dies(&mut self, _: usize) {
        unreachable!("nobody dies here")
    }

    fn pick(&mut self, _: u64) -> usize {
        Selector::new(&self.0).next()
    }
}

fn everybody_gets_its_share<C: Chooser>() {
    let counts = C::new(&[5, 3, 2]).counts(3, 100);
    assert_eq!(counts, [50, 30, 20]);
}

/// As its own tests say, which keep it.
#[test]
fn the_selector_itself_is_right() {
    let mut selector = Selector::new(&[5, 1, 1]);
    let picks: Vec<usize> = (0..7).map(|_| selector.next()).collect();
    assert_eq!(picks, [0, 0, 1, 0, 2, 0, 0]);
}
