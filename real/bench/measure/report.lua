-- What wrk counted, as one line of JSON. Only `done` is defined: a function called for each request would be measured, too.
done = function(summary, latency)
    local e = summary.errors
    io.write(string.format(
        '{"requests": %d, "seconds": %.6f, "p50_seconds": %.6f, "p99_seconds": %.6f, "errors": %d}\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e6, latency:percentile(99) / 1e6,
        e.connect + e.read + e.write + e.status + e.timeout))
end
