//! What the deployed model is to look for on the camera: how sure and how large objects must be, and where.

use super::bbox::BBox;
use super::camera::CameraId;
use super::limits;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is watched. Where nothing is said of a category, the model's own threshold holds, everywhere, at any size.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// By the category's name.
    pub categories: BTreeMap<String, Wanted>,
    /// Areas of the picture. With zones to watch, objects of their categories count nowhere else.
    pub zones: Vec<Zone>,
}

/// What an object of a category must be like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// How sure the model must be, 0 to 1; null takes the model's threshold.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1)]
    pub score: Option<f32>,
    /// The longer side of its box, as a share of the picture's width, 0 to 1; null takes any.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1)]
    pub smallest: Option<f32>,
}

/// An area of the picture. An object is in it when the middle of its box is; tags of the whole picture have no place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// Unique; 1 to 64 characters.
    #[schema(min_length = 1, max_length = 64)]
    pub name: String,
    pub kind: ZoneKind,
    /// Its corners as shares of width and height, each 0 to 1. What a line encloses that crosses itself twice is outside.
    #[schema(value_type = Vec<Vec<f32>>)]
    pub polygon: Vec<[f32; 2]>,
    /// For which categories it is; null is for all.
    #[serde(default)]
    pub categories: Option<Vec<String>>,
    /// For which camera; null is for all.
    #[serde(default)]
    pub camera: Option<CameraId>,
}

/// What a zone does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ZoneKind {
    /// Objects count in here.
    Watch,
    /// Objects in here don't count, in a zone to watch neither.
    Ignore,
}

/// Where an object that counts is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// In the zone to watch of this name, the first that it is in.
    Zone(&'a str),
    /// In none, and there is none that it would have to be in.
    Anywhere,
}

impl<'a> Place<'a> {
    /// The zone's name.
    pub fn zone(self) -> Option<&'a str> {
        match self {
            Self::Zone(name) => Some(name),
            Self::Anywhere => None,
        }
    }
}

impl Watch {
    /// What must hold wherever it comes from; the error says what is wrong, and where.
    pub fn check(&self) -> Result<(), String> {
        for (name, Wanted { score, smallest }) in &self.categories {
            for (key, value) in [("score", score), ("smallest", smallest)] {
                let Some(value) = value else { continue };
                limits::within(&format!("categories.{name}.{key}"), *value, &limits::SCORE)?;
            }
        }
        if self.zones.len() > limits::ZONES {
            return Err(format!("{} zones are too many: there may be {}", self.zones.len(), limits::ZONES));
        }
        for (at, zone) in self.zones.iter().enumerate() {
            zone.check().map_err(|why| format!("zone {} ({}): {why}", at + 1, zone.name))?;
            if self.zones[..at].iter().any(|other| other.name == zone.name) {
                return Err(format!("two zones are called `{}`: give each a name of its own", zone.name));
            }
        }
        Ok(())
    }

    /// With what holds for a category under its other name, which the model says, too, from now on. `None` where nothing is
    /// said of it.
    pub fn renamed(&self, old: &str, new: &str) -> Option<Self> {
        let mut watch = self.clone();
        if let Some(wanted) = watch.categories.remove(old) {
            watch.categories.entry(new.to_owned()).or_insert(wanted);
        }
        for names in watch.zones.iter_mut().filter_map(|zone| zone.categories.as_mut()) {
            if names.iter().any(|name| name == old) {
                names.retain(|name| name != old && name != new);
                names.push(new.to_owned());
            }
        }
        (watch != *self).then_some(watch)
    }

    /// With the names of its categories spelled in another way.
    pub fn respelled(mut self, spelled: impl Fn(&str) -> String) -> Self {
        self.categories = self.categories.into_iter().map(|(name, wanted)| (spelled(&name), wanted)).collect();
        for names in self.zones.iter_mut().filter_map(|zone| zone.categories.as_mut()) {
            names.iter_mut().for_each(|name| *name = spelled(name));
        }
        self
    }

