//! Serves a door until it is told to stop.

use super::listen::{self, LocalSocket, Meeting, Way};
use crate::config::Front;
use crate::reach::Reach;
use axum::Router;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// Serves the network until `stop` is cancelled, then lets answers under way finish, for 5 seconds at most. `listener` is
/// bound already (port 0 in tests).
pub async fn serve(listener: TcpListener, reach: &Reach, app: Router, stop: CancellationToken) -> anyhow::Result<()> {
    let meeting = match (reach.front(), reach.certificates()) {
        (Front::Loopback, _) => Meeting::Plain(Way::Loopback),
        (Front::Proxy(_), _) => Meeting::Plain(Way::Plain),
        (Front::Own | Front::Files { .. }, Some(certificates)) => {
            Meeting::Tls(TlsAcceptor::from(Arc::new(certificates.server_config()?)))
        }
        (Front::Own | Front::Files { .. }, None) => anyhow::bail!("there is no certificate to answer with"),
    };
    let scheme = if matches!(meeting, Meeting::Tls(_)) { "https" } else { "http" };
    tracing::info!("{scheme}://{}", listener.local_addr()?);
    listen::serve_network(listener, meeting, app, stop).await;
    Ok(())
}

/// Serves whoever owns the device on the local socket, until `stop` is cancelled.
pub async fn serve_local(socket: LocalSocket, app: Router, stop: CancellationToken) -> anyhow::Result<()> {
    listen::serve_local(socket, app, stop).await
}
