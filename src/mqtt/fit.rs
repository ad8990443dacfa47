//! A message made to fit what the broker takes.

use super::flipframe;
use super::payload::{Message, shorten};
use super::wire::size;
use bytes::Bytes;

/// The message in a packet of at most this many bytes: a shorter list, a smaller picture. `None`: there is no such.
pub fn fit(message: &Message, limit: usize) -> Option<Message> {
    let room = limit.checked_sub(size(message) - message.payload.len())?;
    let payload: Bytes = match message.content_type {
        _ if message.delivery.whole => return None,
        "application/json" => shorten(serde_json::from_slice(&message.payload).ok()?, room).ok()?.into(),
        "image/jpeg" => flipframe::shrink(&message.payload, room).ok()?,
        _ => return None,
    };
    (payload.len() <= room).then(|| Message { payload, ..message.clone() })
}

#[cfg(test)]
mod tests {
    use super::super::payload::Stamp;
    use super::super::topics::Topic;
    use super::*;
    use crate::picture::encode_jpeg;
    use serde_json::{Value, json};

    #[test]
    fn lists_are_cut_and_pictures_made_smaller_and_what_is_worth_nothing_by_half_is_not_sent() {
        let stamp = Stamp::new("cam-7");
        let page = stamp.json(Topic::FlipbookPage, &json!({"predictions": (0..900).collect::<Vec<_>>()})).unwrap();
        let small = fit(&page, 2000).unwrap();
        assert!(size(&small) <= 2000);
        let body: Value = serde_json::from_slice(&small.payload).unwrap();
        assert_eq!((&body["truncated"], &body["device"]), (&json!(true), &json!("cam-7")));
        assert!(body["predictions"].as_array().unwrap().len() > 100);

        let picture = image::RgbImage::from_fn(640, 480, |x, y| image::Rgb([(x ^ y) as u8, x as u8, y as u8]));
        let frame = stamp.bare(Topic::FlipbookFrame, encode_jpeg(&picture, 85), "image/jpeg", &[]);
        let small = fit(&frame, 20_000).unwrap();
        assert!(size(&small) <= 20_000 && image::load_from_memory(&small.payload).is_ok());
        assert_eq!(fit(&frame, 300), None);

        let whole = super::super::discovery::announce(&stamp, &[], &[]).0;
        assert_eq!(fit(&whole, 2000), None);
        // What it is known by is never cut.
        assert_eq!(fit(&page, 200), None);
    }
}
