//! Categories: what to look for, and what one must be like.

use super::bbox::BBox;
use super::id::FrameId;
use super::{limits, name};
use serde::{Deserialize, Serialize};

/// How a category is applied to a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LabelKind {
    /// A box around each object.
    #[default]
    Box,
    /// The whole frame.
    Tag,
    /// An outline around each object; trains as the box around it.
    Polygon,
}

/// What to look for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Category {
    /// Unique; 1 to 64 characters.
    #[schema(min_length = 1, max_length = 64)]
    pub name: String,
    /// `#rrggbb`.
    #[schema(pattern = "^#[0-9A-Fa-f]{6}$")]
    pub colour: String,
    /// What belongs to it, for the person who labels.
    #[serde(default)]
    pub instructions: String,
    #[serde(default)]
    pub kind: LabelKind,
}

/// A picture that shows what belongs to a category, for the person who labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Example {
    pub frame: FrameId,
    /// The part of it that shows one, in pixels of the stored frame.
    pub bbox: BBox,
}

/// Colours that tell categories apart, `#rrggbb`, in the order they are given out.
pub const COLOURS: [&str; 10] =
    ["#ff9f1c", "#2ec4b6", "#e71d73", "#8ac926", "#4d96ff", "#ffd166", "#b388ff", "#ff6b6b", "#06d6a0", "#c0c0c0"];

impl Category {
    /// What a category must be like wherever it comes from; the error says what is wrong. An empty colour asks the store
    /// for one.
    pub fn check(&self) -> Result<(), String> {
        Self::check_name(&self.name)?;
        self.check_rest()
    }

    /// What its name must be like.
    pub fn check_name(name: &str) -> Result<(), String> {
        let length = name.chars().count();
        if !limits::CATEGORY_NAME.contains(&length) {
            let (least, most) = limits::CATEGORY_NAME.into_inner();
            return Err(format!("a category's name has {least} to {most} characters, not {length}"));
        }
        name::check(name)
    }

    /// What all but its name must be like.
    pub fn check_rest(&self) -> Result<(), String> {
        if self.instructions.len() > limits::INSTRUCTIONS {
            return Err(format!(
                "instructions have at most {} bytes, not {}",
                limits::INSTRUCTIONS,
                self.instructions.len()
            ));
        }
        if self.instructions.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err("instructions must not hold control characters other than line ends and tabs".into());
        }
        if !self.colour.is_empty() && self.rgb().is_none() {
            return Err(format!("the colour `{}` is not of the form #rrggbb; leave it empty to get one", self.colour));
        }
        Ok(())
    }

    /// Whether that is its name: two that differ in case or spelling alone are one.
    pub fn is_named(&self, name: &str) -> bool {
        key(&self.name) == key(name)
    }

    /// What tells its name from others.
    pub fn key(&self) -> String {
        key(&self.name)
    }

    /// Whether this is its name, as far as names of categories are told apart.
    pub fn is_called(&self, name: &str) -> bool {
        self.key() == key(name)
    }

    /// Its colour as red, green and blue; `None` where it has none, or not of the form `#rrggbb`.
    pub fn rgb(&self) -> Option<[u8; 3]> {
        rgb(&self.colour)
    }
}

fn key(name: &str) -> String {
    name::bare(&name::spelled(name).to_lowercase())
}

/// Red, green and blue of `#rrggbb`.
pub fn rgb(colour: &str) -> Option<[u8; 3]> {
    hex::decode(colour.strip_prefix('#')?).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn category(name: &str, colour: &str, instructions: &str) -> Category {
        Category { name: name.into(), colour: colour.into(), instructions: instructions.into(), kind: LabelKind::Box }
    }

    #[test]
    fn names_are_bounded_and_printable() {
        for good in ["x", &"é".repeat(64), "a b"] {
            assert_eq!(category(good, "", "").check(), Ok(()));
        }
        for bad in ["", "a\nb", " a", "a ", &"x".repeat(65)] {
            assert!(category(bad, "", "").check().is_err(), "{bad:?}");
        }
        let error = category(&"x".repeat(65), "", "").check().unwrap_err();
        assert_eq!(error, "a category's name has 1 to 64 characters, not 65");
    }

    #[test]
    fn case_and_spelling_make_no_other_name() {
        let cafe = category("Café", "", "");
        assert!(cafe.is_named("CAFE\u{301}") && cafe.is_named("café") && !cafe.is_named("cafe"));
    }

    #[test]
    fn a_colour_is_none_or_six_digits() {
        for good in ["", "#ABCDEF", "#012345"] {
            assert_eq!(category("a", good, "").check(), Ok(()));
        }
        for bad in ["red", "#12345", "#1234567", "#12345g", "123456"] {
            assert!(category("a", bad, "").check().unwrap_err().contains("#rrggbb"), "{bad}");
        }
        assert_eq!(category("a", "#ff8000", "").rgb(), Some([255, 128, 0]));
        assert!(COLOURS.iter().all(|c| rgb(c).is_some()));
    }

    #[test]
    fn instructions_are_bounded_text() {
        assert_eq!(category("a", "", &"\n".repeat(limits::INSTRUCTIONS)).check(), Ok(()));
        assert!(category("a", "", &"x".repeat(limits::INSTRUCTIONS + 1)).check().is_err());
        assert!(category("a", "", "\u{7}").check().unwrap_err().contains("control characters"));
    }
}
