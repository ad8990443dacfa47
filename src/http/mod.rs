//! The HTTP door (stub).
use crate::services::Services;
/// Serves until `stop` is cancelled. `listener` is bound already (port 0 in tests).
pub async fn serve(
    _listener: tokio::net::TcpListener,
    _services: Services,
    _stop: tokio_util::sync::CancellationToken,
) -> anyhow::Result<()> {
    todo!()
}
