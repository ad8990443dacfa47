//! A body, cut into parts.

use axum::body::{Body, BodyDataStream};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;

/// A body that is read part by part.
pub struct Parts {
    body: BodyDataStream,
    held: BytesMut,
    ended: bool,
    /// Bytes of one.
    most: usize,
}

impl Parts {
    pub fn of(body: Body, most: usize) -> Self {
        Self { body: body.into_data_stream(), held: BytesMut::new(), ended: false, most }
    }

    /// The next one, and whether it is the last. `None`: the body broke off. Loses nothing where it is dropped.
    pub async fn next(&mut self) -> Option<(Bytes, bool)> {
        while self.held.len() < self.most && !self.ended {
            match self.body.next().await {
                Some(Ok(bytes)) => self.held.extend_from_slice(&bytes),
                Some(Err(_)) => return None,
                None => self.ended = true,
            }
        }
        let body = self.held.split_to(self.held.len().min(self.most)).freeze();
        Some((body, self.ended && self.held.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(pieces: &[&'static str], most: usize) -> Vec<(Bytes, bool)> {
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok::<_, std::io::Error>(*piece)).collect();
        let (mut parts, mut found) = (Parts::of(Body::from_stream(futures::stream::iter(pieces)), most), Vec::new());
        while !found.last().is_some_and(|(_, last)| *last) {
            found.push(parts.next().await.unwrap());
        }
        found
    }

    #[tokio::test]
    async fn the_last_part_says_so_and_nothing_is_one_too() {
        assert_eq!(all(&["abc", "de"], 2).await, [("ab".into(), false), ("cd".into(), false), ("e".into(), true)]);
        assert!(all(&["abcd"], 4).await.last().unwrap().1);
        assert_eq!(all(&[], 4).await, [(Bytes::new(), true)]);
    }

    #[tokio::test]
    async fn what_breaks_off_has_no_last_part() {
        let broken = futures::stream::iter([Ok("ab"), Err(std::io::Error::other("gone"))]);
        assert_eq!(Parts::of(Body::from_stream(broken), 4).next().await, None);
    }
}
