//! Faults, controls and pools that can be typed wrongly.

use super::refusals::all_are_refused;
use super::{directory, names};

const FILES: &[(&str, &str)] = &[
    ("good.csv", "time,demand\n0,1ms\n1,2ms\n2,1ms\n"),
    (
        "faults.toml",
        "load = 0.5\nfault = [\"crash:1@1s\", \"crush:2@2s\"]\n",
    ),
    (
        "flat.toml",
        "backends = 2\n\nretry-on = [\"error\", \"luck\"]\nretries = 1\n",
    ),
    ("nothing.toml", "strategy = []\n"),
    ("several.toml", "breaker = [\"default\"]\n"),
    (
        "variant.toml",
        "retries = 1\n[variant.a]\nbreaker = \"failures=0\"\n",
    ),
];

#[test]
fn faults_and_surges() {
    refused(&[
        (
            "--fault boom",
            &["--fault", "`boom` is not a fault", "crash:3@10s+5s"],
        ),
        ("--fault=", &["--fault", "is not a fault"]),
        ("--fault crash:1", &["--fault", "`crash:1`", "TARGET@START"]),
        (
            "--fault crash:4@1s",
            &["--fault", "`crash:4@1s`", "no backend 4", "0 to 3"],
        ),
        (
            "--fault crash:1@1s --fault slow:2@2s",
            &["--fault", "`slow:2@2s`"],
        ),
        ("--fault none --fault crash:1@1s", &["--fault", "`none`"]),
        (
            "--fault blackhole:1@1s",
            &[
                "--fault",
                "`blackhole:1@1s`",
                "--timeout or --attempt-timeout",
            ],
        ),
        (
            "--fault pause:1@1s",
            &["--fault", "`pause:1@1s`", "never over"],
        ),
        (
            "--fault blackhole:all@1s",
            &["--fault", "never over", "+10s"],
        ),
        (
            "--fault pause:all@1s,up=1ms,down=8000h",
            &["--requests", "simulated years"],
        ),
        (
            "--fault pause:1@1s,up=1ns,down=1ns --timeout 1s",
            &["--fault", "faults would come and go", "and longer"],
        ),
        ("--surge boom", &["--surge", "`boom`", "spike:"]),
        ("--surge step:@1sx0", &["--surge", "`step:@1sx0`"]),
        (
            "--surge step:@1sx1e6 --surge spike:@1s+1sx2",
            &["--surge", "exceed 1e6"],
        ),
        (
            "--surge step:@1sx2 --clients 5",
            &["--surge", "--clients", "closed loop"],
        ),
        (
            "--surge step:@1sx1e-6 --rate 1 --requests 10k",
            &["--requests", "simulated years"],
        ),
        (
            "--scenario faults.toml",
            &["faults.toml:2: fault", "`crush:2@2s`"],
        ),
        (
            "--scenario nothing.toml",
            &["nothing.toml:1: strategy", "array"],
        ),
    ]);
}

