//! Serves the door on a listener until it is told to stop.

use super::router::app;
use crate::services::Services;
use std::future::IntoFuture;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long answers that are under way may take once the door closes.
const CLOSING: Duration = Duration::from_secs(5);

/// Serves until `stop` is cancelled, then lets answers under way finish, for 5 seconds at most. `listener` is bound
/// already (port 0 in tests).
pub async fn serve(
    listener: tokio::net::TcpListener,
    services: Services,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let app = app(services, stop.clone())?;
    tracing::info!("http://{}", listener.local_addr()?);
    let server = axum::serve(listener, app).with_graceful_shutdown(stop.clone().cancelled_owned()).into_future();
    let closed = async {
        stop.cancelled().await;
        tokio::time::sleep(CLOSING).await;
    };
    tokio::select! {
        served = server => served?,
        () = closed => tracing::warn!("some answers were cut short"),
    }
    Ok(())
}
