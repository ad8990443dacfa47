//! Bytes of JSON bodies in memory, all requests together: one by one they are small, a flood of them is not.

use super::problem::Problem;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use parking_lot::Mutex;
use std::io;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So many bytes for all of them.
pub const BUDGET: usize = 64_000_000;

/// What bodies may take together; clones share it.
#[derive(Clone, Debug)]
pub struct Budget(Arc<Semaphore>);

/// What one request has taken of it, and whether there was no more. Given back when this is dropped.
#[derive(Debug, Default)]
struct Taken {
    held: Option<OwnedSemaphorePermit>,
    refused: bool,
}

impl Budget {
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes)))
    }

    fn take(&self, taken: &Mutex<Taken>, part: &Bytes) -> io::Result<()> {
        let bytes = u32::try_from(part.len()).unwrap_or(u32::MAX);
        let mut taken = taken.lock();
        // Nobody waits while holding some: two who did would wait for one another.
        let Ok(more) = Arc::clone(&self.0).try_acquire_many_owned(bytes) else {
            taken.refused = true;
            return Err(io::Error::other("the budget of bodies is used up"));
        };
        match &mut taken.held {
            Some(held) => held.merge(more),
            none => *none = Some(more),
        }
        Ok(())
    }
}

/// Middleware: what a body brings is counted as it comes, until its request is answered. A sender who is slow holds no more
/// than what came.
pub async fn counted(State(budget): State<Budget>, request: Request, next: Next) -> Response {
    let taken = Arc::new(Mutex::new(Taken::default()));
    let counting = Arc::clone(&taken);
    let request = request.map(|body| {
        Body::from_stream(body.into_data_stream().map(move |part| {
            let part = part.map_err(io::Error::other)?;
            budget.take(&counting, &part).map(|()| part)
        }))
    });
    let response = next.run(request).await;
    match taken.lock().refused {
        true => {
            let detail = "too much is sent to the device at once; try again in a moment";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).into_response()
        }
        false => response,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::extract::Request;
    use axum::http::header::RETRY_AFTER;
    use axum::middleware;
    use axum::routing::post;
    use tokio::sync::Notify;
    use tower::ServiceExt;

    #[tokio::test]
    async fn bodies_share_a_budget_until_they_are_answered() {
        let (budget, read, go) = (Budget::new(10), Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (tell, wait) = (read.clone(), go.clone());
        let slow = post(move |body: Bytes| async move {
            tell.notify_one();
            wait.notified().await;
            body
        });
        let router = Router::new()
            .route("/slow", slow)
            .route("/", post(|body: Bytes| async { body }))
            .layer(middleware::from_fn_with_state(budget.clone(), counted));
        let ask = |path: &str, body: &'static str| {
            router.clone().oneshot(Request::post(path).body(Body::from(body)).unwrap())
        };
        assert_eq!(ask("/", "0123456789").await.unwrap().status(), StatusCode::OK);
        let held = tokio::spawn(ask("/slow", "01234567"));
        read.notified().await;
        assert_eq!(ask("/", "01").await.unwrap().status(), StatusCode::OK);
        let refused = ask("/", "012").await.unwrap();
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(refused.headers().contains_key(RETRY_AFTER));
        go.notify_one();
        let answer = axum::body::to_bytes(held.await.unwrap().unwrap().into_body(), 100).await.unwrap();
        assert_eq!(answer, "01234567");
        assert_eq!(budget.0.available_permits(), 10);
        assert_eq!(ask("/", "0123456789").await.unwrap().status(), StatusCode::OK);
    }
}