#[test]
fn requests() {
    refused(&[
        (
            "--attempt-timeout 0s",
            &["--attempt-timeout", "longer than 0s", "or none"],
        ),
        ("--attempt-timeout soon", &["--attempt-timeout", "`soon`"]),
        (
            "--abandoned serve",
            &[
                "--abandoned",
                "--timeout or --attempt-timeout or --hedge-after",
            ],
        ),
        (
            "--timeout 1s --abandoned eat",
            &["--abandoned", "serve, leave, cancel"],
        ),
        ("--deadlines travel", &["--deadlines", "without --timeout"]),
        (
            "--timeout 1s --deadlines fly",
            &["--deadlines", "stay, travel"],
        ),
        ("--retries -1", &["--retries", "negative"]),
        (
            "--load 0.5 --timeout -1s --retries 1",
            &["--timeout: `-1s`", "negative"],
        ),
        (
            "--retries 1 --retry-budget -1%",
            &["--retry-budget: `-1%`", "negative"],
        ),
        ("--retry-budget=-1%", &["--retry-budget", "--retries"]),
        ("--fault -q", &["--fault", "value is required"]),
        ("--timeout 1s -1s", &["unexpected argument '-1'"]),
        ("--retries 101", &["--retries", "0 to 100"]),
        (
            "--retry-backoff 1ms..2ms",
            &["--retry-backoff", "without --retries"],
        ),
        (
            "--retries 1 --retry-backoff 1ms",
            &["--retry-backoff", "FIRST..MAX"],
        ),
        (
            "--retries 1 --retry-backoff 0s..1s",
            &["--retry-backoff", "longer than 0s"],
        ),
        (
            "--retries 1 --retry-backoff 2s..1s",
            &["--retry-backoff", "not be shorter"],
        ),
        (
            "--retries 1 --retry-backoff 1s..2s,random",
            &[
                "--retry-backoff",
                "`random`",
                "full, equal, decorrelated, exact",
            ],
        ),
        ("--retry-on error", &["--retry-on", "without --retries"]),
        (
            "--retries 1 --retry-on luck",
            &["--retry-on", "`luck`", "refused, unreachable"],
        ),
        ("--scenario flat.toml", &["flat.toml:3: retry-on", "`luck`"]),
        (
            "--retry-budget 20%",
            &["--retry-budget", "--retries or --hedge-after"],
        ),
        (
            "--retries 1 --retry-budget lots",
            &["--retry-budget", "`lots`", "20%,min=10/s"],
        ),
        (
            "--retries 1 --retry-budget 101%",
            &["--retry-budget", "0% to 100%"],
        ),
        (
            "--retries 1 --retry-budget 0.01%",
            &["--retry-budget", "tenth of a percent"],
        ),
        (
            "--retries 1 --retry-budget 20%,min=0",
            &["--retry-budget", "min: `0`"],
        ),
        (
            "--retries 1 --retry-budget 20%,least=1",
            &["--retry-budget", "`least=1`"],
        ),
        (
            "--retries 1 --retry-budget 20%,min=0.01,window=1s",
            &["--retry-budget", "at least one retry"],
        ),
        (
            "--hedge-after P49",
            &["--hedge-after", "`P49`", "P50 to P99.9"],
        ),
        ("--hedge-after P100", &["--hedge-after", "P50 to P99.9"]),
        (
            "--hedge-after 0s",
            &["--hedge-after", "P50 to P99.9", "or none"],
        ),
    ]);
}

