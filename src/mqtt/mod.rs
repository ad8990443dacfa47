//! The MQTT door (stub).
use crate::services::Services;
/// Publishes and takes commands until `stop` is cancelled; reconnects by itself.
pub async fn run(
    _services: Services,
    _broker: Address,
    _stop: tokio_util::sync::CancellationToken,
) -> anyhow::Result<()> {
    todo!()
}
/// Where the broker is.
#[derive(Clone, Debug)]
pub struct Address {
    pub host: String,
    pub port: u16,
    pub tls: bool,
}
pub mod embedded {
    /// Starts rumqttd inside this process; returns the port it listens on.
    pub fn start(_listen: std::net::SocketAddr) -> anyhow::Result<std::net::SocketAddr> {
        todo!()
    }
}
