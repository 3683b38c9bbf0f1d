//! Same seed, same bytes: any number of threads, run after run, build after build.

mod golden;
mod threads;
