//! What the head expects of the features it stands on.

use crate::graph::{Builder, Tensor, Value};

/// Mean and spread of every channel of every tap: the head sees features with mean 0 and spread 1, whatever the base.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Standard {
    pub mean: Vec<Vec<f32>>,
    pub spread: Vec<Vec<f32>>,
}

impl Standard {
    /// Name of the constant that holds the means of tap `tap` in an exported model.
    pub fn mean_name(tap: usize) -> String {
        format!("standard/mean{tap}")
    }

    /// The same of the spreads.
    pub fn spread_name(tap: usize) -> String {
        format!("standard/spread{tap}")
    }

    /// Tap `tap` `[…, channels, cells]` with mean 0 and spread 1.
    pub fn standardise(&self, g: &mut Builder, x: Value, tap: usize) -> Value {
        let column = |values: &[f32]| Tensor::f32([1, values.len(), 1], values.to_vec());
        let mean = g.named_constant(&Self::mean_name(tap), column(&self.mean[tap]));
        let spread = g.named_constant(&Self::spread_name(tap), column(&self.spread[tap]));
        let x = g.sub(x, mean);
        g.div(x, spread)
    }
}
