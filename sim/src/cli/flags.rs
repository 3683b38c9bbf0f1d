//! What may be typed. Every setting is text here, whoever typed it; [`super::resolve`] reads it, so that a
//! flag, an environment variable and a line of a scenario file are read alike and refused alike.

use clap::{ArgAction, Args, Parser};

/// Simulate load-balancing strategies over a fleet of backends, exactly and fast.
#[derive(Debug, Parser)]
#[command(
    name = "sim",
    version,
    allow_negative_numbers = true,
    max_term_width = 110,
    after_help = "Examples:
  sim --strategy weighted --backends 16
  sim --strategy all --backends 16 --load 0.9 --service lognormal:20ms,cv=2
See --help for more.",
    after_long_help = EXAMPLES
)]
pub(crate) struct Flags {
    #[command(flatten)]
    run: Run,
    #[command(flatten)]
    policy: Policy,
    #[command(flatten)]
    fleet: Fleet,
    #[command(flatten)]
    traffic: Traffic,
    #[command(flatten)]
    trace: Trace,
    #[command(flatten)]
    effort: Effort,
    #[command(flatten)]
    not_built: NotBuilt,
}

const EXAMPLES: &str = "\
Examples:
  The main job: 16 backends of weights 1, 2, 3, 4, at 80 % of their capacity
    sim --strategy weighted --backends 16
  Every strategy on the same requests, with intervals and paired differences
    sim --strategy all --backends 16 --load 0.9 --service lognormal:20ms,cv=2
  Four balancers that see each other's requests 50 ms late
    sim --strategy least-connections,two-choices --backends 16 --dispatchers 4 --staleness 50ms
  What hey -c 50 would do
    sim --clients 50 --service const:10ms
  A recorded access log, speeded up to a load of 0.8
    sim --trace access.log.gz --strategy all --backends 16 --service lognormal:20ms,cv=2 --load 0.8
  Write down what was resolved, change a line, run it again
    sim --strategy all --backends 16 --print-config > fleet.toml; sim --scenario fleet.toml

Precedence: a flag, then its environment variable (EVENKEEL_LOAD for --load), then the scenario file, then the default.
Counts: 1000000, 1e6, 1M, 10k. Durations: 250us, 10ms, 1.5s, 2m.
Exit status: 0 done; 1 failed while running; 2 wrong usage or bad input; 130 interrupted, with what there was written.";

/// How it is run and where the result goes: nothing here changes a number.
#[derive(Args, Debug)]
#[command(next_help_heading = RUN)]
struct Run {
    /// Read settings from a TOML file whose keys are flags without `--`
    ///
    /// Paths in it are relative to where the program is started, as on the command line. It may have variants: a
    /// table [variant."without a limit"] says what is different in this one, and all of them face the same requests;
    /// `base` names the settings as they stand. A flag or an environment variable holds in the base and in each
    /// variant that does not say otherwise itself.
    #[arg(long, value_name = "FILE.toml", env = "EVENKEEL_SCENARIO")]
    scenario: Option<String>,

    /// Use a built-in scenario; `list` says which there are
    #[arg(long, value_name = "NAME|list", env = "EVENKEEL_SCENARIO_NAME")]
    scenario_name: Option<String>,

    /// Simulate only these variants of the scenario; the base is one of them [default: all]
    #[arg(long, value_name = "NAME[,NAME...]", env = "EVENKEEL_VARIANT")]
    variant: Option<String>,

    /// Show what was resolved and from where, as a file for --scenario, and end
    #[arg(long)]
    print_config: bool,

    /// How to print the result: table, json or csv [default: table]
    #[arg(long, value_name = "FORMAT", env = "EVENKEEL_FORMAT")]
    format: Option<String>,

    /// Write the result to a file instead of stdout
    #[arg(long, value_name = "FILE", env = "EVENKEEL_OUTPUT")]
    output: Option<String>,

    /// Draw response times and shares into a .svg picture or a self-contained .html page
    #[arg(long, value_name = "FILE.svg|.html", env = "EVENKEEL_PLOT")]
    plot: Option<String>,

    /// Write the first requests as a trace that Perfetto and Chrome open
    #[arg(long, value_name = "FILE.json", env = "EVENKEEL_TIMELINE")]
    timeline: Option<String>,

    /// Threads; the result never depends on them [default: all cores]
    #[arg(long, value_name = "N", env = "EVENKEEL_JOBS")]
    jobs: Option<String>,

