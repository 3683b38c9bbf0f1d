//! What goes wrong, and what becomes of the arrivals.

use clap::{ArgAction, Args};

#[derive(Args, Debug)]
#[command(next_help_heading = "Faults")]
pub(super) struct Faults {
    /// What goes wrong, where and when; repeatable [default: none]
    ///
    /// KIND:TARGET@START[+DURATION][xFACTOR][,option...]. A target is a backend (3), a range (0-3), several (0/4/7),
    /// a share (25%) or all. Kinds: crash, flap, slow, pause, blackhole (accepts, never answers), failfast (errors at
    /// once), errors, drain (gets nothing new and finishes what it has), join. Without a duration it stays; the worker
    /// of a pool that crashes or is drained is replaced. Those but join may come and go: ,up=10s,down=exp:1s. Several
    /// targets one after the other: ,stagger=2s. Cold when it is back: ,cold=5sx4. Examples: --fault crash:3@10s+5s --fault slow:25%@10s+20sx10 --fault
    /// errors:all@10s+20s,p=0.05
    #[arg(long, value_name = "SPEC", env = "EVENKEEL_FAULT", action = ArgAction::Append)]
    fault: Vec<String>,

    /// What becomes of the rate of arrivals; repeatable [default: none]
    ///
    /// Several multiply. Not in a closed loop, where requests come as they are answered. Examples: --surge
    /// spike:@10s+5sx3 --surge step:@30sx1.5 --surge ramp:@30s+10sx2 --surge daily:period=24h,peak=2
    #[arg(long, value_name = "SPEC", env = "EVENKEEL_SURGE", action = ArgAction::Append)]
    surge: Vec<String>,
}
