//! A copy of everything, while the device goes on.

use super::door::Door;
use super::extract::{Binary, blocking, stream};
use super::problem::{Problem, Result};
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use std::io::{BufWriter, Write};
use std::os::fd::OwnedFd;

/// The whole store as a tar archive, keys and hashes of tokens included: frames, labels, trainings, models, settings, as
/// they are at this moment. `fieldcoach restore` makes a device of it again, and tells where it was cut short. What can't be
/// read is listed in its last entry, `backup.json`, as `unread`.
#[utoipa::path(get, path = "/backup.tar", tag = "system",
    responses((status = 200, body = Binary, content_type = "application/x-tar")))]
pub async fn get(State(door): State<Door>) -> Result<impl IntoResponse> {
    // One at a time: each holds every file open, and a thread.
    let turn = door.backups.take().await?;
    let store = door.services.store.clone();
    // Before anything is answered: what can't be copied is no success.
    let snapshot = blocking(move || store.snapshot()).await?;
    let (reader, writer) = std::io::pipe().map_err(|e| Problem::internal(format!("backup: {e}")))?;
    let file = format!("attachment; filename=\"{}.tar\"", door.services.config.device.id);
    // Ends with its reader: whoever takes no more breaks the pipe.
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let mut out = BufWriter::with_capacity(1 << 16, writer);
        let written = snapshot.write(&mut out).map_err(anyhow::Error::from);
        match written.and_then(|contents| Ok(out.flush().map(|()| contents)?)) {
            Ok(contents) if contents.unread.is_empty() => {
                tracing::info!(contents.files, contents.bytes, "a backup was taken")
            }
            Ok(contents) => tracing::warn!(
                contents.files,
                contents.bytes,
                "a backup was taken without what can't be read: {}",
                contents.unread.join("; ")
            ),
            Err(error) => tracing::warn!(%error, "a backup was not taken to its end"),
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "application/x-tar".to_owned()),
        (header::CONTENT_DISPOSITION, file),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        // Made as it is sent, of this moment: the next one is another.
        (header::ACCEPT_RANGES, "none".to_owned()),
    ];
    Ok((headers, stream(std::fs::File::from(OwnedFd::from(reader)))))
}
