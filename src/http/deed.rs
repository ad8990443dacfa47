//! What changes something is done to its end once all of it was heard, whoever still waits for the answer; and what was
//! done is in the audit log before it is answered.

use super::admission::{Caller, note};
use super::problem::Problem;
use crate::access::Access;
use crate::domain::{AuditEntry, CameraId};
use axum::Extension;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, future, stream};
use std::io;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// What a route does that the audit log keeps; set on its answer.
#[derive(Clone, Copy, Debug)]
pub struct Deed(pub &'static str);

/// For which one of several cameras it was done; set on its answer.
#[derive(Clone, Debug)]
pub struct At(pub CameraId);

impl At {
    /// To be set on an answer, where it was for one camera alone.
    pub fn only(camera: Option<CameraId>) -> Option<Extension<Self>> {
        camera.map(|camera| Extension(Self(camera)))
    }
}

/// Middleware inside of every limit of time: a request that may change something goes on without whoever asked, and what it
/// did is written down. Of one whose sender left before all was here nothing is done.
pub async fn done(request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return noted(request, next).await;
    }
    let gone = CancellationToken::new();
    let _here = gone.clone().drop_guard();
    let request = request.map(|body| heard_until(body, gone));
    match tokio::spawn(noted(request, next).in_current_span()).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Problem::internal("fieldcoach is stopping").into_response(),
        },
    }
}

/// The body, which breaks off when nobody waits any longer: what is whole by then goes on, what is not never ends.
fn heard_until(body: Body, gone: CancellationToken) -> Body {
    let left = gone.clone();
    let cut = stream::once(async move {
        left.is_cancelled().then(|| Err(io::Error::other("its sender left before all of it was here").into()))
    });
    // The errors of the layers around this one are told by what they are.
    let parts = body.into_data_stream().map(|part| part.map_err(axum::Error::into_inner));
    Body::from_stream(parts.take_until(gone.cancelled_owned()).chain(cut.filter_map(future::ready)))
}

async fn noted(request: Request, next: Next) -> Response {
    let access = request.extensions().get::<Access>().cloned();
    let principal = request.extensions().get::<Caller>().and_then(|caller| caller.principal.clone());
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    if let (Some(access), Some(principal)) = (access, principal)
        && let Some(Deed(what)) = response.extensions().get().copied()
    {
        let camera = response.extensions().get::<At>().map(|At(camera)| camera);
        let about = AuditEntry::about_at(about(&response, &path), camera);
        note(access, principal.who, what, about).await;
    }
    response
}

/// To which thing something was done: what was made, else the path.
fn about(response: &Response, path: &str) -> String {
    let made = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    let path = made.unwrap_or(path);
    path.strip_prefix("/api/v1").unwrap_or(path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Principal;
    use crate::events::Events;
    use crate::store::{Options, Store};
    use axum::Router;
    use axum::body::Bytes;
    use axum::http::StatusCode;
    use axum::middleware;
    use axum::routing::{get, post};
    use futures::FutureExt;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;
    use tokio::sync::Notify;
    use tower::ServiceExt;
    use tower_http::timeout::TimeoutLayer;

    /// A door with one thing to do that takes as long as it is told to.
    struct Slow {
        router: Router,
        store: Store,
        begun: Arc<Notify>,
        go: Arc<Notify>,
        done: Arc<AtomicUsize>,
        _folder: tempfile::TempDir,
    }

    impl Slow {
        fn new(limit: Duration) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(Options { dir: folder.path().to_owned(), budget: 50_000_000, reserve: 0 }).unwrap();
            let access = Access::open(store.clone(), Events::new()).unwrap();
            let (begun, go, done) = (Arc::new(Notify::new()), Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
            let (tell, wait, count) = (begun.clone(), go.clone(), done.clone());
            let act = move |_: Bytes| async move {
                tell.notify_one();
                wait.notified().await;
                count.fetch_add(1, Ordering::SeqCst);
                Extension(Deed("did it")).into_response()
            };
            let caller = Caller { principal: Some(Principal::local()), address: None, base: None, by_cookie: false };
            let router = Router::new()
                .route("/act", post(act.clone()))
                .route("/look", get(act))
                .layer(middleware::from_fn(super::done))
                .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, limit))
                .layer(Extension(caller))
                .layer(Extension(access));
            Self { router, store, begun, go, done, _folder: folder }
        }

        fn ask(&self, request: Request) -> impl Future<Output = Response> + Send + 'static {
            self.router.clone().oneshot(request).map(Result::unwrap)
        }

        /// What the audit log holds once it holds something.
        async fn audit(&self) -> Vec<String> {
            loop {
                let entries = self.store.audit(None, 10).items;
                match entries.is_empty() {
                    true => tokio::time::sleep(Duration::from_millis(5)).await,
                    false => return entries.into_iter().map(|entry| entry.what).collect(),
                }
            }
        }
    }

    fn act(body: Body) -> Request {
        Request::post("/act").body(body).unwrap()
    }

    #[tokio::test]
    async fn what_was_heard_is_done_and_noted_though_nobody_waits() {
        let slow = Slow::new(Duration::from_secs(60));
        let asking = tokio::spawn(slow.ask(act("now".into())));
        slow.begun.notified().await;
        asking.abort();
        assert!(asking.await.unwrap_err().is_cancelled());
        slow.go.notify_one();
        assert_eq!(slow.audit().await, ["did it"]);
        assert_eq!(slow.done.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn what_takes_longer_than_its_answer_may_is_done_and_noted() {
        let slow = Slow::new(Duration::from_millis(20));
        assert_eq!(slow.ask(act("now".into())).await.status(), StatusCode::REQUEST_TIMEOUT);
        slow.go.notify_one();
        assert_eq!(slow.audit().await, ["did it"]);
    }

    #[tokio::test]
    async fn of_what_was_not_heard_to_its_end_nothing_is_done() {
        let slow = Slow::new(Duration::from_secs(60));
        let body = Arc::new(());
        let held = body.clone();
        let endless = stream::once(future::ready(Ok::<_, io::Error>(Bytes::from("half"))))
            .chain(stream::pending())
            .inspect(move |_| assert!(Arc::strong_count(&held) > 0));
        let mut asking = Box::pin(slow.ask(act(Body::from_stream(endless))));
        assert!(tokio::time::timeout(Duration::from_millis(20), &mut asking).await.is_err());
        drop(asking);
        // The body is let go of: its request is over.
        while Arc::strong_count(&body) > 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(slow.done.load(Ordering::SeqCst), 0);
        assert!(slow.begun.notified().now_or_never().is_none());
    }

    #[tokio::test]
    async fn what_changes_nothing_ends_with_whoever_asked() {
        let slow = Slow::new(Duration::from_secs(60));
        let asking = tokio::spawn(slow.ask(Request::get("/look").body(Body::empty()).unwrap()));
        slow.begun.notified().await;
        asking.abort();
        assert!(asking.await.unwrap_err().is_cancelled());
        // The handler is gone, and with it whoever would have heard this.
        slow.go.notify_waiters();
        tokio::task::yield_now().await;
        assert_eq!(slow.done.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn a_panic_is_that_of_the_request() {
        let panics = || async {
            if true {
                panic!("broken")
            }
        };
        let router = Router::new().route("/", post(panics)).layer(middleware::from_fn(super::done));
        let asked = std::panic::AssertUnwindSafe(router.oneshot(Request::post("/").body(Body::empty()).unwrap()));
        assert_eq!(asked.catch_unwind().await.unwrap_err().downcast_ref::<&str>(), Some(&"broken"));
    }
}
