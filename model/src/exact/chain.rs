//! Markov chains of up to some million states in levels, solved numerically.

use super::anderson::Anderson;

/// A chain in continuous time whose states come in levels, numbered level by level. It goes up or down by no more
/// than one level at a time.
pub(super) struct Chain {
    /// The first state of each level, and the number of states.
    begins: Vec<usize>,
    level: Vec<u32>,
    flows: Vec<Flow>,
    leaving: Vec<f64>,
    rising: Vec<f64>,
    sinking: Vec<f64>,
}

#[derive(Clone, Copy)]
struct Flow {
    from: u32,
    to: u32,
    rate: f64,
}

/// What enters each state, side by side.
struct Entering {
    begins: Vec<usize>,
    flows: Vec<(u32, f64)>,
}

/// A pair of sweeps changes the distribution by less than that, as the sum of all differences.
const PRECISION: f64 = 1e-11;

/// Of all that flows, what may appear or vanish in the states of the distribution found.
const RESIDUAL: f64 = 1e-10;

impl Chain {
    /// Nothing happens yet in any of the states, of which each level has so many.
    pub(super) fn new(levels: impl IntoIterator<Item = usize>) -> Chain {
        let (mut begins, mut level) = (vec![0], Vec::new());
        for (number, states) in (0..).zip(levels) {
            level.resize(level.len() + states, number);
            begins.push(level.len());
        }
        let states = level.len();
        Chain {
            begins,
            level,
            flows: Vec::new(),
            leaving: vec![0.0; states],
            rising: vec![0.0; states],
            sinking: vec![0.0; states],
        }
    }

    /// It goes from one state to another at this rate.
    pub(super) fn flow(&mut self, from: usize, to: usize, rate: f64) {
        if from == to {
            return;
        }
        match i64::from(self.level[to]) - i64::from(self.level[from]) {
            0 => {}
            1 => self.rising[from] += rate,
            -1 => self.sinking[from] += rate,
            levels => unreachable!("it goes {levels} levels at once"),
        }
        self.leaving[from] += rate;
        let (from, to) = (from as u32, to as u32);
        self.flows.push(Flow { from, to, rate });
    }

    /// The stationary distribution, from a first guess in which each level has `ratio` times the one below.
    ///
    /// Gauss-Seidel: p(s) leaving(s) = sum of p(r) rate(r -> s), swept up and down in turn. Sweeps are slow to bring
    /// the levels into proportion, so after each pair the levels are scaled until as much rises from each as
    /// sinks back to it (aggregation and disaggregation: Koury, McAllister, Stewart 1984), and the whole is accelerated.
    pub(super) fn stationary(&self, ratio: f64) -> Result<Vec<f64>, String> {
        let entering = self.entering();
        let mut p = self.guess(ratio);
        let mut anderson = Anderson::default();
        for _ in 0..5_000 {
            let mut swept = p.clone();
            let change = self.sweep(&entering, &mut swept);
            self.scale_levels(&mut swept);
            if change < PRECISION {
                return self.verified(&entering, swept);
            }
            anderson.next(&mut p, swept);
        }
        Err("the sweeps do not converge".into())
    }

    fn entering(&self) -> Entering {
        let mut begins = vec![0; self.level.len() + 1];
        for flow in &self.flows {
            begins[flow.to as usize + 1] += 1;
        }
        for at in 1..begins.len() {
            begins[at] += begins[at - 1];
        }
        let mut next = begins.clone();
        let mut flows = vec![(0, 0.0); self.flows.len()];
        for flow in &self.flows {
            let at = &mut next[flow.to as usize];
            flows[*at] = (flow.from, flow.rate);
            *at += 1;
        }
        Entering { begins, flows }
    }

    fn guess(&self, ratio: f64) -> Vec<f64> {
        let mut p = Vec::with_capacity(self.level.len());
        let mut mass = 1.0 - ratio;
        for level in self.begins.windows(2) {
            let states = level[1] - level[0];
            p.resize(level[1], mass / states as f64);
            mass *= ratio;
        }
        p
    }

    /// Up and down once; how much changed.
    fn sweep(&self, entering: &Entering, p: &mut [f64]) -> f64 {
        let n = p.len();
        let mut change = 0.0;
        for at in (0..n).chain((0..n).rev()) {
            let new = entering.into(at, p) / self.leaving[at];
            change += (new - p[at]).abs();
            p[at] = new;
        }
        change
    }

    /// What rises from a level sinks back to it.
    fn scale_levels(&self, p: &mut [f64]) {
        let total = |rates: &[f64], p: &[f64], level: &[usize]| -> f64 {
            let states = level[0]..level[1];
            let flows = rates[states.clone()].iter().zip(&p[states]);
            flows.map(|(rate, p)| rate * p).sum()
        };
        let (mut below, mut sum) = (None, 0.0);
        for level in self.begins.windows(2) {
            let sinks = total(&self.sinking, p, level);
            let factor = below.map_or(1.0, |rises| rises / sinks);
            p[level[0]..level[1]].iter_mut().for_each(|p| *p *= factor);
            sum += p[level[0]..level[1]].iter().sum::<f64>();
            below = Some(total(&self.rising, p, level));
        }
        p.iter_mut().for_each(|p| *p /= sum);
    }

    /// `p`, if in every state as much enters as leaves.
    fn verified(&self, entering: &Entering, p: Vec<f64>) -> Result<Vec<f64>, String> {
        let (mut off, mut all) = (0.0, 0.0);
        for (at, &probability) in p.iter().enumerate() {
            let leaves = probability * self.leaving[at];
            off += (entering.into(at, &p) - leaves).abs();
            all += leaves;
        }
        if off <= RESIDUAL * all {
            Ok(p)
        } else {
            Err(format!("not in balance: {off} of {all}"))
        }
    }
}

impl Entering {
    #[inline]
    fn into(&self, to: usize, p: &[f64]) -> f64 {
        let flows = &self.flows[self.begins[to]..self.begins[to + 1]];
        flows
            .iter()
            .map(|&(from, rate)| p[from as usize] * rate)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// M/M/1/40, one state a level: p(k + 1) = load p(k).
    #[test]
    fn one_queue() {
        let mut chain = Chain::new([1; 41]);
        for k in 0..40 {
            chain.flow(k, k + 1, 0.8);
            chain.flow(k + 1, k, 1.0);
        }
        let p = chain.stationary(0.5).unwrap();
        let ratios = p.windows(2).map(|pair| pair[1] / pair[0]);
        assert!(ratios.into_iter().all(|ratio| (ratio - 0.8).abs() < 1e-9));
    }

    /// Round a ring, all in one level.
    #[test]
    fn one_level() {
        let mut chain = Chain::new([3]);
        for (from, rate) in [1.0, 2.0, 4.0].into_iter().enumerate() {
            chain.flow(from, (from + 1) % 3, rate);
        }
        let p = chain.stationary(0.5).unwrap();
        let expected = [4.0 / 7.0, 2.0 / 7.0, 1.0 / 7.0];
        let near = p.iter().zip(expected).all(|(p, e)| (p - e).abs() < 1e-9);
        assert!(near, "{p:?}");
    }
}
