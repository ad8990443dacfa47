//! Finds a camera again that went away. It may come back under another number, and another camera under its own: it is
//! known by its [`Identity`], from the moment it was opened first.

use super::node::{self, Identity, Node};
use crate::camera::source::SourceError;
use crate::domain::CameraTrouble;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A hub that has its power back lists its cameras one after another, in any order: so long is the own one waited for,
/// before another that took its place counts as put there by somebody.
const OWN_WITHIN: Duration = Duration::from_secs(30);

/// Which camera is meant.
pub struct Again {
    path: PathBuf,
    known: Option<Identity>,
    /// Another camera, and since when it is there instead.
    stranger: Option<(Identity, Instant)>,
}

impl Again {
    /// The camera at `path`, whichever that is when it is opened first.
    pub fn new(path: PathBuf) -> Self {
        Self { path, known: None, stranger: None }
    }

    /// The camera, at its path or wherever it is now. Error: it is nowhere, or may not be opened.
    pub fn find(&mut self) -> Result<Node, SourceError> {
        self.choose(Node::open(&self.path), || node::find().into_iter().flatten().collect(), Instant::now())
    }

    /// It was opened: this is the camera that is meant from now on.
    pub fn opened(&mut self, path: &Path, identity: Identity) {
        if path != self.path {
            tracing::info!("camera: what was {} is {} now", self.path.display(), path.display());
        }
        if let Some(before) = self.known.as_ref().filter(|known| **known != identity) {
            let Identity { name, bus } = before;
            tracing::warn!("camera: {} is another camera than before ({name} at {bus})", path.display());
        }
        (self.known, self.stranger) = (Some(identity), None);
    }

    /// `here`: what lies at the path. `all`: all cameras that can be opened.
    fn choose<N: AsRef<Identity>>(
        &mut self,
        here: Result<N, SourceError>,
        all: impl FnOnce() -> Vec<N>,
        now: Instant,
    ) -> Result<N, SourceError> {
        let Some(known) = &self.known else { return here };
        if here.as_ref().is_ok_and(|node| node.as_ref() == known) {
            return here;
        }
        if let Some(elsewhere) = all().into_iter().find(|node| node.as_ref() == known) {
            return Ok(elsewhere);
        }
        let (shown, name) = (self.path.display(), &known.name);
        match here {
            Ok(node) => {
                let same = self.stranger.take().filter(|(stranger, _)| stranger == node.as_ref());
                let (_, since) = self.stranger.insert(same.unwrap_or_else(|| (node.as_ref().clone(), now)));
                if now.duration_since(*since) >= OWN_WITHIN {
                    return Ok(node);
                }
                let (other, wait) = (&node.as_ref().name, OWN_WITHIN.as_secs());
                let text = format!(
                    "{shown} is another camera now ({other} instead of {name}); it is taken if that is not back in {wait} s"
                );
                Err(SourceError::new(CameraTrouble::Replaced, text))
            }
            Err(error) => {
                self.stranger = None;
                // What lies there now may be another camera's node for metadata.
                if !matches!(error.trouble, CameraTrouble::Missing | CameraTrouble::Unsuitable) {
                    return Err(error);
                }
                let text = format!("{shown} ({name}) was unplugged; plug it in again");
                Err(SourceError::new(CameraTrouble::Unplugged, text))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "/dev/video0";

    fn camera(name: &str, bus: &str) -> Identity {
        Identity { name: name.into(), bus: bus.into() }
    }

    fn known(identity: &Identity) -> Again {
        let mut again = Again::new(PATH.into());
        again.opened(Path::new(PATH), identity.clone());
        again
    }

    /// What is chosen, or what is wrong.
    fn chosen(
        again: &mut Again,
        here: Result<&Identity, CameraTrouble>,
        all: &[&Identity],
        now: Instant,
    ) -> Result<Identity, CameraTrouble> {
        let here = here.cloned().map_err(|trouble| SourceError::new(trouble, "as it is"));
        again.choose(here, || all.iter().copied().cloned().collect(), now).map_err(|error| error.trouble)
    }

    #[test]
    fn a_camera_is_found_under_another_number_and_no_other_of_its_kind_is_taken_for_it() {
        let (left, right) = (camera("C920", "usb-1"), camera("C920", "usb-2"));
        let (mut again, now) = (known(&left), Instant::now());
        assert_eq!(chosen(&mut again, Ok(&left), &[], now), Ok(left.clone()));
        for here in [Err(CameraTrouble::Missing), Err(CameraTrouble::Unsuitable), Ok(&right)] {
            assert_eq!(chosen(&mut again, here, &[&right, &left], now), Ok(left.clone()), "{here:?}");
        }
        for here in [CameraTrouble::Missing, CameraTrouble::Unsuitable, CameraTrouble::Unplugged] {
            assert_eq!(chosen(&mut again, Err(here), &[&right], now), Err(CameraTrouble::Unplugged));
        }
        assert_eq!(chosen(&mut again, Ok(&right), &[&right], now), Err(CameraTrouble::Replaced));
        let denied = Err(CameraTrouble::NotPermitted);
        assert_eq!(chosen(&mut again, denied, &[&right], now), Err(CameraTrouble::NotPermitted));
    }

    #[test]
    fn another_camera_at_the_path_is_taken_once_the_own_one_stayed_away() {
        let (own, other) = (camera("C920", "usb-1"), camera("Brio", "usb-1"));
        let (mut again, start) = (known(&own), Instant::now());
        let replaced = Err(CameraTrouble::Replaced);
        assert_eq!(chosen(&mut again, Ok(&other), &[&other], start), replaced);
        assert_eq!(chosen(&mut again, Ok(&other), &[&other], start + OWN_WITHIN / 2), replaced);
        // It was pulled in between: the wait begins anew.
        let pulled = chosen(&mut again, Err(CameraTrouble::Missing), &[], start + OWN_WITHIN / 2);
        assert_eq!(pulled, Err(CameraTrouble::Unplugged));
        assert_eq!(chosen(&mut again, Ok(&other), &[&other], start + OWN_WITHIN), replaced);
        assert_eq!(chosen(&mut again, Ok(&other), &[&other], start + OWN_WITHIN * 2), Ok(other.clone()));
        again.opened(Path::new(PATH), other.clone());
        assert_eq!(chosen(&mut again, Ok(&own), &[&own, &other], start), Ok(other), "now the other is meant");
    }

    #[test]
    fn before_the_first_opening_what_lies_at_the_path_is_meant() {
        let mut again = Again::new(PATH.into());
        let (any, now) = (camera("any", "usb-1"), Instant::now());
        assert_eq!(chosen(&mut again, Ok(&any), &[], now), Ok(any.clone()));
        assert_eq!(chosen(&mut again, Err(CameraTrouble::Missing), &[&any], now), Err(CameraTrouble::Missing));
    }
}
