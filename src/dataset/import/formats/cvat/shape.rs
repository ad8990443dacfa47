//! The numbers of a shape.

use crate::dataset::import::formats::shapes::Drawn;
use crate::dataset::import::formats::xml::Attributes;
use crate::dataset::import::told::Reason;
use crate::domain::limits;

/// Why a shape is none that can be taken.
#[derive(Debug)]
pub enum Wrong {
    /// It is of a kind that is not read.
    Kind(Reason),
    Numbers,
}

/// What an element says that is a shape.
pub fn read(kind: &str, attributes: &Attributes) -> Result<Drawn, Wrong> {
    let number = |key: &str| {
        let number = attributes.get(key).and_then(|text| text.trim().parse().ok());
        number.filter(|number: &f64| number.is_finite()).ok_or(Wrong::Numbers)
    };
    let turned = || match attributes.get("rotation") {
        None => Ok(0.0),
        Some(_) => number("rotation"),
    };
    match kind {
        "box" => {
            let edges = [number("xtl")?, number("ytl")?, number("xbr")?, number("ybr")?];
            match turned()? % 360.0 {
                0.0 => Ok(Drawn::Box(edges)),
                degrees => Ok(Drawn::turned(edges, degrees)),
            }
        }
        "ellipse" => Ok(Drawn::Round([number("cx")?, number("cy")?], [number("rx")?, number("ry")?], turned()?)),
        "polygon" => {
            let corners: Option<Vec<[f64; 2]>> =
                attributes.get("points").unwrap_or_default().split(';').map(corner).collect();
            let corners = corners.filter(|corners| corners.len() >= *limits::CORNERS.start());
            corners.map(Drawn::Outline).ok_or(Wrong::Numbers)
        }
        "mask" => Err(Wrong::Kind(Reason::new("mask", "masks, which are not read; turn them into polygons or boxes"))),
        other => Err(Wrong::Kind(Reason::about(
            "shape",
            format!("shapes of the kind `{other}`, which are not read; boxes, polygons, ellipses and tags are"),
        ))),
    }
}

fn corner(text: &str) -> Option<[f64; 2]> {
    let (x, y) = text.split_once(',')?;
    let number = |text: &str| text.trim().parse().ok().filter(|number: &f64| number.is_finite());
    Some([number(x)?, number(y)?])
}