#[test]
fn backends() {
    refused(&[
        (
            "--health-interval 0s",
            &["--health-interval", "longer than 0s"],
        ),
        (
            "--health-interval 1ns",
            &["--health-interval", "probes would be sent", "and longer"],
        ),
        (
            "--health-interval 500us --dispatchers 1k --backends 100 --requests 10k",
            &[
                "--health-interval: over some 10s of simulated time",
                "probes would be sent",
                "1ms and longer",
            ],
        ),
        (
            "--health-timeout 1s",
            &["--health-timeout", "without --health-interval"],
        ),
        (
            "--health-rise 1",
            &["--health-rise", "without --health-interval"],
        ),
        (
            "--health-fall 1",
            &["--health-fall", "without --health-interval"],
        ),
        (
            "--health-interval 1s --health-timeout 0s",
            &["--health-timeout", "`0s`"],
        ),
        (
            "--health-interval 1s --health-rise 0",
            &["--health-rise", "1 to"],
        ),
        (
            "--health-interval 1s --health-fall 0",
            &["--health-fall", "1 to"],
        ),
        ("--max-fails 0", &["--max-fails", "1 to 1000", "or none"]),
        (
            "--fail-timeout 1s",
            &["--fail-timeout", "without --max-fails"],
        ),
        (
            "--max-fails 1 --fail-timeout 0s",
            &["--fail-timeout", "`0s`"],
        ),
        (
            "--breaker 5",
            &["--breaker", "`5` is not expected", "default, or any of"],
        ),
        ("--breaker=", &["--breaker", "there is nothing"]),
        (
            "--breaker failures=0",
            &["--breaker", "failures: `0`", "or none"],
        ),
        (
            "--breaker failures=none",
            &["--breaker", "needs a threshold"],
        ),
        (
            "--breaker rate=0%",
            &["--breaker", "rate: `0%`", "0.1% to 100%"],
        ),
        (
            "--breaker minimum=5",
            &["--breaker", "`minimum=`", "`rate=`"],
        ),
        (
            "--breaker rate=50%,window=1ns",
            &["--breaker", "positive span"],
        ),
        (
            "--breaker open=10s,max=1s",
            &["--breaker", "not be shorter"],
        ),
        ("--breaker jitter=101%", &["--breaker", "jitter: `101%`"]),
        ("--breaker probes=5", &["--breaker", "1 to 4"]),
        ("--breaker successes=64", &["--breaker", "1 to 63"]),
        (
            "--scenario several.toml",
            &["several.toml:1: breaker", "array"],
        ),
        (
            "--scenario variant.toml",
            &["variant.toml:3: breaker", "failures: `0`", "variant `a`"],
        ),
        (
            "--outlier failures=none,stdev=none",
            &["--outlier", "needs a detector"],
        ),
        (
            "--outlier stdev=none,hosts=3",
            &["--outlier", "`hosts=`", "`stdev=`"],
        ),
        (
            "--outlier base=10s,max=1s",
            &["--outlier", "longest not be shorter"],
        ),
        ("--outlier stdev=-1", &["--outlier", "stdev: `-1`"]),
        (
            "--outlier interval=1ns",
            &["--outlier", "success rates", "and longer"],
        ),
        (
            "--max-ejection 10%",
            &["--max-ejection", "without --outlier"],
        ),
        (
            "--outlier default --max-ejection 101%",
            &["--max-ejection", "0% to 100%"],
        ),
        (
            "--panic 50%",
            &["--panic", "--health-interval or --max-fails or --outlier"],
        ),
        (
            "--max-fails 1 --panic half",
            &["--panic", "`half` is not a percentage"],
        ),
        ("--slow-start 0s", &["--slow-start", "longer than 0s"]),
    ]);
}

#[test]
fn admission() {
    refused(&[
        ("--rate-limit 0", &["--rate-limit", "`0` is out of range"]),
        (
            "--rate-limit fast",
            &["--rate-limit", "`fast`", "R[,burst=N]"],
        ),
        ("--rate-limit 10,burst=0", &["--rate-limit", "burst: `0`"]),
        (
            "--rate-limit burst=5",
            &["--rate-limit", "the rate is missing"],
        ),
        (
            "--concurrency-limit 0",
            &["--concurrency-limit", "`0`", "or aimd", "or none"],
        ),
        (
            "--concurrency-limit vegas",
            &["--concurrency-limit", "`vegas`", "gradient"],
        ),
        (
            "--concurrency-limit aimd:min=20",
            &["--concurrency-limit", "begin between"],
        ),
        (
            "--concurrency-limit aimd:kept=100%",
            &["--concurrency-limit", "kept: `100%`"],
        ),
        (
            "--concurrency-limit aimd:window=1s",
            &["--concurrency-limit", "`window=1s`"],
        ),
        (
            "--concurrency-limit gradient:tolerance=0.5",
            &["--concurrency-limit", "tolerance: `0.5`"],
        ),
        ("--codel 5ms", &["--codel", "the interval is missing"]),
        ("--codel 1s,1s", &["--codel", "shorter than the interval"]),
        (
            "--codel 5ms,100ms,fresh",
            &["--codel", "`fresh` is not expected"],
        ),
        (
            "--codel default --queue ps",
            &["--codel", "no queue to shorten"],
        ),
        ("--slots 0", &["--slots", "1 to 1000000", "or none"]),
        ("--slot-wait spins=1", &["--slot-wait", "without --slots"]),
        (
            "--slots 4 --slot-wait patience=none",
            &["--slot-wait", "needs a limit"],
        ),
        (
            "--slots 4 --slot-wait spins=1001",
            &["--slot-wait", "spins: `1001`"],
        ),
        (
            "--slots 4 --slot-wait first=999ns",
            &["--slot-wait", "first: nobody sleeps for less than 1us"],
        ),
        (
            "--slots 4 --slot-wait first=1us,max=1us",
            &[
                "--slot-wait",
                "looks for a slot",
                "(slots: 4)",
                "500us and longer",
            ],
        ),
        (
            "--clients 1k --slots 1 --requests 100k --slot-wait first=1us,max=2us",
            &["--slot-wait", "looks for a slot", "and longer"],
        ),
        (
            "--slots 4 --slot-wait first=2ms",
            &["--slot-wait", "not be shorter"],
        ),
    ]);
}