    /// All categories that it names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let zones = self.zones.iter().filter_map(|zone| zone.categories.as_ref()).flatten();
        self.categories.keys().chain(zones).map(String::as_str)
    }

    /// From which score objects of a category count, with a model of this threshold.
    pub fn least_score(&self, category: &str, threshold: f32) -> f32 {
        self.categories.get(category).and_then(|wanted| wanted.score).unwrap_or(threshold)
    }

    /// Whether an object counts as far as size and place go, and where it is. `bbox` is in pixels of a picture of this
    /// `size`; `None` for a tag, which always counts.
    pub fn place(
        &self,
        camera: Option<&CameraId>,
        size: (u32, u32),
        category: &str,
        bbox: Option<BBox>,
    ) -> Option<Place<'_>> {
        let Some(bbox) = bbox else { return Some(Place::Anywhere) };
        let (width, height) = (size.0.max(1) as f32, size.1.max(1) as f32);
        let smallest = self.categories.get(category).and_then(|wanted| wanted.smallest).unwrap_or(0.0);
        if bbox.width.max(bbox.height) / width < smallest {
            return None;
        }
        let (x, y) = bbox.centre();
        let at = (x / width, y / height);
        let mut to_be_in = false;
        let mut found = None;
        for zone in self.zones.iter().filter(|zone| zone.is_for(camera, category)) {
            match (zone.kind, zone.holds(at)) {
                (ZoneKind::Ignore, true) => return None,
                (ZoneKind::Ignore, false) => {}
                (ZoneKind::Watch, inside) => {
                    to_be_in = true;
                    found = found.or(inside.then_some(Place::Zone(&zone.name)));
                }
            }
        }
        if to_be_in { found } else { Some(Place::Anywhere) }
    }
}

impl Zone {
    fn check(&self) -> Result<(), String> {
        let length = self.name.chars().count();
        let (least, most) = limits::ZONE_NAME.into_inner();
        if !limits::ZONE_NAME.contains(&length) {
            return Err(format!("its name has {least} to {most} characters, not {length}"));
        }
        if self.name.chars().any(char::is_control) || self.name.trim() != self.name {
            return Err("its name must not hold control characters nor begin or end with a space".into());
        }
        let (least, most) = limits::ZONE_CORNERS.into_inner();
        if !limits::ZONE_CORNERS.contains(&self.polygon.len()) {
            return Err(format!("its polygon has {} corners: it needs {least} to {most}", self.polygon.len()));
        }
        if let Some(corner) = self.polygon.iter().find(|corner| !corner.iter().all(|n| (0.0..=1.0).contains(n))) {
            return Err(format!("the corner {corner:?} is outside the picture: shares of width and height are 0 to 1"));
        }
        match BBox::around(&self.polygon) {
            Some(around) if around.width > 0.0 && around.height > 0.0 => {}
            _ => return Err("its polygon has no area: the corners lie on one line".into()),
        }
        match &self.categories {
            Some(names) if names.is_empty() => {
                Err("it is for no category: name some, or leave `categories` null for all".into())
            }
            _ => Ok(()),
        }
    }

    /// A camera that is not known may be any.
    fn is_for(&self, camera: Option<&CameraId>, category: &str) -> bool {
        let of_camera = self.camera.as_ref().is_none_or(|own| camera.is_none_or(|camera| own == camera));
        of_camera && self.categories.as_ref().is_none_or(|names| names.iter().any(|name| name == category))
    }

