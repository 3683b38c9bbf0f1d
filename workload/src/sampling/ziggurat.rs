//! The tables of a ziggurat with 256 layers of equal area under a falling density.
//!
//! Marsaglia, Tsang 2000, "The ziggurat method for generating random variables". Layer 0 is the base
//! rectangle together with the tail beyond [`Tables::tail`]; its width is that of a rectangle of its area.

/// Number of layers; eight bits of a word choose one.
pub(super) const LAYERS: usize = 256;

/// Edges of the layers, about 4 kB.
#[derive(Debug)]
pub(super) struct Tables {
    /// `x[i]` is layer i's width, falling to `x[256]` = 0.
    pub(super) x: [f64; LAYERS + 1],
    /// `y[i]` is the density at `x[i]`; layer i lies between `y[i]` and `y[i + 1]`.
    pub(super) y: [f64; LAYERS + 1],
}

impl Tables {
    /// The tables of `density` (1 at 0), whose inverse is `inverse`, for the published `tail` and the
    /// `area` of one layer: tail * density(tail) + the mass beyond `tail`.
    pub(super) fn new(
        tail: f64,
        area: f64,
        density: impl Fn(f64) -> f64,
        inverse: impl Fn(f64) -> f64,
    ) -> Tables {
        let mut x = [0.0; LAYERS + 1];
        x[0] = area / density(tail);
        x[1] = tail;
        for i in 2..LAYERS {
            x[i] = inverse(density(x[i - 1]) + area / x[i - 1]);
        }
        Tables {
            y: x.map(density),
            x,
        }
    }

    /// Where the tail begins.
    #[inline]
    pub(super) fn tail(&self) -> f64 {
        self.x[1]
    }
}
