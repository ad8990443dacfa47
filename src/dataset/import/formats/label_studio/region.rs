//! One thing that was said of a task.

use super::value::Value;
use crate::dataset::import::formats::attributes::{Names, Said};
use crate::dataset::import::formats::entries::{Lean, Weighed};
use crate::dataset::import::formats::lean::Scalar;
use serde::Deserialize;

/// One thing that was said.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Region {
    pub id: Scalar,
    /// The question that it answers.
    pub from_name: Scalar,
    /// The picture that it lies in, as the task calls it; of a list of pictures which.
    pub to_name: Scalar,
    pub item_index: Scalar,
    #[serde(rename = "type")]
    pub kind: Scalar,
    original_width: Scalar,
    original_height: Scalar,
    image_rotation: Scalar,
    value: Lean<Value>,
    /// What somebody noted at it, and the region that it lies in.
    meta: Said,
    #[serde(rename = "parentID")]
    parent: Said,
}

impl Region {
    /// An answer to a question, where nothing else is said of it.
    pub fn of(question: &str, value: Value) -> Self {
        Self { from_name: Scalar::Text(question.to_owned()), value: Lean(Some(value)), ..Self::default() }
    }

    pub fn value(&self) -> Option<&Value> {
        self.value.0.as_ref()
    }

    /// What it answers.
    pub fn question(&self) -> String {
        self.from_name.clone().name().unwrap_or_default()
    }

    /// Of its picture.
    pub fn size(&self) -> Option<(u32, u32)> {
        let size = self.original_width.pixels().zip(self.original_height.pixels());
        size.or_else(|| self.value()?.size[0].pixels().zip(self.value()?.size[1].pixels()))
    }

    /// What it says of its object beside its label and where it lies.
    pub fn beside(&self) -> Names {
        let mut beside = self.value().map(|value| value.beside.clone()).unwrap_or_default();
        for (name, said) in [("meta", &self.meta), ("parentID", &self.parent)] {
            if *said != Said::Nothing {
                beside.add(name);
            }
        }
        beside
    }

    /// Whether the picture was turned when it was drawn.
    pub fn is_turned(&self) -> bool {
        self.image_rotation.number().is_some_and(|degrees| degrees % 360.0 != 0.0)
    }
}

impl Weighed for Region {
    fn weight(&self) -> usize {
        let texts = [&self.id, &self.from_name, &self.kind].map(|scalar| match scalar {
            Scalar::Text(text) => text.len(),
            _ => 0,
        });
        texts.iter().sum::<usize>() + self.value().map_or(0, Weighed::weight)
    }
}