    /// Whether a point, in shares of width and height, lies inside: a ray from there crosses the line an odd number of
    /// times.
    fn holds(&self, (x, y): (f32, f32)) -> bool {
        let corners = self.polygon.iter();
        let before = corners.clone().last().into_iter().chain(corners.clone());
        corners.zip(before).fold(false, |inside, ([ax, ay], [bx, by])| {
            let crosses = (*ay > y) != (*by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax;
            inside != crosses
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str, kind: ZoneKind, polygon: &[[f32; 2]]) -> Zone {
        Zone { name: name.into(), kind, polygon: polygon.to_vec(), categories: None, camera: None }
    }

    fn left_half(name: &str, kind: ZoneKind) -> Zone {
        zone(name, kind, &[[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]])
    }

    /// Of a box of 20 × 10 pixels around this point of a picture of 200 × 100.
    fn place<'a>(watch: &'a Watch, category: &str, x: f32, y: f32) -> Option<Place<'a>> {
        let bbox = BBox::new(x - 10.0, y - 5.0, 20.0, 10.0);
        watch.place(Some(&CameraId::main()), (200, 100), category, Some(bbox))
    }

    #[test]
    fn without_a_word_everything_counts() {
        let watch = Watch::default();
        assert_eq!((place(&watch, "cat", 10.0, 5.0), watch.least_score("cat", 0.4)), (Some(Place::Anywhere), 0.4));
    }

    #[test]
    fn size_and_score_are_asked_of_a_category_alone() {
        let wanted = Wanted { score: Some(0.8), smallest: Some(0.11) };
        let mut watch = Watch { categories: [("cat".to_owned(), wanted)].into(), zones: vec![] };
        assert_eq!((place(&watch, "cat", 50.0, 50.0), place(&watch, "dog", 50.0, 50.0)), (None, Some(Place::Anywhere)));
        assert_eq!((watch.least_score("cat", 0.4), watch.least_score("dog", 0.4)), (0.8, 0.4));
        watch.categories.insert("cat".into(), Wanted { smallest: Some(0.1), ..wanted });
        assert_eq!(place(&watch, "cat", 50.0, 50.0), Some(Place::Anywhere), "20 of 200 pixels are a tenth");
    }

    #[test]
    fn objects_count_in_zones_to_watch_and_not_in_those_to_ignore() {
        let corner = zone("corner", ZoneKind::Ignore, &[[0.0, 0.0], [0.2, 0.0], [0.0, 0.4]]);
        let watch = Watch { categories: BTreeMap::new(), zones: vec![left_half("door", ZoneKind::Watch), corner] };
        assert_eq!(place(&watch, "cat", 60.0, 50.0), Some(Place::Zone("door")));
        assert_eq!(place(&watch, "cat", 140.0, 50.0), None);
        assert_eq!(place(&watch, "cat", 12.0, 6.0), None, "in both");
        assert_eq!(watch.place(None, (200, 100), "fog", None), Some(Place::Anywhere), "a tag has no place");
    }

    #[test]
    fn a_zone_is_for_its_categories_and_its_camera() {
        let cats = Zone { categories: Some(vec!["cat".into()]), ..left_half("door", ZoneKind::Watch) };
        let watch = Watch { categories: BTreeMap::new(), zones: vec![cats.clone()] };
        assert_eq!(
            (place(&watch, "cat", 140.0, 50.0), place(&watch, "dog", 140.0, 50.0)),
            (None, Some(Place::Anywhere))
        );
        let other = Zone { camera: Some("yard".parse().unwrap()), ..cats };
        let watch = Watch { categories: BTreeMap::new(), zones: vec![other] };
        assert_eq!(place(&watch, "cat", 140.0, 50.0), Some(Place::Anywhere));
        assert_eq!(watch.names().collect::<Vec<_>>(), ["cat"]);
    }

    #[test]
    fn a_renamed_category_is_watched_as_before() {
        let cats = Zone { categories: Some(vec!["cat".into()]), ..left_half("door", ZoneKind::Watch) };
        let wanted = Wanted { score: Some(0.8), smallest: None };
        let watch = Watch { categories: [("cat".to_owned(), wanted)].into(), zones: vec![cats] };
        let renamed = watch.renamed("cat", "tom").unwrap();
        assert_eq!((renamed.least_score("tom", 0.1), renamed.least_score("cat", 0.1)), (0.8, 0.1));
        assert_eq!(renamed.zones[0].categories.as_ref().unwrap()[..], ["tom"]);
        assert_eq!((renamed.renamed("cat", "tom"), watch.renamed("dog", "hound")), (None, None));
    }

    #[test]
    fn nonsense_is_refused_in_words() {
        let door = left_half("door", ZoneKind::Watch);
        let zones = |zones: Vec<Zone>| Watch { categories: BTreeMap::new(), zones };
        let wanted = |score, smallest| Watch {
            categories: [("cat".to_owned(), Wanted { score, smallest })].into(),
            ..Watch::default()
        };
        assert_eq!(zones(vec![door.clone()]).check(), Ok(()));
        assert_eq!(wanted(Some(0.0), Some(1.0)).check(), Ok(()));
        for (bad, says) in [
            (wanted(Some(1.5), None), "categories.cat.score: 1.5 must be 0 to 1"),
            (wanted(None, Some(f32::NAN)), "categories.cat.smallest: NaN must be 0 to 1"),
            (zones(vec![door.clone(), door.clone()]), "two zones are called `door`"),
            (zones(vec![Zone { name: String::new(), ..door.clone() }]), "zone 1 (): its name has 1 to 64 characters"),
            (zones(vec![Zone { name: "a ".into(), ..door.clone() }]), "nor begin or end with a space"),
            (zones(vec![zone("a", ZoneKind::Watch, &[[0.0, 0.0], [1.0, 1.0]])]), "2 corners: it needs 3 to 100"),
            (zones(vec![zone("a", ZoneKind::Watch, &[[0.0, 0.0], [1.0, 1.5], [1.0, 0.0]])]), "[1.0, 1.5] is outside"),
            (zones(vec![zone("a", ZoneKind::Watch, &[[0.0, f32::NAN]; 3])]), "is outside"),
            (zones(vec![zone("a", ZoneKind::Watch, &[[0.0, 0.5], [0.5, 0.5], [1.0, 0.5]])]), "no area"),
            (zones(vec![Zone { categories: Some(vec![]), ..door.clone() }]), "for no category"),
            (zones((0..=limits::ZONES).map(|n| Zone { name: n.to_string(), ..door.clone() }).collect()), "too many"),
        ] {
            let error = bad.check().unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
