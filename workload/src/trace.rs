#![allow(missing_docs)]
use crate::stream::Stream;
use policy::time::{Duration, Instant};
use std::sync::Arc;
#[derive(Clone, Copy, Debug)]
pub enum Ties {
    Spread,
    Keep,
}
#[derive(Clone, Debug)]
pub struct Trace {
    keys: Option<Arc<[u64]>>,
    demands: Option<Arc<[Duration]>>,
}
impl Trace {
    pub fn mean_demand_seconds(&self) -> Option<f64> {
        None
    }
    pub fn rate(&self) -> f64 {
        1.0
    }
    pub fn keys(&self) -> Option<&Arc<[u64]>> {
        self.keys.as_ref()
    }
    pub fn demands(&self) -> Option<&Arc<[Duration]>> {
        self.demands.as_ref()
    }
    pub fn is_spread(&self, _: Ties) -> bool {
        false
    }
    pub fn arrivals(&self, _: Ties, _: Stream, _: f64) -> Vec<Instant> {
        vec![]
    }
}
