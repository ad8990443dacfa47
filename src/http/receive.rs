//! A body that is too large for memory, to a file.

use super::door::Door;
use super::extract::blocking;
use super::problem::{Problem, Result};
use axum::body;
use axum::http::{HeaderMap, header};
use futures::StreamExt;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::path::Path;

/// Takes a body to a file without a name on the disk of the store, as far as there is room: that there is none is no fault
/// of what is sent. `what` it is, in words, and its bytes at most.
pub async fn receive(door: &Door, headers: &HeaderMap, body: body::Body, (what, most): (&str, u64)) -> Result<File> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > most) {
        return Err(Problem::too_large(what, most));
    }
    let store = door.services.store.clone();
    let file = blocking(move || store.room().guest(announced, nameless)).await?;
    Ok(written(body, file, what, most).await?.into_inner())
}

/// A file without a name: whatever ends this program, nothing is left of it.
pub fn nameless(folder: &Path) -> io::Result<File> {
    tempfile::tempfile_in(folder)
}

/// Writes a body to a file, `room` bytes at most, and goes back to its start.
async fn written<F: Write + Seek + Send + 'static>(body: body::Body, mut file: F, what: &str, room: u64) -> Result<F> {
    let mut chunks = body.into_data_stream();
    let mut length = 0u64;
    while let Some(chunk) = chunks.next().await {
        let chunk =
            chunk.map_err(|e| Problem::bad_request(format!("the upload broke off after {length} bytes: {e}")))?;
        length += chunk.len() as u64;
        if length > room {
            return Err(Problem::too_large(what, room));
        }
        file = blocking(move || file.write_all(&chunk).map(|()| file)).await?;
    }
    if length == 0 {
        return Err(Problem::bad_request(format!("the body is empty; send {what}")));
    }
    blocking(move || file.rewind().map(|()| file)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[tokio::test]
    async fn an_upload_is_bounded_and_rewound() {
        let mut file = written(body::Body::from("abc"), tempfile::tempfile().unwrap(), "it", 3).await.unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "abc");
        let problem = written(body::Body::from("abcd"), tempfile::tempfile().unwrap(), "it", 3).await.unwrap_err();
        assert_eq!(problem.status, 413);
        let problem = written(body::Body::empty(), tempfile::tempfile().unwrap(), "it", 3).await.unwrap_err();
        assert_eq!(problem.status, 400);
    }
}
