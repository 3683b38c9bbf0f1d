//! M/M/1 whose server breaks down, busy or idle, and is repaired; both take exponential times.
//!
//! Where service goes on where it was (Avi-Itzhak and Naor 1963, model A): let P_1 and P_0 be the generating functions of
//! the number present while the server is up and down, a the rate of breakdowns, b that of repairs and A = b / (a + b).
//! The balance equations give P_0 (rate (1 - z) + b) = a P_1 and
//! P_1 = p / (1 - rate z - a rate z / (rate (1 - z) + b)), with p = A - rate from P_1(1) = A, and from their derivatives
//! at 1 E\[N\] follows. Where everybody is lost (Towsley and Tripathi 1991), the number present while the server is up is
//! geometric: at the rate a it is 0 again.

/// The server and its arrivals; a mean service takes 1.
#[derive(Clone, Copy, Debug)]
pub struct Breakdowns {
    /// Arrival rate.
    pub rate: f64,
    /// Mean time until it breaks down.
    pub up: f64,
    /// Mean time until it is repaired.
    pub down: f64,
}

impl Breakdowns {
    /// The share of time in which it works.
    pub fn availability(&self) -> f64 {
        self.up / (self.up + self.down)
    }

    /// E\[T\] where a breakdown only interrupts: (1 + a / (a + b)^2) / (A - rate).
    pub fn response_if_resumed(&self) -> f64 {
        let (breaking, repairing) = (1.0 / self.up, 1.0 / self.down);
        let both = breaking + repairing;
        (1.0 + breaking / (both * both)) / (self.availability() - self.rate)
    }

    /// The share of the requests that a breakdown takes with it, where nobody is let in until the repair: those present at
    /// one, a mean of r / (1 - r), where r is the root of r^2 - (rate + 1 + a) r + rate below 1.
    pub fn lost_if_reset(&self) -> f64 {
        let breaking = 1.0 / self.up;
        let half = 0.5 * (self.rate + 1.0 + breaking);
        let ratio = half - (half * half - self.rate).sqrt();
        self.availability() * breaking * ratio / (1.0 - ratio) / self.rate
    }
}

#[cfg(test)]
mod tests {
    use super::super::chain::Chain;
    use super::*;

    const MOST: usize = 400;

    fn state(present: usize, down: bool) -> usize {
        2 * present + usize::from(down)
    }

    /// The chain, cut off where it hardly ever is. `lost`: a breakdown takes all, and nobody is let in.
    fn stationary(server: Breakdowns, lost: bool) -> Vec<f64> {
        let mut chain = Chain::new(2 * (MOST + 1));
        for n in 0..=MOST {
            let after = if lost { 0 } else { n };
            if !(lost && n > 0) {
                chain.flow(state(n, true), state(n, false), 1.0 / server.down);
            } else {
                // Never entered; it must lead somewhere.
                chain.flow(state(n, true), state(0, true), 1.0);
            }
            chain.flow(state(n, false), state(after, true), 1.0 / server.up);
            if n < MOST {
                chain.flow(state(n, false), state(n + 1, false), server.rate);
                if !lost {
                    chain.flow(state(n, true), state(n + 1, true), server.rate);
                }
            }
            if n > 0 {
                chain.flow(state(n, false), state(n - 1, false), 1.0);
            }
        }
        chain.stationary()
    }

    #[test]
    fn the_chains_agree() {
        let server = Breakdowns {
            rate: 0.64,
            up: 8.0,
            down: 2.0,
        };
        let p = stationary(server, false);
        let present: f64 = p.iter().zip(0..).map(|(p, at)| p * f64::from(at / 2)).sum();
        let exact = server.response_if_resumed();
        assert!(
            (present / server.rate / exact - 1.0).abs() < 1e-9,
            "{exact}"
        );
        let p = stationary(server, true);
        let up = p.iter().zip(0..).filter(|(_, at)| at % 2 == 0);
        let present: f64 = up.map(|(p, at)| p * f64::from(at / 2)).sum();
        let lost = present / server.up / server.rate;
        let exact = server.lost_if_reset();
        assert!((lost / exact - 1.0).abs() < 1e-9, "{lost}, {exact}");
    }

    #[test]
    fn a_server_that_hardly_ever_fails_is_mm1() {
        let server = Breakdowns {
            rate: 0.8,
            up: 1e9,
            down: 1.0,
        };
        assert!((server.response_if_resumed() - 5.0).abs() < 1e-6);
        assert!((server.lost_if_reset() - 4.0 / 0.8 / 1e9).abs() < 1e-12);
    }
}
