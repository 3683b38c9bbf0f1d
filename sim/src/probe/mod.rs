//! What is recorded of a run. Recording never changes what happens.

mod batches;
mod chronicle;
mod histogram;
mod recorder;
mod segments;
mod series;
mod tally;
mod timeline;
mod trace_hash;

pub use batches::{Batch, Batches};
pub use histogram::Histogram;
pub use chronicle::{Chronicle, Totals};
pub use recorder::{Ended, Recorded, Recorder};
pub use segments::Segments;
pub use series::{Gauge, Point, Series};
pub use tally::{BackendTally, Failed, Failure, Tally};
pub use timeline::{Span, Timeline};
pub use trace_hash::{Happening, TraceHash};
