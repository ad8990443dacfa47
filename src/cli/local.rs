//! Asks the daemon that runs, on its local socket.

use anyhow::{Context, Result, bail};
use axum::body::Body;
use fieldcoach::config::Config;
use fieldcoach::http::{SOCKET, short};
use futures::StreamExt;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::io::Write;
use tokio::net::UnixStream;

/// Whether a daemon answers in this data folder.
pub fn is_running(config: &Config) -> bool {
    std::os::unix::net::UnixStream::connect(config.data_dir.join(SOCKET)).is_ok()
}

/// Asks `/api/v1/PATH`; answers the JSON, or null where there is none. What the daemon refuses is an error in its words.
pub fn ask(config: &Config, method: &str, path: &str, body: Option<Value>) -> Result<Value> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(asked(config, method, path, body))
}

/// Writes what `/api/v1/PATH` answers to a file, however much that is.
pub fn download(config: &Config, path: &str, out: &mut impl Write) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let answer = answered(config, "GET", path, None).await?;
        let status = answer.status();
        if !status.is_success() {
            let bytes = axum::body::to_bytes(answer.into_body(), 1_000_000).await?;
            let told: Value = serde_json::from_slice(&bytes).unwrap_or_default();
            bail!("the daemon answered {status}: {}", told["detail"].as_str().unwrap_or_default());
        }
        let mut chunks = answer.into_body().into_data_stream();
        while let Some(chunk) = chunks.next().await {
            out.write_all(&chunk?)?;
        }
        Ok(())
    })
}

async fn asked(config: &Config, method: &str, path: &str, body: Option<Value>) -> Result<Value> {
    let answer = answered(config, method, path, body).await?;
    let status = answer.status();
    let bytes = axum::body::to_bytes(answer.into_body(), 16_000_000).await?;
    let json: Value = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes)? };
    if !status.is_success() {
        bail!("{}", json["detail"].as_str().unwrap_or(status.as_str()));
    }
    Ok(json)
}

async fn answered(config: &Config, method: &str, path: &str, body: Option<Value>) -> Result<Response<Body>> {
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
    Ok(sender.send_request(request.body(body)?).await?.map(Body::new))
}
