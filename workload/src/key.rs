#![allow(missing_docs)]
use crate::stream::Draws;
use rand_core::Rng;
#[derive(Clone, Debug)]
pub struct Keys(pub u64);
#[derive(Clone, Debug)]
pub struct Sampler(u64);
impl Keys {
    pub fn sampler(&self) -> Sampler {
        Sampler(self.0)
    }
}
impl Sampler {
    #[inline]
    pub fn sample(&self, d: &mut Draws) -> u64 {
        d.next_u64() % self.0
    }
}
