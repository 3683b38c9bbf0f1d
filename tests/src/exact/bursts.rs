//! MMPP/M/1: Poisson arrivals whose rate is switched by a Markov chain of two states. A quasi-birth-death process,
//! solved by its rate matrix (Neuts 1981, "Matrix-geometric solutions in stochastic models").

type Matrix = [[f64; 2]; 2];

/// Two states, the burst first.
#[derive(Clone, Copy, Debug)]
pub struct Bursts {
    /// Arrival rates.
    pub rates: [f64; 2],
    /// Mean lengths.
    pub lengths: [f64; 2],
}

impl Bursts {
    /// E\[T\].
    ///
    /// R is the minimal solution of A0 + R A1 + R^2 A2 = 0, with A0 = diag(rates), A2 = I and
    /// A1 = Q - A0 - A2. Then p_n = p_0 R^n, p_0 (Q - A0 + R) = 0, E\[N\] = p_0 R (I - R)^{-2} 1.
    pub fn response(&self) -> f64 {
        let [to_quiet, to_burst] = self.lengths.map(|length| 1.0 / length);
        let [high, low] = self.rates;
        let arrivals = [[high, 0.0], [0.0, low]];
        let switching = [[-to_quiet, to_quiet], [to_burst, -to_burst]];
        let local = minus(minus(switching, arrivals), IDENTITY);
        let backwards = inverse(local.map(|row| row.map(|x| -x)));
        let step = |r: Matrix| times(plus(arrivals, times(r, r)), backwards);
        let r = (0..100_000).fold([[0.0; 2]; 2], |r, _| step(r));
        // p_0 up to a factor: the left null vector of a singular matrix.
        let boundary = plus(minus(switching, arrivals), r);
        let empty = [boundary[1][0], -boundary[0][0]];
        let beyond = inverse(minus(IDENTITY, r));
        let total = sum(apply(empty, beyond));
        let in_system = sum(apply(empty, times(r, times(beyond, beyond)))) / total;
        let time: f64 = self.lengths.iter().sum();
        let rate = (high * self.lengths[0] + low * self.lengths[1]) / time;
        in_system / rate
    }
}

const IDENTITY: Matrix = [[1.0, 0.0], [0.0, 1.0]];

fn plus(a: Matrix, b: Matrix) -> Matrix {
    std::array::from_fn(|i| std::array::from_fn(|j| a[i][j] + b[i][j]))
}

fn minus(a: Matrix, b: Matrix) -> Matrix {
    std::array::from_fn(|i| std::array::from_fn(|j| a[i][j] - b[i][j]))
}

fn times(a: Matrix, b: Matrix) -> Matrix {
    a.map(|row| apply(row, b))
}

fn apply(row: [f64; 2], b: Matrix) -> [f64; 2] {
    std::array::from_fn(|j| row[0] * b[0][j] + row[1] * b[1][j])
}

fn inverse([[a, b], [c, d]]: Matrix) -> Matrix {
    let determinant = a * d - b * c;
    [[d, -b], [-c, a]].map(|row| row.map(|x| x / determinant))
}

fn sum(row: [f64; 2]) -> f64 {
    row[0] + row[1]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Equal rates: M/M/1.
    #[test]
    fn without_bursts() {
        let bursts = Bursts {
            rates: [0.8, 0.8],
            lengths: [3.0, 7.0],
        };
        assert!(
            (bursts.response() - 5.0).abs() < 1e-9,
            "{}",
            bursts.response()
        );
    }

    /// Bursts that alternate ever faster are felt as their mean.
    #[test]
    fn fast_bursts() {
        let bursts = Bursts {
            rates: [1.6, 0.0],
            lengths: [1e-6, 1e-6],
        };
        assert!(
            (bursts.response() - 5.0).abs() < 1e-3,
            "{}",
            bursts.response()
        );
    }
}
