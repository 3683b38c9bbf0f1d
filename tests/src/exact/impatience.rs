//! M/M/1 with constant patience (Barrer 1957): who has waited for `patience` leaves; a service that began is
//! finished, but its client may be gone by then.
//!
//! The work that an arrival finds has an atom p_0 at 0 and, by level crossing, the density
//! v(x) = rate p_0 e^{-(1 - rate) x} up to the patience, where arrivals stop adding to it, and
//! v(patience) e^{-(x - patience)} above it. Holds above load 1, too, but not at 1 itself.

/// The stationary queue.
#[derive(Clone, Copy, Debug)]
pub struct Impatience {
    rate: f64,
    patience: f64,
    /// p_0.
    idle: f64,
}

impl Impatience {
    /// Unit-mean exponential service.
    pub fn new(rate: f64, patience: f64) -> Impatience {
        let decay = 1.0 - rate;
        let end = libm::exp(-decay * patience);
        let idle = 1.0 / (1.0 + rate * (1.0 - end) / decay + rate * end);
        Impatience {
            rate,
            patience,
            idle,
        }
    }

    /// The share of time in which the server is busy: 1 - p_0.
    pub fn utilization(&self) -> f64 {
        1.0 - self.idle
    }

    /// The share that leaves before service: the integral of v above the patience.
    pub fn unserved(&self) -> f64 {
        self.rate * self.idle * self.end()
    }

    /// Mean wait of those that do not leave: of p_0 at 0 and v up to the patience.
    pub fn wait_of_served(&self) -> f64 {
        let (growth, end) = (self.rate - 1.0, self.end());
        let mass = 1.0 + self.rate * (end - 1.0) / growth;
        let moment = self.patience * end - (end - 1.0) / growth;
        self.rate * moment / growth / mass
    }

    /// The share whose response would take longer than the patience, served in vain or not at all.
    ///
    /// Wait and service together have the density p_0 e^{-(1 - rate) t} up to the patience.
    pub fn timed_out(&self) -> f64 {
        1.0 - self.idle * (1.0 - self.end()) / (1.0 - self.rate)
    }

    /// Mean response time of the others: the mean of that density.
    pub fn response(&self) -> f64 {
        let (decay, end) = (1.0 - self.rate, self.end());
        1.0 / decay - self.patience * end / (1.0 - end)
    }

    fn end(&self) -> f64 {
        libm::exp(-(1.0 - self.rate) * self.patience)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Served are those who do not leave: utilisation = rate (1 - unserved).
    #[test]
    fn flow_balance() {
        for rate in [0.8, 0.95, 1.3] {
            let queue = Impatience::new(rate, 5.0);
            let served = rate * (1.0 - queue.unserved());
            assert!((queue.utilization() - served).abs() < 1e-12, "{queue:?}");
        }
    }

    #[test]
    fn endless_patience_is_mm1() {
        let queue = Impatience::new(0.8, 400.0);
        assert!(queue.timed_out().abs() < 1e-12 && (queue.response() - 5.0).abs() < 1e-9);
        assert!((queue.wait_of_served() - 4.0).abs() < 1e-9);
    }
}
