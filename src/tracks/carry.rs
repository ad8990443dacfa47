//! All of it: what was said is checked, followed both ways, and brought together.

use super::said::{Course, Film, Track, TrackError};
use super::{course, legs, ways};
use crate::domain::limits;

/// Carries each track through the film; the answer is in the order of the tracks.
pub fn carry(film: Film, tracks: &[Track]) -> Result<Vec<Course>, TrackError> {
    let pictures = film.times.len();
    if let Some(at) = film.times.windows(2).position(|pair| !(pair[1] >= pair[0] && pair[1].is_finite())) {
        return Err(TrackError::Order(at + 1));
    }
    let size = film.size;
    let mut legs = Vec::with_capacity(tracks.len());
    for track in tracks {
        if let Some(&picture) = track.marks.keys().find(|picture| **picture >= pictures) {
            return Err(TrackError::NoSuchPicture { track: track.name.clone(), picture, pictures });
        }
        let mut of = legs::of(track, pictures);
        for (picture, bbox) in &mut of.keys {
            *bbox = bbox.clip_to(size, limits::OVERHANG).map_err(|why| TrackError::Box {
                track: track.name.clone(),
                picture: *picture,
                why: why.to_string(),
            })?;
        }
        legs.push(of);
    }
    let times = film.times;
    let runs = ways::run(film, tracks, &legs);
    Ok(legs.iter().zip(&runs).map(|(legs, runs)| course::settle(legs, runs, times, size)).collect())
}
