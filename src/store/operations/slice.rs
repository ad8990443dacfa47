//! One slice of a collection.

use crate::store::api::Slice;
use crate::store::error::Result;

/// Trainings or models of one slice, at most.
const MAX_SLICE: usize = 200;
/// Trainings or models of one slice when the caller leaves it open.
const SLICE: usize = 50;

/// One slice of what `ids` name, skipping what `read` answers `None` for.
pub fn slice<I: std::fmt::Display + Copy, T>(
    ids: impl Iterator<Item = I>,
    limit: usize,
    mut read: impl FnMut(I) -> Result<Option<T>>,
) -> Result<Slice<T>> {
    let limit = if limit == 0 { SLICE } else { limit.min(MAX_SLICE) };
    let (mut items, mut last) = (Vec::new(), None);
    for id in ids {
        if items.len() == limit {
            return Ok(Slice { items, next: last });
        }
        if let Some(item) = read(id)? {
            items.push(item);
            last = Some(id.to_string());
        }
    }
    Ok(Slice { items, next: None })
}
