//! The tensors of the head that are trained: their names, shapes, order and what lies along their dimensions. Said here
//! and nowhere else; whoever builds, cuts, exports or carries over a head asks for it.

use crate::train::base::Tap;
use std::collections::HashMap;

/// Before the name of every tensor of the head.
const PREFIX: &str = "head/";

/// What a head looks like; the same for all experiments of a training.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadShape {
    /// Finest first.
    pub taps: Vec<Tap>,
    /// Channels between the layers; experiments of smaller width leave the rest unused.
    pub hidden: usize,
    /// Categories found by box.
    pub boxes: usize,
    /// Categories of the whole frame.
    pub tags: usize,
}

/// Which tensor of the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HeadTensor {
    /// From the channels of this tap to the hidden ones.
    Project(usize),
    ProjectBias,
    /// The 3×3 convolution.
    Context,
    ContextBias,
    /// From the hidden channels to centres and distances.
    Predict,
    PredictBias,
    /// From all taps' channels to the hidden ones.
    TagProject,
    TagProjectBias,
    TagPredict,
    TagPredictBias,
}

/// A tensor of the head that is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadParameter {
    pub tensor: HeadTensor,
    pub name: String,
    /// Of one experiment.
    pub shape: Vec<usize>,
    /// Standard deviation at the start.
    pub spread: f32,
    /// The dimension along which it reads hidden channels, if it does: beyond an experiment's width it reads nothing.
    pub reads_hidden: Option<usize>,
    /// Where it has a row for each category.
    pub rows: Option<CategoryRows>,
}

/// The dimension of a tensor that has a row for each category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CategoryRows {
    /// Which dimension.
    pub along: usize,
    pub kind: RowKind,
    /// Rows behind those of the categories, whatever these are.
    pub others: usize,
}

/// Whose rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    Boxes,
    Tags,
}

/// Distances from a cell to the sides of its object: left, top, right, bottom.
pub const SIDES: usize = 4;

impl HeadTensor {
    fn name(self) -> String {
        let own = match self {
            Self::Project(tap) => format!("project{tap}"),
            Self::ProjectBias => "project_bias".into(),
            Self::Context => "context".into(),
            Self::ContextBias => "context_bias".into(),
            Self::Predict => "predict".into(),
            Self::PredictBias => "predict_bias".into(),
            Self::TagProject => "tag_project".into(),
            Self::TagProjectBias => "tag_project_bias".into(),
            Self::TagPredict => "tag_predict".into(),
            Self::TagPredictBias => "tag_predict_bias".into(),
        };
        format!("{PREFIX}{own}")
    }

    fn reads_hidden(self) -> Option<usize> {
        match self {
            Self::Context | Self::Predict => Some(1),
            Self::TagPredict => Some(0),
            _ => None,
        }
    }

    fn rows(self) -> Option<CategoryRows> {
        let rows = |along, kind, others| Some(CategoryRows { along, kind, others });
        match self {
            Self::Predict | Self::PredictBias => rows(0, RowKind::Boxes, SIDES),
            Self::TagPredict => rows(1, RowKind::Tags, 0),
            Self::TagPredictBias => rows(0, RowKind::Tags, 0),
            _ => None,
        }
    }
}

impl HeadShape {
    /// Height and width of the grid of cells.
    pub fn grid(&self) -> (usize, usize) {
        (self.taps[0].height, self.taps[0].width)
    }

    /// Cells of the grid.
    pub fn cells(&self) -> usize {
        self.grid().0 * self.grid().1
    }

    /// Everything that is trained, in the order in which it is handed to the head.
    pub fn parameters(&self) -> Vec<HeadParameter> {
        let h = self.hidden;
        let channels: usize = self.taps.iter().map(|t| t.channels).sum();
        // He et al., "Delving Deep into Rectifiers" (2015).
        let he = |inputs: usize| (2.0 / inputs as f32).sqrt();
        let mut list = Vec::new();
        let mut add = |tensor: HeadTensor, shape: Vec<usize>, spread: f32| {
            let (name, reads_hidden, rows) = (tensor.name(), tensor.reads_hidden(), tensor.rows());
            list.push(HeadParameter { tensor, name, shape, spread, reads_hidden, rows });
        };
        if self.boxes > 0 {
            for (i, tap) in self.taps.iter().enumerate() {
                add(HeadTensor::Project(i), vec![h, tap.channels], he(channels));
            }
            add(HeadTensor::ProjectBias, vec![h], 0.0);
            add(HeadTensor::Context, vec![h, h, 3, 3], he(9 * h));
            add(HeadTensor::ContextBias, vec![h], 0.0);
            add(HeadTensor::Predict, vec![self.boxes + SIDES, h], 0.01);
            add(HeadTensor::PredictBias, vec![self.boxes + SIDES], 0.0);
        }
        if self.tags > 0 {
            add(HeadTensor::TagProject, vec![channels, h], he(channels));
            add(HeadTensor::TagProjectBias, vec![h], 0.0);
            add(HeadTensor::TagPredict, vec![h, self.tags], 0.01);
            add(HeadTensor::TagPredictBias, vec![self.tags], 0.0);
        }
        list
    }

    /// Values in the order of [`HeadShape::parameters`], by the tensor that each is.
    pub fn by_tensor<T: Copy>(&self, values: &[T]) -> HashMap<HeadTensor, T> {
        self.parameters().into_iter().map(|p| p.tensor).zip(values.iter().copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_says_what_lies_along_its_dimensions() {
        let tap = |channels, stride| Tap { name: "t".into(), channels, height: 6, width: 8, stride };
        let shape = HeadShape { taps: vec![tap(3, 8), tap(5, 16)], hidden: 16, boxes: 2, tags: 7 };
        for p in shape.parameters() {
            if let Some(along) = p.reads_hidden {
                assert_eq!(p.shape[along], shape.hidden, "{}", p.name);
            }
            if let Some(CategoryRows { along, kind, others }) = p.rows {
                let categories = if kind == RowKind::Boxes { shape.boxes } else { shape.tags };
                assert_eq!(p.shape[along], categories + others, "{}", p.name);
            }
        }
        let names: Vec<String> = shape.parameters().into_iter().map(|p| p.name).collect();
        let files = ["head/project0", "head/project1", "head/project_bias", "head/context", "head/context_bias"];
        assert_eq!(names[..5], files, "models that were exported have these names");
        assert_eq!(
            names[5..],
            [
                "head/predict",
                "head/predict_bias",
                "head/tag_project",
                "head/tag_project_bias",
                "head/tag_predict",
                "head/tag_predict_bias"
            ]
        );
    }
}