#[test]
fn pool() {
    refused(&[
        (
            "--cold-start slow",
            &["--cold-start", "`slow`", "runtime-83ms"],
        ),
        ("--cold-start default", &["--cold-start", "no default"]),
        (
            "--cold-start spawn=10",
            &["--cold-start", "spawn: `10`", "no unit"],
        ),
        (
            "--prewarm 0",
            &["--prewarm", "1 to 4", "workers there can be"],
        ),
        ("--prewarm 5", &["--prewarm", "1 to 4"]),
        (
            "--sizing on-demand --prewarm 0",
            &["--prewarm", "fails at once", "--slots"],
        ),
        (
            "--prewarm 3 --sizing doubling --max-workers 2",
            &["--prewarm", "0 to 2"],
        ),
        ("--min-workers 2", &["--min-workers", "without --sizing"]),
        ("--max-workers 2", &["--max-workers", "without --sizing"]),
        (
            "--sizing-interval 2s",
            &["--sizing-interval", "without --sizing"],
        ),
        (
            "--sizing doubling --max-workers 5",
            &["--max-workers", "1 to 4", "the backends"],
        ),
        (
            "--sizing doubling --min-workers 3 --max-workers 2",
            &["--min-workers", "more than the 2"],
        ),
        (
            "--sizing magic",
            &["--sizing", "`magic`", "thresholds, utilization", "or none"],
        ),
        ("--sizing thresholds:down=60", &["--sizing", "at most half"]),
        (
            "--sizing utilization:target=0%",
            &["--sizing", "target: `0%`"],
        ),
        ("--sizing staffing:beta=-1", &["--sizing", "beta: `-1`"]),
        (
            "--sizing doubling:min-spare=4",
            &["--sizing", "least number of spare"],
        ),
        (
            "--sizing doubling:target=70%",
            &["--sizing", "`target=70%` is not expected"],
        ),
        (
            "--sizing staffing --sizing-interval 1ns",
            &["--sizing-interval", "workers would be looked at"],
        ),
        ("--max-requests 0", &["--max-requests", "`0`"]),
        (
            "--max-requests jitter=1%",
            &["--max-requests", "number of requests is missing"],
        ),
        (
            "--restart never",
            &["--restart", "`never` is not expected", "crashes=10"],
        ),
        ("--restart window=0s", &["--restart", "window: `0s`"]),
        ("--restart first=1m", &["--restart", "not be shorter"]),
    ]);
}

#[test]
fn series_and_limits() {
    refused(&[
        ("--series a.txt", &["--series", "`a.txt`", ".csv or .json"]),
        ("--series a.csv --output a.csv", &["--series", "--output"]),
        (
            "--trace good.csv --series good.csv",
            &["--series", "read from"],
        ),
        (
            "--series-interval 0s",
            &["--series-interval", "longer than 0s"],
        ),
        (
            "--fault crash:1@1s+1s --requests 1e9",
            &["--requests", "might wait at once", "--queue-limit"],
        ),
        (
            "--max-fails 1 --dispatchers 1000 --backends 2000",
            &["--dispatchers", "1000000 with faults or controls"],
        ),
        (
            "--fault slow:1@0sx1e6 --service const:1h --requests 100k",
            &["--requests", "simulated years"],
        ),
    ]);
}

fn refused(cases: &[(&str, &[&str])]) {
    let home = directory(FILES);
    let before = names(home.path());
    all_are_refused(home.path(), cases);
    assert_eq!(names(home.path()), before, "nothing was created");
}
