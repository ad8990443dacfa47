//! The first word on a connection: TLS, or a plain request that is told where to go.

use crate::http::problem::Problem;
use axum::Router;
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::io;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// What TLS begins with: a record of kind handshake (RFC 8446, 5.1).
const HANDSHAKE: u8 = 0x16;

/// What a connection turned out to be.
pub enum Hello {
    Tls(Box<TlsStream<TcpStream>>),
    /// Somebody who speaks HTTP without TLS.
    Plain(TcpStream),
}

/// Hears the first word; for TLS, shakes hands.
pub async fn hear(stream: TcpStream, tls: &TlsAcceptor) -> io::Result<Hello> {
    let mut first = [0; 1];
    match stream.peek(&mut first).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ if first[0] == HANDSHAKE => Ok(Hello::Tls(Box::new(tls.accept(stream).await?))),
        _ => Ok(Hello::Plain(stream)),
    }
}

/// Answers a plain request: nothing but where to go. Whatever came with it has been read by others already.
pub fn elsewhere() -> Router {
    Router::new().fallback(|request: Request| async move { redirected(&request) })
}

fn redirected(request: &Request) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let there = format!("https://{host}{path}");
    let idle = matches!(*request.method(), Method::GET | Method::HEAD);
    match there.parse::<axum::http::Uri>() {
        Ok(_) if idle && !host.is_empty() => {
            let words = format!("This device speaks HTTPS: {there}\n");
            // Not to be remembered: the same address may be a tunnel to loopback tomorrow.
            let headers = [(header::LOCATION, there), (header::CACHE_CONTROL, "no-store".to_owned())];
            (StatusCode::TEMPORARY_REDIRECT, headers, words).into_response()
        }
        _ => {
            let detail = "this port speaks HTTPS: use an address that begins with https://. What this request carried \
                          was not encrypted; revoke a token that was in it";
            Problem::bad_request(detail).into_response()
        }
    }
}
