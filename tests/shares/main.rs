//! Who gets how much: shares and placements as the simulator deals them out, against what each strategy states.

mod bound;
mod disruption;
mod ring;
mod support;
mod weights;
