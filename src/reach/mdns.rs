//! The announcement in the network (RFC 6762, 6763): `_fieldcoach._tcp` and `{device}.local`.

use super::names::local_name;
use super::place::Reach;
use crate::supervise::Beat;
use anyhow::Result;
use mdns_sd::{DaemonEvent, ServiceDaemon, ServiceInfo};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const SERVICE: &str = "_fieldcoach._tcp.local.";
/// How long the farewell may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// Announces the device until `stop` is cancelled, then takes leave. Networks may come and go meanwhile. Tells no more
/// than where the door is: whoever is in the network can read it.
pub async fn announce(reach: Reach, beat: Beat, stop: CancellationToken) -> Result<()> {
    let (device, listen) = (reach.device(), reach.listen());
    let host = format!("{}.", local_name(device));
    let ip = listen.ip().to_canonical();
    let fixed = if ip.is_unspecified() { String::new() } else { ip.to_string() };
    let info = ServiceInfo::new(SERVICE, device, &host, fixed.as_str(), listen.port(), &[("path", "/")][..])?;
    let info = if ip.is_unspecified() { info.enable_addr_auto() } else { info };
    let name = info.get_fullname().to_owned();
    let daemon = ServiceDaemon::new()?;
    let told = daemon.monitor()?;
    daemon.register(info)?;
    reach.set_announced(true);
    tracing::info!(name = host.trim_end_matches('.'), "announced in the network");
    let outcome = loop {
        tokio::select! {
            () = stop.cancelled() => break Ok(()),
            // It waits for a network that may never come.
            never = beat.ticking() => match never {},
            event = told.recv_async() => match event {
                Ok(DaemonEvent::NameChange(change)) if change.original.eq_ignore_ascii_case(&host) => {
                    reach.set_announced(false);
                    tracing::warn!(
                        "another device is called {} already, so phones are sent to this one's address; give it another device.id",
                        change.original.trim_end_matches('.')
                    );
                }
                Ok(DaemonEvent::Error(error)) => tracing::warn!(%error, "mDNS"),
                Ok(_) => {}
                Err(error) => break Err(anyhow::anyhow!("mDNS ended: {error}")),
            },
        }
    };
    reach.set_announced(false);
    if let Ok(gone) = daemon.unregister(&name) {
        // Without a farewell others forget it after its time to live.
        let _ = tokio::time::timeout(FAREWELL, gone.recv_async()).await;
    }
    drop(daemon.shutdown());
    outcome
}
