//! The listener of the network.

use super::answer::answer;
use super::arrival::{Arrival, Way};
use super::connections::{Admitted, Connections, HEAD_WITHIN, Limits};
use super::hello::{Hello, elsewhere, hear};
use super::untaken::UNTAKEN;
use axum::Router;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Half of the files that a process may have open where nobody raised that; of one address as many as ten browsers need.
const LIMITS: Limits = Limits { all: 512, each: 64 };
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
    serve(listener, meeting, app, stop, UNTAKEN).await;
}

async fn serve(listener: TcpListener, meeting: Meeting, app: Router, stop: CancellationToken, untaken: Duration) {
    let (connections, tasks) = (Connections::new(LIMITS), TaskTracker::new());
    let mut crowded = false;
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let admitted = connections.admit(payer(&meeting, peer.ip()));
                if admitted.is_none() && !crowded {
                    tracing::warn!(%peer, "too many connections, all of them busy: turned away");
                }
                crowded = admitted.is_none();
                let Some(admitted) = admitted else { continue };
                give_up(&stream, untaken);
                let (meeting, app, stop) = (meeting.clone(), app.clone(), stop.clone());
                tasks.spawn(async move { meet((stream, peer), admitted, meeting, app, untaken, &stop).await });
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

/// The address that a connection counts for. Many may share that of a proxy, and that of a tunnel to this machine.
fn payer(meeting: &Meeting, peer: IpAddr) -> Option<IpAddr> {
    let peer = peer.to_canonical();
    match meeting {
        Meeting::Tls(_) if !peer.is_loopback() => Some(peer),
        Meeting::Tls(_) | Meeting::Plain(_) => None,
    }
}

/// Lets the kernel end the connection where nothing of what is sent was taken for `untaken` (tcp(7), TCP_USER_TIMEOUT).
/// It sees what arrives: a slow link is not taken for one that hangs, however full the buffers are.
fn give_up(stream: &TcpStream, untaken: Duration) {
    let milliseconds = u32::try_from(untaken.as_millis()).unwrap_or(u32::MAX);
    if let Err(error) = rustix::net::sockopt::set_tcp_user_timeout(stream, milliseconds) {
        tracing::debug!(%error, "a connection that hangs will not be noticed");
    }
}

async fn meet(
    (stream, peer): (TcpStream, SocketAddr),
    admitted: Admitted,
    meeting: Meeting,
    app: Router,
    untaken: Duration,
    stop: &CancellationToken,
) {
    // Small answers must not wait for company; where that can't be had, they do.
    let _ = stream.set_nodelay(true);
    let (connection, peer) = (&admitted.connection, Some(peer.ip().to_canonical()));
    let arrival = |way| Arrival { way, peer, connection: connection.clone() };
    match meeting {
        Meeting::Plain(way) => answer(stream, app, arrival(way), untaken, stop).await,
        Meeting::Tls(tls) => {
            let heard = tokio::select! {
                heard = tokio::time::timeout(HEAD_WITHIN, hear(stream, &tls)) => heard,
                () = connection.closed() => return,
                () = stop.cancelled() => return,
            };
            match heard {
                Ok(Ok(Hello::Tls(stream))) => answer(*stream, app, arrival(Way::Tls), untaken, stop).await,
                Ok(Ok(Hello::Plain(stream))) => answer(stream, elsewhere(), arrival(Way::Plain), untaken, stop).await,
                Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                Err(_) => tracing::debug!("a TLS handshake took too long"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::seat::seated;
    use axum::body::{Body, Bytes};
    use axum::http::Request;
    use axum::routing::{MethodRouter, get};
    use http_body_util::{BodyExt, Empty};
    use hyper::client::conn::http2::{self, SendRequest};
    use hyper_util::rt::{TokioExecutor, TokioIo};
    use std::future::pending;
    use std::io;
    use std::sync::Arc;
    use tokio::io::AsyncWriteExt;
    use tokio::sync::Semaphore;

    /// Nobody reads here, so nobody can be too slow for it.
    const SHORT: Duration = Duration::from_millis(500);

    /// Serves this, and asks for it without ever reading the answer.
    async fn ask_and_hang(app: Router, untaken: Duration) -> (TcpStream, CancellationToken) {
        let (listener, stop) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), CancellationToken::new());
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, Meeting::Plain(Way::Loopback), app, stop.clone(), untaken));
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
        (client, stop)
    }

    /// Serves this, and speaks HTTP/2 with it, with so much room for each answer. The connection goes on: it answers what keeps
    /// it alive, and takes what others send.
    async fn on_http_2(
        app: Router,
        untaken: Duration,
        room: Option<u32>,
    ) -> (SendRequest<Empty<Bytes>>, CancellationToken) {
        let (listener, stop) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), CancellationToken::new());
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        tokio::spawn(serve(listener, Meeting::Plain(Way::Loopback), app, stop.clone(), untaken));
        let mut http_2 = http2::Builder::new(TokioExecutor::new());
        http_2.initial_stream_window_size(room);
        let (ask, connection) = http_2.handshake(TokioIo::new(client)).await.unwrap();
        tokio::spawn(connection);
        (ask, stop)
    }

    fn request(path: &str) -> Request<Empty<Bytes>> {
        Request::get(format!("http://localhost{path}")).body(Empty::new()).unwrap()
    }

    /// As video is sent: it looks itself whether it is taken.
    fn video(seats: &Arc<Semaphore>, begun: CancellationToken) -> MethodRouter {
        let seats = seats.clone();
        get(move || async move {
            let seat = seats.try_acquire_owned().unwrap();
            begun.cancel();
            Body::from_stream(seated(seat, SHORT, CancellationToken::new(), |taker| async move {
                loop {
                    taker.give(much()).await?;
                }
            }))
        })
    }

    /// As a file is sent: it holds what it holds until its connection ends.
    fn endless(seats: &Arc<Semaphore>, begun: CancellationToken) -> MethodRouter {
        let seats = seats.clone();
        get(move || async move {
            let seat = seats.try_acquire_owned().unwrap();
            begun.cancel();
            Body::from_stream(futures::stream::unfold(seat, |seat| async { Some((Ok::<_, io::Error>(much()), seat)) }))
        })
    }

    fn much() -> Bytes {
        vec![0; 1_000_000].into()
    }

    /// Until the seat is free again.
    async fn free(seats: Arc<Semaphore>) {
        let freed = tokio::time::timeout(Duration::from_secs(30), seats.acquire_owned()).await;
        assert!(freed.is_ok(), "the seat is held for ever");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_stops_reading_an_endless_stream_loses_the_seat() {
        let (seats, taken) = (Arc::new(Semaphore::new(1)), CancellationToken::new());
        let stream = video(&seats, taken.clone());
        let (_client, _stop) = ask_and_hang(Router::new().route("/", stream), Duration::from_secs(3600)).await;
        taken.cancelled().await;
        free(seats).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_stops_reading_one_stream_of_http_2_loses_that_seat_and_nothing_else() {
        let (seats, taken) = (Arc::new(Semaphore::new(1)), CancellationToken::new());
        let stream = video(&seats, taken.clone());
        let app = Router::new().route("/", stream).route("/other", get(|| async { "another" }));
        let (mut ask, _stop) = on_http_2(app, Duration::from_secs(3600), None).await;
        let unread = ask.send_request(request("/")).await.unwrap();
        taken.cancelled().await;
        let other = ask.send_request(request("/other")).await.unwrap();
        assert_eq!(BodyExt::collect(other.into_body()).await.unwrap().to_bytes(), "another");
        free(seats).await;
        assert!(
            ask.send_request(request("/other")).await.unwrap().status().is_success(),
            "the connection is as it was"
        );
        drop(unread);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_file_that_nobody_takes_ends_and_the_events_beside_it_flow_on_the_same_connection_of_http_2() {
        let (seats, happens) = (Arc::new(Semaphore::new(1)), Arc::new(Semaphore::new(0)));
        let happening = happens.clone();
        let file = endless(&seats, CancellationToken::new());
        let events = get(move || async move {
            Body::from_stream(futures::stream::unfold(happening, |happening| async {
                happening.acquire().await.unwrap().forget();
                Some((Ok::<_, io::Error>(Bytes::from_static(b"event")), happening))
            }))
        });
        let app = Router::new().route("/", file).route("/events", events).route("/much", get(|| async { much() }));
        let (mut ask, _stop) = on_http_2(app, SHORT, None).await;
        let mut events = ask.send_request(request("/events")).await.unwrap().into_body();
        let mut next = async || {
            happens.add_permits(1);
            BodyExt::frame(&mut events).await.unwrap().unwrap().into_data().unwrap()
        };
        assert_eq!(next().await, "event");
        let unread = ask.send_request(request("/")).await.unwrap();
        // Longer without an event than a file may lie: nothing waits to be taken then.
        free(seats).await;
        assert_eq!(next().await, "event");
        // What was sent before is there, and then it is known that there was more.
        let read = BodyExt::collect(unread.into_body()).await;
        assert!(read.is_err(), "it looks whole");
        let whole = ask.send_request(request("/much")).await.unwrap().into_body();
        assert_eq!(BodyExt::collect(whole).await.unwrap().to_bytes(), much());
        assert_eq!(next().await, "event");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_file_for_which_there_never_was_room_ends_too() {
        let seats = Arc::new(Semaphore::new(1));
        let file = endless(&seats, CancellationToken::new());
        let (mut ask, _stop) = on_http_2(Router::new().route("/", file), SHORT, Some(0)).await;
        let unread = ask.send_request(request("/")).await.unwrap();
        free(seats).await;
        assert!(BodyExt::collect(unread.into_body()).await.is_err(), "it looks whole");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_connection_on_which_nothing_is_taken_ends() {
        let (seats, taken) = (Arc::new(Semaphore::new(1)), CancellationToken::new());
        let file = endless(&seats, taken.clone());
        let (_client, _stop) = ask_and_hang(Router::new().route("/", file), SHORT).await;
        taken.cancelled().await;
        free(seats).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_goes_away_frees_the_seat() {
        let (seats, taken) = (Arc::new(Semaphore::new(1)), CancellationToken::new());
        let (inner, begun) = (seats.clone(), taken.clone());
        let stream = get(move || async move {
            let seat = inner.try_acquire_owned().unwrap();
            begun.cancel();
            Body::from_stream(seated::<Bytes, _>(seat, Duration::ZERO, CancellationToken::new(), |_| pending()))
        });
        let (client, _stop) = ask_and_hang(Router::new().route("/", stream), Duration::from_secs(3600)).await;
        taken.cancelled().await;
        drop(client);
        free(seats).await;
    }
}
