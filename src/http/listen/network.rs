//! The listener of the network.

use super::answer::answer;
use super::arrival::{Arrival, Way};
use super::connections::{Admitted, Connections, HEAD_WITHIN};
use super::hello::{Hello, elsewhere, hear};
use axum::Router;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Connections at the same time; half of the files that a process may have open where nobody raised that.
const CONNECTIONS: usize = 512;
/// How long answers that are under way may take once the door closes.
const CLOSING: Duration = Duration::from_secs(5);
/// After a failure to accept (no more files, say).
const PAUSE: Duration = Duration::from_millis(100);

/// How to meet whoever connects.
#[derive(Clone)]
pub enum Meeting {
    Tls(TlsAcceptor),
    Plain(Way),
}

/// Serves until `stop` is cancelled, then lets answers under way finish, for 5 seconds at most.
pub async fn serve_network(listener: TcpListener, meeting: Meeting, app: Router, stop: CancellationToken) {
    let (connections, tasks) = (Connections::new(CONNECTIONS), TaskTracker::new());
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                // Where nobody gives way, whoever comes is turned away.
                let Some(admitted) = connections.admit() else { continue };
                let (meeting, app, stop) = (meeting.clone(), app.clone(), stop.clone());
                tasks.spawn(async move { meet(stream, peer, admitted, meeting, app, &stop).await });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    tasks.close();
    if tokio::time::timeout(CLOSING, tasks.wait()).await.is_err() {
        tracing::warn!(connections = tasks.len(), "some answers were cut short");
        connections.close();
        tasks.wait().await;
    }
}

async fn meet(
    stream: TcpStream,
    peer: SocketAddr,
    admitted: Admitted,
    meeting: Meeting,
    app: Router,
    stop: &CancellationToken,
) {
    // Small answers must not wait for company; where that can't be had, they do.
    let _ = stream.set_nodelay(true);
    let (connection, peer) = (&admitted.connection, Some(peer.ip().to_canonical()));
    let arrival = |way| Arrival { way, peer, connection: connection.clone() };
    match meeting {
        Meeting::Plain(way) => answer(stream, app, arrival(way), stop).await,
        Meeting::Tls(tls) => {
            let heard = tokio::select! {
                heard = tokio::time::timeout(HEAD_WITHIN, hear(stream, &tls)) => heard,
                () = connection.closed() => return,
                () = stop.cancelled() => return,
            };
            match heard {
                Ok(Ok(Hello::Tls(stream))) => answer(*stream, app, arrival(Way::Tls), stop).await,
                Ok(Ok(Hello::Plain(stream))) => answer(stream, elsewhere(), arrival(Way::Plain), stop).await,
                Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                Err(_) => tracing::debug!("a TLS handshake took too long"),
            }
        }
    }
}