    /// Nothing on stderr unless something is wrong
    #[arg(long, short)]
    quiet: bool,

    /// Say on stderr how long it took, also where stderr is not a terminal
    #[arg(long, short, conflicts_with = "quiet")]
    verbose: bool,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Policy")]
struct Policy {
    /// Which strategies, compared on identical requests; `list` says which there are [default: round-robin]
    #[arg(
        long,
        value_name = "NAME[,NAME...]|all|list",
        env = "EVENKEEL_STRATEGY"
    )]
    strategy: Option<String>,

    /// Backends sampled for a pick, for two-choices and least-time [default: 2]
    #[arg(long, value_name = "D", env = "EVENKEEL_CHOICES")]
    choices: Option<String>,

    /// Sample with replacement, as Envoy does
    #[arg(long, value_name = "true|false", env = "EVENKEEL_REPLACEMENT",
          num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    replacement: Option<String>,

    /// How many times its fair share a backend may hold, for bounded-load [default: 1.25]
    #[arg(long, value_name = "FACTOR", env = "EVENKEEL_BOUND")]
    bound: Option<String>,

    /// Points on the ring for each unit of weight, for ring-hash and bounded-load [default: 160]
    #[arg(long, value_name = "N", env = "EVENKEEL_RING_POINTS")]
    ring_points: Option<String>,

    /// Keys that sticky remembers [default: 65536]
    #[arg(long, value_name = "N", env = "EVENKEEL_STICKY_KEYS")]
    sticky_keys: Option<String>,

    /// Draw the strategies' random numbers from ChaCha12, which is cryptographically secure
    #[arg(long, value_name = "true|false", env = "EVENKEEL_SECURE_RNG",
          num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    secure_rng: Option<String>,

    /// How work reaches a worker: proxy, through a balancer [default: proxy]
    #[arg(long, value_name = "HOW", env = "EVENKEEL_ACCEPT")]
    accept: Option<String>,

    /// Balancers, each on its own, that share the requests by chance [default: 1]
    #[arg(long, value_name = "K", env = "EVENKEEL_DISPATCHERS")]
    dispatchers: Option<String>,

    /// Balancers read all backends' loads from a board refreshed at this interval; without it each knows
    /// what it sent itself
    #[arg(long, value_name = "DURATION", env = "EVENKEEL_STALENESS")]
    staleness: Option<String>,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Fleet")]
struct Fleet {
    /// Backends [default: 4]
    #[arg(long, value_name = "N", env = "EVENKEEL_BACKENDS")]
    backends: Option<String>,

    /// Shares of the traffic, repeated cyclically [default: 1; with weighted or weighted-random 1,2,3,4]
    #[arg(long, value_name = "W[,W...]", env = "EVENKEEL_WEIGHTS")]
    weights: Option<String>,

    /// Relative service rates, repeated cyclically [default: the weights]
    #[arg(long, value_name = "S[,S...]", env = "EVENKEEL_SPEEDS")]
    speeds: Option<String>,

    /// Servers at each backend; with --queue ps the cores it shares out [default: 1]
    #[arg(long, value_name = "K", env = "EVENKEEL_CONCURRENCY")]
    concurrency: Option<String>,

    /// Who is served next: fifo, lifo, or all at once by processor sharing, ps [default: fifo]
    #[arg(long, value_name = "ORDER", env = "EVENKEEL_QUEUE")]
    queue: Option<String>,

    /// How many may wait at a backend, others are refused [default: no limit]
    #[arg(long, value_name = "N", env = "EVENKEEL_QUEUE_LIMIT")]
    queue_limit: Option<String>,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Traffic")]
struct Traffic {
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
    #[arg(long, value_name = "DURATION", env = "EVENKEEL_TIMEOUT")]
    timeout: Option<String>,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Trace")]
struct Trace {
    /// Requests as recorded: CSV with named columns, JSON lines, or an access log, plain or .gz
    ///
    /// Recorded time is kept unless --load or --rate is given, which scales it linearly.
    #[arg(long, value_name = "FILE", env = "EVENKEEL_TRACE")]
    trace: Option<String>,

    /// When a request came: COLUMN, COLUMN*1ms or COLUMN-COLUMN [default: a column with a usual name]
    #[arg(long, value_name = "COLUMN", env = "EVENKEEL_TRACE_TIME")]
    trace_time: Option<String>,

