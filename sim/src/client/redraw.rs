//! The work that further attempts at a request bring.

use policy::time::Duration;
use workload::demand::Sampler;
use workload::stream::Stream;

use super::Sent;

/// A retry or a hedge does its work anew: what it takes is drawn by the request's number and the attempt's, so it is the
/// same under every strategy. What was recorded is what it was.
#[derive(Clone, Debug)]
pub enum Redraw {
    /// From a distribution.
    Drawn(Sampler, Stream),
    /// The same again.
    Same,
}

impl Redraw {
    /// What attempt `attempt` at `sent` brings; 0 is the first.
    pub fn demand(&self, sent: &Sent, attempt: u32) -> Duration {
        match self {
            Redraw::Drawn(sampler, stream) if attempt > 0 => {
                let mut draws = stream.part(u64::from(attempt)).at(sent.number);
                sampler.sample(&mut draws)
            }
            _ => sent.demand,
        }
    }
}
