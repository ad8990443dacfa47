//! A body that is too large for memory, to a file.

use super::extract::blocking;
use super::problem::{Problem, Result};
use axum::body;
use futures::StreamExt;
use std::io::{Seek, Write};

/// Writes a body to a file, `room` bytes at most, and goes back to its start. `what` it is, in words.
pub async fn receive<F: Write + Seek + Send + 'static>(
    body: body::Body,
    mut file: F,
    what: &str,
    room: u64,
) -> Result<F> {
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
        let mut file = receive(body::Body::from("abc"), tempfile::tempfile().unwrap(), "it", 3).await.unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "abc");
        let problem = receive(body::Body::from("abcd"), tempfile::tempfile().unwrap(), "it", 3).await.unwrap_err();
        assert_eq!(problem.status, 413);
        let problem = receive(body::Body::empty(), tempfile::tempfile().unwrap(), "it", 3).await.unwrap_err();
        assert_eq!(problem.status, 400);
    }
}
