//! The HTTP door's sign of life: it answers.

use crate::supervise::Beat;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How often it is asked.
const EVERY: Duration = Duration::from_secs(15);
/// How long one answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Some asked in vain before the door counts as stuck: a device that trains or swaps answers late.
pub const SILENT_WITHIN: Duration = Duration::from_secs(180);

/// Asks the door at this address for `/healthz` as anybody would, and beats at every answer.
pub async fn beat_while_answering(address: SocketAddr, beat: &Beat) -> Infallible {
    loop {
        match tokio::time::timeout(ANSWER_WITHIN, ask(address)).await {
            Ok(Ok(())) => beat.alive(),
            Ok(Err(error)) => tracing::warn!(%error, "the HTTP door does not answer itself"),
            Err(_) => tracing::warn!("the HTTP door does not answer itself in time"),
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn ask(address: SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(1024).read_to_end(&mut answer).await?;
    match answer.starts_with(b"HTTP/1.1 200") {
        true => Ok(()),
        false => {
            Err(io::Error::other(String::from_utf8_lossy(&answer).lines().next().unwrap_or("no answer").to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::http::StatusCode;
    use axum::routing::get;
    use tokio::net::TcpListener;

    async fn answers(with: StatusCode) -> io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            axum::serve(listener, Router::new().route("/healthz", get(move || async move { with }))).await
        });
        let asked = ask(address).await;
        server.abort();
        asked
    }

    #[tokio::test]
    async fn only_a_good_answer_counts() {
        answers(StatusCode::OK).await.unwrap();
        assert!(answers(StatusCode::SERVICE_UNAVAILABLE).await.unwrap_err().to_string().contains("503"));
        let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        assert_eq!(ask(nobody).await.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    }
}
