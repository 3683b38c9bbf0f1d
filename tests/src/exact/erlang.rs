//! M/M/c with one queue (Erlang 1917).

/// The stationary M/M/c queue.
#[derive(Clone, Copy, Debug)]
pub struct ErlangC {
    servers: f64,
    offered: f64,
    /// P(W > 0), which is Erlang's C(c, a).
    pub delayed: f64,
}

impl ErlangC {
    /// `offered` = arrival rate x mean service, below `servers`.
    ///
    /// B_0 = 1, B_k = a B_{k-1} / (k + a B_{k-1}); C = B / (1 - rho (1 - B)).
    pub fn new(servers: u32, offered: f64) -> ErlangC {
        let recur = |blocked, k| offered * blocked / (f64::from(k) + offered * blocked);
        let blocked = (1..=servers).fold(1.0, recur);
        let servers = f64::from(servers);
        let delayed = blocked / (1.0 - offered / servers * (1.0 - blocked));
        ErlangC {
            servers,
            offered,
            delayed,
        }
    }

    /// E\[W\] = C / (c - a).
    pub fn wait(&self) -> f64 {
        self.delayed / (self.servers - self.offered)
    }

    /// E\[T\].
    pub fn response(&self) -> f64 {
        self.wait() + 1.0
    }

    /// P(W > t) = C e^{-(c - a) t}.
    pub fn wait_exceeds(&self, time: f64) -> f64 {
        self.delayed * libm::exp(-(self.servers - self.offered) * time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_values() {
        for (servers, offered, delayed, wait) in [
            (10, 8.0, 0.409_180, 0.204_590),
            (12, 10.8, 0.640_043, 0.533_369),
            (1, 0.8, 0.8, 4.0),
        ] {
            let found = ErlangC::new(servers, offered);
            assert!((found.delayed - delayed).abs() < 1e-6, "{found:?}");
            assert!((found.wait() - wait).abs() < 1e-6, "{found:?}");
        }
    }
}