    /// The service a request needs: COLUMN or COLUMN*2ms [default: demand or service_time, if there]
    #[arg(long, value_name = "COLUMN", env = "EVENKEEL_TRACE_DEMAND")]
    trace_demand: Option<String>,

    /// What a request is placed by [default: host in an access log]
    #[arg(long, value_name = "COLUMN", env = "EVENKEEL_TRACE_KEY")]
    trace_key: Option<String>,

    /// Equal stamps are spread within their tick by seed, or kept: spread keep [default: spread]
    #[arg(long, value_name = "HOW", env = "EVENKEEL_TRACE_TIES")]
    trace_ties: Option<String>,

    /// Refuse a trace with a malformed line
    #[arg(long, value_name = "true|false", env = "EVENKEEL_STRICT",
          num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    strict: Option<String>,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Effort")]
struct Effort {
    /// Requests in each replication [default: 1M; of a trace, all]
    #[arg(long, value_name = "N", env = "EVENKEEL_REQUESTS")]
    requests: Option<String>,

    /// How many of them are left out at the beginning, or auto: until it settles [default: auto]
    #[arg(long, value_name = "auto|N", env = "EVENKEEL_WARMUP")]
    warmup: Option<String>,

    /// Repetitions with other random numbers, for the intervals [default: 10]
    #[arg(long, value_name = "R", env = "EVENKEEL_REPLICATIONS")]
    replications: Option<String>,

    /// Replicate until the mean's 95 % interval is this narrow: 1 or 1% is one percent either way
    #[arg(long, value_name = "PCT", env = "EVENKEEL_PRECISION")]
    precision: Option<String>,

    /// Where all randomness comes from [default: 1]
    #[arg(long, value_name = "U64", env = "EVENKEEL_SEED")]
    seed: Option<String>,
}

/// Refused with a sentence. Declared, so that what is planned is not taken for a slip of the keyboard.
#[derive(Args, Debug)]
#[command(next_help_heading = "Not built yet: each ends with exit status 2")]
struct NotBuilt {
    /// Whom an arrival wakes: fifo lifo
    #[arg(
        long,
        value_name = "ORDER",
        env = "EVENKEEL_WAKE",
        hide_short_help = true
    )]
    wake: Option<String>,

    /// Connections that may wait to be accepted
    #[arg(
        long,
        value_name = "N",
        env = "EVENKEEL_BACKLOG",
        hide_short_help = true
    )]
    backlog: Option<String>,

    /// Keep-alive connections that pin requests to a worker
    #[arg(
        long,
        value_name = "N",
        env = "EVENKEEL_CONNECTIONS",
        hide_short_help = true
    )]
    connections: Option<String>,

    /// Cores that all workers share
    #[arg(long, value_name = "C", env = "EVENKEEL_CORES", hide_short_help = true)]
    cores: Option<String>,

    /// Attempts after the first; 0 is what is built
    #[arg(
        long,
        value_name = "N",
        env = "EVENKEEL_RETRIES",
        hide_short_help = true
    )]
    retries: Option<String>,

    /// Retries as a share of the requests
    #[arg(
        long,
        value_name = "PCT",
        env = "EVENKEEL_RETRY_BUDGET",
        hide_short_help = true
    )]
    retry_budget: Option<String>,

    /// When a second attempt is sent beside the first
    #[arg(
        long,
        value_name = "P95|DURATION",
        env = "EVENKEEL_HEDGE_AFTER",
        hide_short_help = true
    )]
    hedge_after: Option<String>,

    /// When a failing backend is left alone
    #[arg(
        long,
        value_name = "SPEC",
        env = "EVENKEEL_BREAKER",
        hide_short_help = true
    )]
    breaker: Option<String>,

    /// How often backends are probed
    #[arg(
        long,
        value_name = "DURATION",
        env = "EVENKEEL_HEALTH_INTERVAL",
        hide_short_help = true
    )]
    health_interval: Option<String>,

    /// What goes wrong, and when: crash:3@10s+5s slow:2@10s+20sx10; repeatable
    #[arg(long, value_name = "SPEC", env = "EVENKEEL_FAULT", hide_short_help = true, action = ArgAction::Append)]
    fault: Vec<String>,

    /// Write how the run went over time
    #[arg(
        long,
        value_name = "FILE",
        env = "EVENKEEL_SERIES",
        hide_short_help = true
    )]
    series: Option<String>,
}

/// The heading of what is no setting of a scenario.
pub(crate) const RUN: &str = "Output";
