//! How the copies' own values lie in one tensor.

use crate::graph::builder::{Builder, Value};

/// What the copies have of a value of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Copied {
    /// The same for all, shaped as in the model.
    Shared(Value),
    /// Each its own, above one another: `[E, …]`.
    Stacked(Value),
    /// Each its own maps `[N, C, H, W]`, beside one another as channels: `[N, E·C, H, W]`, copies outermost.
    Maps(Value),
}

fn ints(shape: &[usize]) -> Vec<i64> {
    shape.iter().map(|d| *d as i64).collect()
}

/// A shape with ones in front, up to `rank`.
pub fn padded(shape: &[usize], rank: usize) -> Vec<usize> {
    let mut padded = vec![1; rank.saturating_sub(shape.len())];
    padded.extend(shape);
    padded
}

impl Copied {
    pub fn value(self) -> Value {
        match self {
            Self::Shared(v) | Self::Stacked(v) | Self::Maps(v) => v,
        }
    }

    /// Lies as `self` does.
    pub(in crate::graph) fn alike(self, value: Value) -> Self {
        match self {
            Self::Shared(_) => Self::Shared(value),
            Self::Stacked(_) => Self::Stacked(value),
            Self::Maps(_) => Self::Maps(value),
        }
    }

    /// The shape of one copy's.
    pub(in crate::graph) fn shape(self, g: &Builder, copies: usize) -> Vec<usize> {
        let mut shape = g.shape(self.value());
        match self {
            Self::Shared(_) => {}
            Self::Stacked(_) => drop(shape.drain(..1.min(shape.len()))),
            Self::Maps(_) => shape[1] /= copies,
        }
        shape
    }

    /// As `[E, …]`.
    pub fn stacked(self, g: &mut Builder, copies: usize) -> Value {
        let shape = self.shape(g, copies);
        match self {
            Self::Shared(v) => {
                let mut all = vec![1];
                all.extend(&shape);
                let raised = g.reshape(v, &ints(&all));
                all[0] = copies;
                g.expand(raised, &all)
            }
            Self::Stacked(v) => v,
            Self::Maps(_) => {
                let apart = self.apart(g, copies);
                swapped(g, apart)
            }
        }
    }

    /// As `[N, E·C, H, W]`, of a value of four dimensions.
    pub fn maps(self, g: &mut Builder, copies: usize) -> Value {
        match self {
            Self::Maps(v) => v,
            _ => {
                let shape = self.shape(g, copies);
                let apart = self.apart(g, copies);
                let all = g.expand(apart, &[shape[0], copies, shape[1], shape[2], shape[3]]);
                joined(g, all)
            }
        }
    }

    /// As `[N, E, C, H, W]`, of a value of four dimensions or fewer; with a 1 for E if it is shared.
    pub(in crate::graph) fn apart(self, g: &mut Builder, copies: usize) -> Value {
        let shape = padded(&self.shape(g, copies), 4);
        let with = |e: usize| ints(&[shape[0], e, shape[1], shape[2], shape[3]]);
        match self {
            Self::Shared(v) => g.reshape(v, &with(1)),
            Self::Maps(v) => g.reshape(v, &with(copies)),
            Self::Stacked(v) if shape[0] == 1 => g.reshape(v, &with(copies)),
            Self::Stacked(v) => swapped(g, v),
        }
    }

    /// To be broadcast with `[E, …]` of `rank` dimensions behind the E.
    pub(in crate::graph) fn above(self, g: &mut Builder, copies: usize, rank: usize) -> Value {
        match self {
            Self::Shared(v) => v,
            _ => {
                let stacked = self.stacked(g, copies);
                let mut shape = padded(&self.shape(g, copies), rank);
                shape.insert(0, copies);
                g.reshape(stacked, &ints(&shape))
            }
        }
    }

    /// That of one copy.
    pub(in crate::graph) fn one(self, g: &mut Builder, copies: usize, index: usize) -> Value {
        let shape = self.shape(g, copies);
        let at = index as i64;
        match self {
            Self::Shared(v) => v,
            Self::Stacked(v) => {
                let part = g.slice(v, &[(0, at, at + 1, 1)]);
                g.reshape(part, &ints(&shape))
            }
            Self::Maps(v) => {
                let channels = shape[1] as i64;
                g.slice(v, &[(1, at * channels, (at + 1) * channels, 1)])
            }
        }
    }
}

/// From `[N, E, C, H, W]` to maps.
pub fn joined(g: &mut Builder, apart: Value) -> Value {
    let s = g.shape(apart);
    match s[..] {
        [n, e, c, h, w] => g.reshape(apart, &ints(&[n, e * c, h, w])),
        // A mistake made before, which the builder remembers.
        _ => apart,
    }
}

/// The first two dimensions, swapped.
pub fn swapped(g: &mut Builder, x: Value) -> Value {
    let mut perm: Vec<i64> = (0..g.shape(x).len() as i64).collect();
    if perm.len() > 1 {
        perm.swap(0, 1);
    }
    g.transpose(x, &perm)
}
