//! Asks the daemon that runs, on its local socket.

use anyhow::{Context, Result, bail};
use fieldcoach::config::Config;
use fieldcoach::http::{SOCKET, short};
use hyper::Request;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::UnixStream;

/// Asks `/api/v1/PATH`; answers the JSON, or null where there is none. What the daemon refuses is an error in its words.
pub fn ask(config: &Config, method: &str, path: &str, body: Option<Value>) -> Result<Value> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(asked(config, method, path, body))
}

async fn asked(config: &Config, method: &str, path: &str, body: Option<Value>) -> Result<Value> {
    let socket = config.data_dir.join(SOCKET);
    let (at, _folder) = short(&socket)?;
    let stream = UnixStream::connect(at).await.with_context(|| {
        format!(
            "{} does not answer: is the daemon running, is this its configuration (--config), and are you root or its user?",
            socket.display()
        )
    })?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let body = body.map(|body| body.to_string()).unwrap_or_default();
    let request = Request::builder().method(method).uri(format!("/api/v1/{path}")).header("host", "localhost");
    let answer = sender.send_request(request.body(body)?).await?;
    let status = answer.status();
    let bytes = axum::body::to_bytes(axum::body::Body::new(answer.into_body()), 16_000_000).await?;
    let json: Value = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes)? };
    if !status.is_success() {
        bail!("{}", json["detail"].as_str().unwrap_or(status.as_str()));
    }
    Ok(json)
}
