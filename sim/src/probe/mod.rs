//! What is recorded of a run. Recording never changes what happens.

mod batches;
mod chronicle;
mod histogram;
mod recorder;
mod recovery;
mod segments;
mod series;
mod tally;
mod timeline;
mod trace_hash;

pub use batches::{Batch, Batches};
pub use chronicle::{Chronicle, Totals};
pub use histogram::Histogram;
pub use recorder::{Ended, Recorded, Recorder};
pub use recovery::{Recovery, Trigger, Verdict, recovery, verdict};
pub use segments::Segments;
pub use series::{Gauge, Point, Series};
pub use tally::{BackendTally, Failed, Failure, Tally};
pub use timeline::{Span, Timeline};
pub use trace_hash::{Happening, TraceHash};
