//! What comes in.

use clap::Args;

#[derive(Args, Debug)]
#[command(next_help_heading = "Traffic")]
pub(super) struct Traffic {
    /// Offered load as a share of the fleet's capacity [default: 0.8]
    #[arg(long, value_name = "RHO", env = "EVENKEEL_LOAD")]
    load: Option<String>,

    /// Offered load in requests/s
    #[arg(long, value_name = "R", env = "EVENKEEL_RATE")]
    rate: Option<String>,

    /// The service a request needs at speed 1 [default: exp:10ms]
    ///
    /// exp:10ms const:10ms uniform:5ms..15ms lognormal:10ms,cv=2 pareto:10ms,alpha=2.1
    /// bimodal:1ms,p=0.99,100ms erlang:10ms,k=4 hyperexp:10ms,cv=2 empirical:FILE
    #[arg(long, value_name = "DIST", env = "EVENKEEL_SERVICE")]
    service: Option<String>,

    /// How requests follow each other: poisson even bursty:peak=5,share=0.1,cycle=1s trace:FILE [default: poisson]
    #[arg(long, value_name = "SPEC", env = "EVENKEEL_ARRIVALS")]
    arrivals: Option<String>,

    /// Closed loop: so many clients, each with one request at a time, which is what hey and wrk are
    ///
    /// How the clients start and how they run out bias a short run: let there be at least some thousand requests
    /// a client.
    #[arg(long, value_name = "N", env = "EVENKEEL_CLIENTS")]
    clients: Option<String>,

    /// How long a client waits between an answer and its next request [default: 0s]
    ///
    /// By default clients never think. Start and drain bias short runs, see --clients.
    #[arg(long, value_name = "DIST", env = "EVENKEEL_THINK")]
    think: Option<String>,

    /// What hashing and sticky strategies place requests by: uniform:N zipf:N,s=1.1 [default: uniform:10000]
    #[arg(long, value_name = "SPEC", env = "EVENKEEL_KEYS")]
    keys: Option<String>,

    /// When a client gives up [default: never]
    ///
    /// It is the client's patience for a request as a whole, and says nothing of a backend's health: breakers,
    /// --max-fails and --outlier take its attempts for cancelled. --attempt-timeout is a backend's failure. Example:
    /// --timeout 2s --attempt-timeout 500ms
    #[arg(long, value_name = "DURATION|none", env = "EVENKEEL_TIMEOUT")]
    timeout: Option<String>,
}
