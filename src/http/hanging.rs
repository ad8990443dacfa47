//! What waits for a disk that hangs is answered all the same: a request waits for the disk as long as that answers.

use super::problem::Problem;
use crate::store::Store;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Requests that may try, while the disk hangs: each may hold a thread until it goes on.
const TRIES: usize = 32;

/// How long each of them is waited for.
const TRY_WITHIN: Duration = Duration::from_secs(1);

/// The store, and who may try to read it while its disk hangs; clones share it.
#[derive(Clone)]
pub struct Patience {
    store: Store,
    tries: Arc<Semaphore>,
}

impl Patience {
    pub fn with(store: Store) -> Self {
        Self { store, tries: Arc::new(Semaphore::new(TRIES)) }
    }
}

/// Middleware outside of [`super::deed::done`]: 503 as soon as it is known that the disk does not answer. What changes something is not
/// even begun then; what was begun goes on.
pub async fn told(request: Request, next: Next) -> Response {
    let Some(Patience { store, tries }) = request.extensions().get().cloned() else { return next.run(request).await };
    let safe = request.method().is_safe();
    let answer = match store.answers() {
        Ok(()) => store.unless_it_hangs(next.run(request)).await.map_err(|hangs| (hangs, !safe)),
        Err(hangs) if !safe => Err((hangs, false)),
        // What lies in memory can still be read.
        Err(hangs) => match tries.try_acquire_owned() {
            Err(_) => Err((hangs, false)),
            Ok(turn) => {
                let trying = tokio::spawn(async move {
                    let _turn = turn;
                    next.run(request).await
                });
                match tokio::time::timeout(TRY_WITHIN, trying).await {
                    Ok(Ok(answer)) => Ok(answer),
                    Ok(Err(_)) | Err(_) => Err((hangs, false)),
                }
            }
        },
    };
    answer.unwrap_or_else(|(hangs, may_be_done)| {
        let so = if may_be_done { "; this may still be done then: look before you ask again" } else { "" };
        let problem = Problem::from(hangs);
        Problem { detail: format!("{}{so}", problem.detail), ..problem }.into_response()
    })
}

/// Middleware of what takes long by itself: it is not begun while the disk does not answer.
pub async fn not_begun(request: Request, next: Next) -> Response {
    match request.extensions().get::<Patience>().map_or(Ok(()), |patience| patience.store.answers()) {
        Ok(()) => next.run(request).await,
        Err(hangs) => Problem::from(hangs).into_response(),
    }
}
